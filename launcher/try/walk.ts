// What an app changed in a layer, beside what lies outside now; and, where it is asked for, brought there. What is in a layer a hostile app wrote.
import { type BigIntStats, lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import type { Addon } from "../../native/addon.ts";
import { isBelow } from "../host/walk.ts";
import { wordsOf } from "../manifest/door.ts";
import { Place } from "./place.ts";
import type { KeptTry, TryLayer } from "./record.ts";

/** Why a change is not brought to its place: keys of messages, `try.left-…`. */
export type Left = "conflict" | "guarded" | "special" | "name" | "failed" | "gone";

export interface Change {
  readonly change: "added" | "changed" | "removed";
  readonly kind: "file" | "folder" | "link" | "other";
  /** Absolute, on the host. */
  readonly path: string;
  /** Of a file: now, and before. */
  readonly bytes: number | null;
  readonly before: number | null;
  /** Null: it can be brought there, or has been. */
  readonly left: Left | null;
  /** What the system said. */
  readonly system: string;
}

export interface WalkOptions {
  /** Bring the changes to their places. */
  readonly act: boolean;
  /** Also over what was changed outside meanwhile. */
  readonly overwrite: boolean;
}

interface Walk extends WalkOptions {
  readonly addon: Addon;
  readonly kept: KeptTry;
  readonly told: Change[];
}

/** One entry of a layer, and the folder outside that it belongs in: null where there is none yet, and nothing is done. */
interface Entry {
  readonly upper: string;
  readonly name: string;
  readonly path: string;
  readonly outside: Place | null;
  readonly now: BigIntStats | undefined;
}

/** In the order of the paths. */
export function walkTry(addon: Addon, kept: KeptTry, options: WalkOptions): readonly Change[] {
  const walk: Walk = { ...options, addon, kept, told: [] };
  for (const layer of kept.layers) walkLayer(walk, layer);
  return walk.told;
}

function walkLayer(walk: Walk, { from, dev, ino, upper }: TryLayer): void {
  const root = Place.root(walk.addon, from, dev, ino);
  if (root === null) {
    if (namesIn(upper).length > 0) tell(walk, { path: from, change: "changed", kind: "folder", left: "gone" });
    return;
  }
  try {
    walkFolder(walk, upper, from, root);
  } finally {
    root.close();
  }
}

function walkFolder(walk: Walk, upper: string, path: string, outside: Place | null): void {
  const names = namesIn(upper);
  for (const raw of [...names].sort(Buffer.compare)) {
    const name = raw.toString("utf8");
    const at = `${path === "/" ? "" : path}/${name}`;
    if (!Buffer.from(name, "utf8").equals(raw)) tell(walk, { path: at, change: "added", kind: "other", left: "name" });
    else guardFailures(walk, at, () => walkEntry(walk, { upper: `${upper}/${name}`, name, path: at, outside, now: outside?.stat(name) }));
  }
  if (outside === null || !isOpaque(walk, upper)) return;
  // The app took the folder away and made it anew: what is not in the new one is gone.
  const there = new Set(names.map((raw) => raw.toString("utf8")));
  for (const name of [...outside.names()].sort().filter((one) => !there.has(one))) {
    const at = `${path}/${name}`;
    guardFailures(walk, at, () => removeOutside(walk, { upper: "", name, path: at, outside, now: outside.stat(name) }));
  }
}

/** One that cannot be looked at or made must not keep the others back. */
function guardFailures(walk: Walk, path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    tell(walk, { path, change: "changed", kind: "other", left: "failed", system: wordsOf(error as NodeJS.ErrnoException) });
  }
}

function walkEntry(walk: Walk, entry: Entry): void {
  const found = lstatSync(entry.upper, { bigint: true });
  // A whiteout is a character device of the number 0:0; another one cannot be made without rights.
  if (found.isCharacterDevice() && found.rdev === 0n) {
    removeOutside(walk, entry);
  } else if (isGuarded(walk, entry.path) && !found.isDirectory()) {
    tell(walk, { ...describe(entry, found), left: "guarded" });
  } else if (found.isDirectory()) enterFolder(walk, entry, found);
  else if (found.isFile() || found.isSymbolicLink()) putThere(walk, entry, found);
  else tell(walk, { ...describe(entry, found), left: "special" });
}

