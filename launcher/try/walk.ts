// What an app changed in a layer, beside what lies outside now; and, where it is asked for, brought there. What is in a layer a hostile app wrote, and may be writing:
// a descriptor of a layer's folder that it gave to another program outlives it. So both sides are held by descriptor.
import { type BigIntStats, lstatSync } from "node:fs";
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

/** Deeper ones stay aside: each level holds two descriptors. */
const DEEPEST = 256;

/** One entry of a layer, and the folder outside that it belongs in: null where there is none yet, and nothing is done. */
interface Entry {
  /** The folder of the layer that it lies in; null: it is said by that folder's being new, not by an entry. */
  readonly layer: Place | null;
  readonly name: string;
  readonly path: string;
  readonly outside: Place | null;
  readonly now: BigIntStats | undefined;
}

/** In the order of the paths. */
export function walkTry(addon: Addon, kept: KeptTry, options: WalkOptions): readonly Change[] {
  const walk: Walk = { ...options, addon, kept, told: [] };
  for (const layer of kept.layers) guardFailures(walk, layer.from, () => walkLayer(walk, layer));
  return walk.told;
}

function walkLayer(walk: Walk, { from, dev, ino, upper }: TryLayer): void {
  const layer = Place.layer(walk.addon, upper);
  const root = Place.root(walk.addon, from, dev, ino);
  // The app may have closed the top of the layer itself.
  guardFailures(walk, from, () => {
    if (root !== null) walkFolder(walk, layer, from, root, 0);
    else if (layer.rawNames().length > 0) tell(walk, { path: from, change: "changed", kind: "folder", left: "gone" });
  });
  root?.close();
  layer.close();
}

