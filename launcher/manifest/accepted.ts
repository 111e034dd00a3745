// What the user accepted of a manifest that others wrote: its permissions as they were then. A manifest that asks for more later is given what was accepted.
// Kept where no app can write. The user's own manifests, and one that a path names, are the user's word and have no record unless they were installed.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { gainsOf, withoutGains } from "./gains.ts";
import { emptyKeyfile } from "./keyfile-edit.ts";
import { parseKeyfile, renderKeyfile } from "./keyfile.ts";
import type { PermissionLayer } from "./layers.ts";
import type { Manifest } from "./manifest.ts";
import type { Problem, Result } from "./origin.ts";
import { appOf } from "./named-instance.ts";
import { layOver } from "./override-edit.ts";
import { parseLayer } from "./parse-layer.ts";
import type { Places } from "./places.ts";
import { errorAt, failure, noticeAt, success } from "./problem.ts";
import { readRegularFile, wordsOf } from "./regular-file.ts";
import { grammarOf, renderEntry } from "./grammar/grammars.ts";
import { makeFolders } from "../../native/make-folders.ts";

export function acceptedFile(places: Pick<Places, "state">, id: string): string {
  return `${places.state}/accepted/${id}`;
}

/** One that is there and cannot be read is an error: it may hold what was not accepted. */
export function readAccepted(places: Pick<Places, "state">, id: string): Result<PermissionLayer> | "absent" {
  const file = acceptedFile(places, id);
  const read = readRegularFile(file);
  if (read.kind === "absent") return "absent";
  if (read.kind === "refused") return failure(errorAt({ file, line: 0, column: 0 }, read.key, { system: read.system }));
  const keyfile = parseKeyfile(file, read.bytes);
  const layer = keyfile.ok ? parseLayer(keyfile.value, "manifest") : keyfile;
  return layer.ok ? success(layer.value) : failure(...layer.problems, errorAt({ file, line: 0, column: 0 }, "accept.broken", { id }));
}

export function keepAccepted(places: Pick<Places, "state">, manifest: Pick<Manifest, "id" | "instanceOf" | "layer">): Problem | null {
  const id = appOf(manifest);
  const { layer } = manifest;
  const file = acceptedFile(places, id);
  const powers = layer.entries.filter((entry) => grammarOf(entry).isWithin !== "always");
  const text = `# What \`tsbox\` was allowed to give ${id}; \`tsbox accept ${id}\` writes it anew\n${renderKeyfile(layOver(emptyKeyfile(file), powers))}`;
  try {
    makeFolders(`${places.state}/accepted`, 0o700);
    writeFileSync(`${file}.${process.pid}`, text, { mode: 0o600 });
    renameSync(`${file}.${process.pid}`, file);
    return null;
  } catch (error) {
    return errorAt({ file, line: 0, column: 0 }, "accept.write", { system: wordsOf(error as NodeJS.ErrnoException) });
  }
}

export function forgetAccepted(places: Pick<Places, "state">, id: string): void {
  rmSync(acceptedFile(places, id), { force: true });
}

/** The manifest with what was accepted of it, and a notice for each thing that is held back. */
export function holdBack(manifest: Manifest, places: Pick<Places, "state">): Result<Manifest> {
  const accepted = manifest.installed === null ? readAccepted(places, appOf(manifest)) : "absent";
  if (accepted === "absent") return success(manifest);
  if (!accepted.ok) return accepted;
  const gains = gainsOf(accepted.value, manifest.layer);
  if (gains.granted.length + gains.undenied.length === 0) return success(manifest);
  const values = { id: appOf(manifest) };
  const notices = [
    ...gains.granted.map((entry) => noticeAt(entry.origin, "accept.held-back", { ...values, text: renderEntry(entry) })),
    ...gains.undenied.map((entry) => noticeAt({ file: manifest.file, line: 0, column: 0 }, "accept.still-denied", { ...values, text: renderEntry(entry) })),
  ];
  return success({ ...manifest, layer: withoutGains(accepted.value, manifest.layer) }, notices);
}