function describe({ path, now }: Entry, found: BigIntStats): Omit<Change, "left" | "system"> {
  return { change: now === undefined ? "added" : "changed", kind: kindOf(found), path, bytes: bytesOf(found), before: bytesOf(now) };
}

function putThere(walk: Walk, entry: Entry, found: BigIntStats): void {
  const { name, outside, now, upper } = entry;
  const told = describe(entry, found);
  if (now?.isDirectory() === true && holdsGuarded(walk, entry.path)) tell(walk, { ...told, left: "guarded" });
  else if (isConflict(walk, entry)) tell(walk, { ...told, left: "conflict" });
  else if (walk.act && outside !== null) {
    if (now?.isDirectory() === true) outside.remove(name);
    if (found.isFile()) outside.putFile(upper, name, now === undefined);
    else outside.putLink(upper, name, now === undefined);
    unlinkSync(upper);
    tell(walk, told);
  } else tell(walk, told);
}

function enterFolder(walk: Walk, entry: Entry, found: BigIntStats): void {
  const { name, outside, upper, path, now } = entry;
  const isThere = now?.isDirectory() === true;
  if (!isThere) {
    const told = describe(entry, found);
    const left = isGuarded(walk, path) ? "guarded" : isConflict(walk, entry) ? "conflict" : null;
    tell(walk, { ...told, left });
    if (left !== null) return;
    if (walk.act && outside !== null) {
      if (now !== undefined) outside.remove(name);
      outside.makeFolder(name);
    }
  }
  const inner = outside !== null && (isThere || walk.act) ? outside.folder(name) : null;
  try {
    walkFolder(walk, upper, path, inner);
  } finally {
    inner?.close();
  }
  if (!walk.act) return;
  if (!isThere) outside?.setFolderMode(name, found.mode);
  if (namesIn(upper).length === 0) rmdirSync(upper);
}

/** What the app took away. `upper` empty: it is not said there by a whiteout of its own. */
function removeOutside(walk: Walk, entry: Entry): void {
  const { name, outside, now, upper, path } = entry;
  if (now !== undefined && outside !== null) {
    const told = { change: "removed", kind: kindOf(now), path, bytes: null, before: bytesOf(now) } as const;
    const isHeld = isGuarded(walk, path) || holdsGuarded(walk, path);
    const left = isHeld ? "guarded" : !walk.overwrite && outside.hasChanged(name, walk.kept.since) ? "conflict" : null;
    if (left === null && walk.act) outside.remove(name);
    tell(walk, { ...told, left });
    if (left !== null) return;
  }
  if (walk.act && upper !== "") unlinkSync(upper);
}

/** Changed outside since the start; or taken away outside, where the app's is a copy of what was there. */
function isConflict({ addon, kept, overwrite }: Walk, { name, outside, now, upper }: Entry): boolean {
  if (overwrite) return false;
  if (now === undefined) return outside !== null && lstatSync(upper).isFile() && addon.extendedAttribute(upper, "user.overlay.origin") !== undefined;
  return outside?.hasChanged(name, kept.since) === true;
}

function isGuarded({ kept: { guarded, open } }: Walk, path: string): boolean {
  return guarded.some((guard) => isBelow(path, guard)) && !open.some((place) => isBelow(path, place));
}

function holdsGuarded({ kept: { guarded } }: Walk, path: string): boolean {
  return guarded.some((guard) => isBelow(guard, path) && lstatSync(guard, { throwIfNoEntry: false }) !== undefined);
}

function isOpaque({ addon }: Walk, upper: string): boolean {
  const value = addon.extendedAttribute(upper, "user.overlay.opaque");
  return value !== undefined && Buffer.from(value).toString("latin1") === "y";
}

function namesIn(upper: string): readonly Buffer[] {
  return readdirSync(upper, { encoding: "buffer" });
}

function kindOf(found: BigIntStats): Change["kind"] {
  return found.isFile() ? "file" : found.isDirectory() ? "folder" : found.isSymbolicLink() ? "link" : "other";
}

function bytesOf(found: BigIntStats | undefined): number | null {
  return found?.isFile() === true ? Number(found.size) : null;
}

function tell(walk: Walk, change: Pick<Change, "change" | "kind" | "path"> & Partial<Change>): void {
  walk.told.push({ bytes: null, before: null, left: null, system: "", ...change });
}