function walkFolder(walk: Walk, layer: Place, path: string, outside: Place | null, depth: number): void {
  const names = layer.rawNames();
  for (const raw of [...names].sort(Buffer.compare)) {
    const name = raw.toString("utf8");
    const at = `${path === "/" ? "" : path}/${name}`;
    if (!Buffer.from(name, "utf8").equals(raw)) tell(walk, { path: at, change: "added", kind: "other", left: "name" });
    else guardFailures(walk, at, () => walkEntry(walk, { layer, name, path: at, outside, now: outside?.stat(name) }, depth));
  }
  if (outside === null || layer.attribute(".", "user.overlay.opaque") !== "y") return;
  // The app took the folder away and made it anew: what is not in the new one is gone.
  const there = new Set(names.map((raw) => raw.toString("utf8")));
  for (const name of [...outside.names()].sort().filter((one) => !there.has(one))) {
    const at = `${path}/${name}`;
    guardFailures(walk, at, () => removeOutside(walk, { layer: null, name, path: at, outside, now: outside.stat(name) }));
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

function walkEntry(walk: Walk, entry: Entry, depth: number): void {
  const found = entry.layer?.stat(entry.name);
  if (found === undefined) return;
  // A whiteout is a character device of the number 0:0; another one cannot be made without rights.
  if (found.isCharacterDevice() && found.rdev === 0n) {
    removeOutside(walk, entry);
  } else if (isMountPoint(walk, entry, found)) return;
  else if ((isGuarded(walk, entry.path) && !found.isDirectory()) || (found.isSymbolicLink() && leadsToGuarded(walk, entry.path))) {
    tell(walk, { ...describe(entry, found), left: "guarded" });
  } else if (found.isDirectory()) enterFolder(walk, entry, found, depth);
  else if (found.isFile() || found.isSymbolicLink()) putThere(walk, entry, found);
  else tell(walk, { ...describe(entry, found), left: "special" });
}

function describe({ path, now }: Entry, found: BigIntStats): Omit<Change, "left" | "system"> {
  return { change: now === undefined ? "added" : "changed", kind: kindOf(found), path, bytes: bytesOf(found), before: bytesOf(now) };
}

function putThere(walk: Walk, entry: Entry, found: BigIntStats): void {
  const { name, outside, now, layer } = entry;
  const told = describe(entry, found);
  if (now?.isDirectory() === true && holdsGuarded(walk, entry.path)) tell(walk, { ...told, left: "guarded" });
  else if (isConflict(walk, entry, found)) tell(walk, { ...told, left: "conflict" });
  else if (walk.act && outside !== null && layer !== null) {
    if (now?.isDirectory() === true) outside.remove(name);
    if (found.isFile()) outside.putFile(layer, name, now === undefined);
    else outside.putLink(layer, name, now === undefined);
    layer.unlink(name);
    tell(walk, told);
  } else tell(walk, told);
}

function enterFolder(walk: Walk, entry: Entry, found: BigIntStats, depth: number): void {
  const { name, outside, layer, path, now } = entry;
  if (depth >= DEEPEST) throw new RangeError("it lies too deep");
  const inside = (layer as Place).folder(name);
  let inner: Place | null = null;
  try {
    // Before anything is made for it: what the app closed stays aside as a whole.
    inside.rawNames();
    const isThere = now?.isDirectory() === true;
    if (!isThere && !makeFolderOf(walk, entry, found)) return;
    inner = outside !== null && (isThere || walk.act) ? outside.folder(name) : null;
    walkFolder(walk, inside, path, inner, depth + 1);
    if (!walk.act) return;
    if (!isThere) outside?.finishFolder(inside, name, found.mode);
    if (inside.rawNames().length === 0) layer?.removeEmpty(name);
  } finally {
    inner?.close();
    inside.close();
  }
}

/** False where it stays aside. */
function makeFolderOf(walk: Walk, entry: Entry, found: BigIntStats): boolean {
  const { name, outside, path, now } = entry;
  const isHeld = isGuarded(walk, path) || (now !== undefined && holdsGuarded(walk, path));
  const left = isHeld ? "guarded" : isConflict(walk, entry, found) ? "conflict" : null;
  tell(walk, { ...describe(entry, found), left });
  if (left !== null) return false;
  if (walk.act && outside !== null) {
    if (now !== undefined) outside.remove(name);
    outside.makeFolder(name);
  }
  return true;
}

/** What the app took away. */
function removeOutside(walk: Walk, entry: Entry): void {
  const { name, outside, now, layer, path } = entry;
  if (now !== undefined && outside !== null) {
    const told = { change: "removed", kind: kindOf(now), path, bytes: null, before: bytesOf(now) } as const;
    const isHeld = isGuarded(walk, path) || holdsGuarded(walk, path);
    const left = isHeld ? "guarded" : !walk.overwrite && outside.hasChanged(name, walk.kept.since) ? "conflict" : null;
    if (left === null && walk.act) outside.remove(name);
    tell(walk, { ...told, left });
    if (left !== null) return;
  }
  if (walk.act) layer?.unlink(name);
}

/** Changed outside since the start; or taken away outside, where the app's is a copy of what was there. */
function isConflict({ kept, overwrite }: Walk, { name, outside, now, layer }: Entry, found: BigIntStats): boolean {
  if (overwrite) return false;
  if (now === undefined) return outside !== null && found.isFile() && layer?.attribute(name, "user.overlay.origin") !== undefined;
  return outside?.hasChanged(name, kept.since) === true;
}

/** Made for a mount of the sandbox's own, which hides it from the app: it is as empty as it was made. */
function isMountPoint({ kept: { mountPoints } }: Walk, { path, now, layer, name }: Entry, found: BigIntStats): boolean {
  if (now !== undefined || !mountPoints.includes(path)) return false;
  if (!found.isDirectory()) return found.isFile() && found.size === 0n;
  const folder = (layer as Place).folder(name);
  try {
    return folder.rawNames().length === 0;
  } finally {
    folder.close();
  }
}

function isGuarded({ kept: { guarded, open } }: Walk, path: string): boolean {
  return guarded.some((guard) => isBelow(path, guard)) && !open.some((place) => isBelow(path, place));
}

function holdsGuarded({ kept: { guarded } }: Walk, path: string): boolean {
  return guarded.some((guard) => isBelow(guard, path) && lstatSync(guard, { throwIfNoEntry: false }) !== undefined);
}

/** A link there would be another name of a guarded place, which need not be there yet. */
function leadsToGuarded({ kept: { guarded } }: Walk, path: string): boolean {
  return guarded.some((guard) => guard !== path && isBelow(guard, path));
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
