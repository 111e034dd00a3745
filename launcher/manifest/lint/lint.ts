// Reads one manifest, override or limit and says all there is to say about it, most of which Flatpak passes over in silence. Pure: bytes in, findings out.
import { entryOf, parseKeyfile, type Keyfile } from "../keyfile.ts";
import type { LayerName } from "../origin.ts";
import { readLayer } from "../parse-layer.ts";
import { parseManifest } from "../parse-manifest.ts";
import { reportDangers } from "./dangers.ts";
import { type Finding, findingAt, findingOf, type Report } from "./finding.ts";
import { reportIdle } from "./idle.ts";
import { reportRepeats } from "./repeats.ts";

/** What a file is, by what stands in it and by where it lies. */
export type FileKind = "manifest" | "override" | "limit";

const LAYER: Readonly<Record<FileKind, LayerName>> = { manifest: "manifest", override: "user-app", limit: "limit" };

/** In the order of the lines. */
export function lintFile(file: string, bytes: Uint8Array): readonly Finding[] {
  const keyfile = parseKeyfile(file, bytes);
  if (!keyfile.ok) return keyfile.problems.map(findingOf);
  const kind = kindOf(keyfile.value);
  const { layer, problems } = readLayer(keyfile.value, LAYER[kind]);
  const findings = (kind === "manifest" ? manifestProblems(file, bytes) : problems).map(findingOf);
  const report: Report = (place, severity, key, values) => findings.push(findingAt(place, severity, key, values));
  reportRepeats(keyfile.value, report);
  if (kind !== "limit") {
    const name = kind === "manifest" ? (entryOf(keyfile.value, "Application", "name")?.rawValue ?? null) : null;
    reportIdle(keyfile.value, layer.entries, name, report);
    reportDangers(keyfile.value, layer.entries, name ?? overriddenApp(file), report);
  }
  const application = keyfile.value.groups.get("Application");
  if (application !== undefined && !application.entries.has("command")) report({ ...application, file }, "warning", "lint.no-command");
  return findings.sort((one, other) => one.line - other.line || one.column - other.column);
}

/** The app that an override's name says. */
function overriddenApp(file: string): string | null {
  return /\/overrides\/([^/]+)$/.exec(file)?.[1] ?? null;
}

export function kindOf({ file, groups }: Keyfile): FileKind {
  if (groups.has("Application") || groups.has("Runtime") || /(?:\.ini|\/metadata)$/.test(file)) return "manifest";
  return /\/limits\/[^/]*$/.test(file) ? "limit" : "override";
}

/** A file called `metadata` came through Flatpak, which checks ids in its own way. */
function manifestProblems(file: string, bytes: Uint8Array): Parameters<typeof findingOf>[0][] {
  const expectedId = /\/manifests\/([^/]+)\.ini$/.exec(file)?.[1] ?? null;
  const parsed = parseManifest({ file, bytes, from: file.endsWith("/metadata") ? "flatpak" : "tsbox", expectedId, programFolder: null });
  return [...(parsed.ok ? parsed.notices : parsed.problems)];
}
