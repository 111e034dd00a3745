// Reads a manifest: who the app is, what it starts, on which runtime, and its layer of permissions. Pure: bytes in, a value or problems out.
import { parseAppId, refuseDesktopName } from "./app-id.ts";
import { entryOf, type Keyfile, type KeyfileEntry, parseKeyfile } from "./keyfile.ts";
import { decodeString } from "./keyfile-values.ts";
import type { AppId, Manifest } from "./manifest.ts";
import type { Origin, Problem, Result } from "./origin.ts";
import { refuseInstanceId } from "./named-instance.ts";
import { parseLayer } from "./parse-layer.ts";
import { errorAt, failure, settle } from "./problem.ts";

export interface ManifestSource {
  /** Absolute path. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Whose manifest it is: Flatpak's own apps may have an id in the desktop's name space, they came through Flatpak's own checks. */
  readonly from: "tsbox" | "flatpak";
  /** The id that the file's name promises (`ID.ini` in a manifests folder), or null for a file given by its path. */
  readonly expectedId: string | null;
  /** Absolute path of the folder `ID/` beside the file, if there is one. */
  readonly programFolder: string | null;
}

/** The host's own `/usr` as runtime. */
export const HOST_RUNTIME = "host";

export function parseManifest(source: ManifestSource): Result<Manifest> {
  const keyfile = parseKeyfile(source.file, source.bytes);
  if (!keyfile.ok) return keyfile;
  const problems: Problem[] = [];
  const id = readId(keyfile.value, source, problems);
  const command = readText(keyfile.value, "Application", "command", problems);
  const runtime = readText(keyfile.value, "X-Tsbox", "runtime", problems) ?? readText(keyfile.value, "Application", "runtime", problems);
  const layer = parseLayer(keyfile.value, "manifest");
  problems.push(...(layer.ok ? layer.notices : layer.problems));
  if (!layer.ok || id === null) return failure(...problems);
  const host = { value: HOST_RUNTIME, origin: { layer: "default", file: "", line: 0, column: 0, text: "" } } as const;
  return settle(
    {
      id,
      instanceOf: null,
      file: source.file,
      programFolder: source.programFolder,
      runtime: runtime ?? host,
      command,
      layer: layer.value,
      installed: null,
      deployment: null,
    },
    problems,
  );
}

function readId(keyfile: Keyfile, { expectedId, from }: ManifestSource, problems: Problem[]): AppId | null {
  const application = keyfile.groups.get("Application");
  if (application === undefined) {
    const runtime = keyfile.groups.get("Runtime");
    const isRuntime = runtime !== undefined;
    problems.push(errorAt({ line: 1, column: 1, ...runtime, file: keyfile.file }, isRuntime ? "manifest.is-runtime" : "manifest.no-application"));
    return null;
  }
  const name = readText(keyfile, "Application", "name", problems);
  if (name === null) {
    if (!application.entries.has("name")) problems.push(errorAt({ ...application, file: keyfile.file }, "manifest.no-name"));
    return null;
  }
  const valueAt = { ...name.origin, column: entryOf(keyfile, "Application", "name")?.valueColumn ?? name.origin.column };
  const id = parseAppId(name.value, valueAt);
  const named = id.ok ? refuseInstanceId(id.value, valueAt) : id;
  const allowed = named.ok && from === "tsbox" ? refuseDesktopName(named.value, valueAt) : named;
  if (!allowed.ok) {
    problems.push(...allowed.problems);
    return null;
  }
  if (expectedId !== null && expectedId !== allowed.value)
    problems.push(errorAt(valueAt, "manifest.name-differs", { id: allowed.value, expected: expectedId }));
  return allowed.value;
}

/** The value of a key with its origin; null where it is not there. An empty or unreadable value is a problem. */
function readText(keyfile: Keyfile, group: string, key: string, problems: Problem[]): { readonly value: string; readonly origin: Origin } | null {
  const entry = entryOf(keyfile, group, key);
  if (entry === null) return null;
  const value = decodeString(entry);
  if (!value.ok) {
    problems.push(...value.problems);
    return null;
  }
  if (value.value === "") {
    problems.push(errorAt(entry, "manifest.empty-value", { key, group }));
    return null;
  }
  return { value: value.value, origin: originOf(entry) };
}

function originOf(entry: KeyfileEntry): Origin {
  return { layer: "manifest", file: entry.file, line: entry.line, column: entry.column, text: `${entry.key}=${entry.rawValue}` };
}
