// Says which files an app's export consists of. Reads the host's, writes nothing.
import {
  appOf,
  desktopNameSpaceOf,
  emptyKeyfile,
  encodeString,
  errorAt,
  failure,
  isWellKnownName,
  type Manifest,
  NO_PLACE,
  noticeAt,
  patternCovers,
  type Problem,
  renderKeyfile,
  type Result,
  setKey,
  success,
} from "../manifest/door.ts";
import { quoteWord, splitCommand } from "./command-words.ts";
import { bearsId, entriesOf, entriesOfOthers, type HostFile, isExported, isSet, listHostFiles, readHostFile, startsProgram, textOf } from "./host-files.ts";
import { fileNameOf, namedEntry } from "./instance-entry.ts";
import type { ExportKind, ExportPlaces } from "./places.ts";
import { ENTRY_GROUP, rewriteEntry, rewriteService, SERVICE_GROUP } from "./rewrite-entry.ts";
import type { Launcher } from "./rewrite-exec.ts";
import { renderShim, shimName } from "./shim.ts";

export interface WantedFile {
  readonly kind: ExportKind;
  readonly name: string;
  readonly text: string;
  readonly source: { readonly path: string; readonly sha256: string } | null;
}

export interface ExportChoice {
  /** Absolute path of the entry to take, in place of those that are found. */
  readonly from: string | null;
  readonly autostart: boolean;
  readonly shim: boolean;
  /** All apps: many of them are not on this host. */
  readonly all: boolean;
}

/** What may be the name of an exported file: it reaches launchers, scripts and terminals. */
const SAFE_FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,200}$/;

/** No entry at all is a failure, since then there is nothing to click; but not where a shim of one app is asked for: terminal programs have none. `otherIds`: the ids of all other manifests. */
export function wantedFiles(
  manifest: Manifest,
  launcher: Launcher,
  places: ExportPlaces,
  choice: ExportChoice,
  otherIds: ReadonlySet<string>,
): Result<readonly WantedFile[]> {
  const problems: Problem[] = [];
  const wanted: WantedFile[] = [];
  // Its names on the bus are its own, which no service file and no activation of the host's is made for.
  const isInstance = manifest.instanceOf !== null;
  const keep = (kind: ExportKind, file: HostFile, result: Result<{ readonly text: string; readonly name: string }>): void => {
    problems.push(...(result.ok ? result.notices : result.problems));
    if (result.ok)
      wanted.push({ kind, name: fileNameOf(result.value.name, manifest.id), text: result.value.text, source: { path: file.path, sha256: file.sha256 } });
  };
  const entries = choice.from === null ? found(manifest, places, otherIds) : named(choice.from, appOf(manifest), places);
  if (choice.from === null && !choice.all) problems.push(...leftToOthers(manifest, places, otherIds));
  const isShimAlone = !entries.ok && choice.shim && !choice.all && choice.from === null;
  if (!entries.ok && !isShimAlone) return { ok: false, problems: [...entries.problems, ...problems] };
  if (!entries.ok) problems.push(...entries.problems.map((problem) => ({ ...problem, severity: "notice" as const })));
  const services = listHostFiles(places.sources.services, ".service");
  for (const entry of entries.ok ? entries.value : []) {
    const name = entry.name.replace(/\.desktop$/, "");
    const asked = isSet(entry.keyfile, "DBusActivatable");
    const activatable = asked && !isInstance && isWellKnownName(name) && mayOwn(manifest, name);
    if (asked && !activatable && !isInstance)
      problems.push(
        noticeAt({ file: entry.path, line: 0, column: 0 }, isWellKnownName(name) ? "export.not-activatable" : "export.no-bus-name", { name, app: manifest.id }),
      );
    keep("entry", entry, rewritten(entry, rewriteEntry(namedEntry(entry.keyfile, manifest.id), launcher, { activatable })));
    if (activatable && !services.some((service) => serviceName(service) === name)) keep("service", entry, madeService(entry, name, launcher));
  }
  for (const service of services) {
    const name = serviceName(service);
    if (isInstance || name === null || !isWellKnownName(name) || !mayOwn(manifest, name)) continue;
    // Owning a name that all programs trust is one thing; being started in the place of another program that has it is no app's to say.
    if (desktopNameSpaceOf(name) !== undefined && !startsProgram(service.keyfile, SERVICE_GROUP, manifest)) continue;
    keep("service", { ...service, name: `${name}.service` }, rewritten({ ...service, name: `${name}.service` }, rewriteService(service.keyfile, launcher)));
  }
  if (choice.autostart) {
    const starters = entriesOf(manifest, listHostFiles(places.sources.autostart, ".desktop"), otherIds);
    if (starters.length === 0) problems.push(noticeAt(NO_PLACE, "export.no-autostart", { app: manifest.id, folders: places.sources.autostart.join(", ") }));
    for (const entry of starters)
      keep("autostart", entry, rewritten(entry, rewriteEntry(namedEntry(entry.keyfile, manifest.id), launcher, { activatable: false })));
  }
  if (choice.shim) {
    const command = manifest.command?.value ?? "";
    const name = shimName(command);
    if (name === null) problems.push(errorAt(manifest.command?.origin ?? NO_PLACE, "export.shim-name", { command, app: manifest.id }));
    else wanted.push({ kind: "shim", name: fileNameOf(`${name}.desktop`, manifest.id).replace(/\.desktop$/, ""), text: renderShim(launcher), source: null });
  }
  return problems.some((problem) => problem.severity === "error") ? { ok: false, problems } : success(wanted, problems);
}

