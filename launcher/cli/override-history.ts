// `tsbox override --history` and `--undo`.
import {
  editOverride,
  historyFile,
  type Keyfile,
  type OverrideChange,
  parseKeyfileText,
  parseLayer,
  readHistory,
  readRegularFile,
  renderEntry,
  resetOverride,
  subjectOf,
  writeHistory,
} from "../manifest/door.ts";
import { renderOutsideText } from "../messages/render.ts";
import type { PermissionEntry } from "../permissions/entries.ts";
import { commandProblem, type Outcome, refuse } from "./command.ts";
import { CHANGES, renderInForce, renderNote } from "./override-output.ts";
import { renderShape } from "./shape.ts";
import { inForceAfter, type OverrideWork } from "./override-work.ts";

export function showHistory({ places, target }: OverrideWork, json: boolean): Outcome {
  const changes = readHistory(historyFile(places, target)).toReversed();
  if (json) return { status: 0, output: renderShape(CHANGES, changes), problems: [] };
  if (changes.length === 0) return { status: 0, output: renderNote("override.no-history", { file: target.file }), problems: [] };
  const output = changes.map((change) => `${change.at.slice(0, 19).replace("T", " ")}  ${renderOutsideText(change.change)}\n${renderLines(change)}`);
  return { status: 0, output: output.join(""), problems: [] };
}

/** The lines that went and came. */
function renderLines({ before, after }: OverrideChange): string {
  const linesOf = (text: string | null): readonly string[] => (text ?? "").split("\n").filter((line) => line.trim() !== "");
  const [old, now] = [linesOf(before), linesOf(after)];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `  - ${renderOutsideText(line)}\n`);
  const come = now.filter((line) => !old.includes(line)).map((line) => `  + ${renderOutsideText(line)}\n`);
  return [...gone, ...come].join("");
}

/** The file as it was before the last change, if nobody else has touched it since. */
export async function undo(work: OverrideWork): Promise<Outcome> {
  const { target, places, tryLock } = work;
  const file = historyFile(places, target);
  const changes = readHistory(file);
  const last = changes.at(-1);
  if (last === undefined) return refuse(commandProblem("override.nothing-to-undo", { file: target.file }));
  const now = readRegularFile(target.file);
  const text = now.kind === "read" ? new TextDecoder().decode(now.bytes) : null;
  if (now.kind === "refused" || text !== last.after) return refuse(commandProblem("override.changed-since", { file: target.file }));
  const earlier = keyfileOf(target.file, last.before);
  const done = last.before === null ? await resetOverride(target, tryLock) : await editOverride(target, () => earlier, tryLock);
  if (!done.ok) return refuse(...done.problems);
  writeHistory(file, changes.slice(0, -1));
  const touched = differing(entriesOf(keyfileOf(target.file, last.after), work), entriesOf(earlier, work));
  const { inForce, problems } = inForceAfter(work, touched);
  const output = renderNote("override.undone", { change: last.change }) + renderInForce({ file: target.file, changed: true, inForce }, []);
  return { status: 0, output, problems };
}

/** What was a keyfile once is one now. */
function keyfileOf(file: string, text: string | null): Keyfile {
  const keyfile = parseKeyfileText(file, text ?? "");
  return keyfile.ok ? keyfile.value : { file, lines: [], groups: new Map() };
}

function entriesOf(keyfile: Keyfile, { target }: OverrideWork): readonly PermissionEntry[] {
  const layer = parseLayer(keyfile, target.layer);
  return layer.ok ? layer.value.entries : [];
}

/** Entries whose subject is not said the same in both. */
export function differing(one: readonly PermissionEntry[], other: readonly PermissionEntry[]): readonly PermissionEntry[] {
  const said = (entries: readonly PermissionEntry[]): ReadonlyMap<string, string> => new Map(entries.map((entry) => [subjectOf(entry), renderEntry(entry)]));
  const [left, right] = [said(one), said(other)];
  return [...one, ...other].filter((entry) => left.get(subjectOf(entry)) !== right.get(subjectOf(entry)));
}