function found(manifest: Manifest, places: ExportPlaces, otherIds: ReadonlySet<string>): Result<readonly HostFile[]> {
  const own = manifest.programFolder === null ? [] : listHostFiles([`${manifest.programFolder}/share/applications`], ".desktop");
  // A manifest's own entry under a host program's name would stand in front of that program's.
  const brought = own.filter((file) => bearsId(file, appOf(manifest)));
  const others = listHostFiles(places.sources.applications, ".desktop").filter(({ name }) => !brought.some((file) => file.name === name));
  const entries = entriesOf(manifest, [...brought, ...others], otherIds);
  if (entries.length > 0) return success(entries);
  return failure(errorAt(NO_PLACE, "export.no-entry", { app: appOf(manifest), folders: places.sources.applications.join(", ") }));
}

/** Told, or the user looks in vain for the program's entry. */
function leftToOthers(manifest: Manifest, places: ExportPlaces, otherIds: ReadonlySet<string>): readonly Problem[] {
  const files = entriesOfOthers(manifest, listHostFiles(places.sources.applications, ".desktop"), otherIds);
  return files.map(({ path, name }) =>
    noticeAt({ file: path, line: 0, column: 0 }, "export.entry-of-other", { other: name.replace(/\.desktop$/, ""), app: appOf(manifest), path }),
  );
}

/** The entry of `--from`: it replaces the host's entry of its name, if it is one, and is `ID.desktop` otherwise. */
function named(path: string, id: string, places: ExportPlaces): Result<readonly HostFile[]> {
  const folder = places.sources.applications.find((one) => path.startsWith(`${one}/`));
  const file = readHostFile(path, folder === undefined ? `${id}.desktop` : path.slice(folder.length + 1).replaceAll("/", "-"));
  const place = { file: path, line: 0, column: 0 };
  if (file === "absent") return failure(errorAt(place, "export.from-absent"));
  if (!("keyfile" in file)) return failure(...file);
  if (isExported(file)) return failure(errorAt(place, "export.from-exported"));
  return textOf(file.keyfile, ENTRY_GROUP, "Type") === "Application" ? success([file]) : failure(errorAt(place, "export.from-no-application"));
}

function rewritten(file: HostFile, result: ReturnType<typeof rewriteEntry>): Result<{ readonly text: string; readonly name: string }> {
  if (!result.ok) return result;
  if (!SAFE_FILE_NAME.test(file.name)) return failure(errorAt({ file: file.path, line: 0, column: 0 }, "export.unsafe-name", { name: file.name }));
  return success({ text: renderKeyfile(result.value), name: file.name });
}

/** For an entry that relies on D-Bus activation without a service of its own on this host. */
function madeService(entry: HostFile, name: string, launcher: Launcher): Result<{ readonly text: string; readonly name: string }> {
  const program = splitCommand(textOf(entry.keyfile, ENTRY_GROUP, "Exec") ?? "")?.[0];
  const exec = program === undefined ? null : `${quoteWord(program)} --gapplication-service`;
  const empty = setKey(emptyKeyfile(entry.path), SERVICE_GROUP, "Name", name);
  const service = rewriteService(exec === null ? empty : setKey(empty, SERVICE_GROUP, "Exec", encodeString(exec)), launcher);
  return rewritten({ ...entry, name: `${name}.service` }, service);
}

function serviceName(service: HostFile): string | null {
  return textOf(service.keyfile, SERVICE_GROUP, "Name");
}

/** An app owns its id and what lies below it, and what its manifest names. */
function mayOwn({ id, layer }: Manifest, name: string): boolean {
  if (patternCovers(`${id}.*`, name)) return true;
  return layer.entries.some((entry) => entry.kind === "bus" && entry.bus === "session" && entry.level === "own" && patternCovers(entry.name, name));
}
