// From "these places are visible, those are guarded" to mounts in their order, one space at a time. Pure.
//
// The nesting is Flatpak's: the list is sorted by path, each entry overrides its ancestors, whichever layer it came from. The guards are ours: a cover below
// a writable folder is worthless while a parent can be renamed away, so each folder between the grant's root and the guarded place is mounted onto itself
// (a mount point cannot be renamed) and each link on the way is covered by a clone of itself.
import type { HostFacts, PathFact } from "../host/facts.ts";
import { isBelow, type Walk } from "../host/walk.ts";
import type { Problem } from "../manifest/origin.ts";
import { problemAt, walkFacts } from "../permissions/granted.ts";
import type { Exposure } from "../permissions/kind.ts";
import { type Denied, denialBehind, isAbove } from "./denied-links.ts";
import type { Guard } from "./guards.ts";
import type { Because, Operation } from "./plan.ts";
import { plantedLink, type Reach } from "./planted-links.ts";
import { isLinkOfTheSandbox, reservedBy } from "./reserved-paths.ts";
import { hostOf, insideOf, MAIN_SPACE, type Space } from "./spaces.ts";

/** What lies at one real path of the space. */
type Entry = { readonly because: Because } & (
  | { readonly kind: "expose"; readonly mode: "ro" | "rw"; readonly fact: PathFact }
  | { readonly kind: "keep"; readonly fact: PathFact }
  | { readonly kind: "cover"; readonly cover: Guard["cover"]; readonly fact: PathFact }
  | { readonly kind: "keep-link"; readonly fact: PathFact }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "folder" }
);

export interface Arranged {
  readonly operations: readonly Operation[];
  /** Covers to be sealed once everything is mounted on them. */
  readonly sealed: readonly Operation[];
  readonly notices: readonly Problem[];
  readonly problems: readonly Problem[];
  /** Guarded places of the login set that are missing and could be planted. */
  readonly plantable: readonly string[];
  /** Whether the real path is visible inside at its own place. */
  readonly isVisible: (real: string) => boolean;
}

export interface SpaceInputs {
  readonly space: Space;
  readonly exposures: readonly Exposure[];
  readonly guards: readonly Guard[];
  readonly denied: readonly Denied[];
  /** Real runtime directories of this user, for the reserved places. */
  readonly runtimes: readonly string[];
  readonly reach: Reach;
  readonly uid: number;
  /** A place that is exposed although a guard protects it: the app's own data. */
  readonly own: string | null;
}

export function arrangeSpace(inputs: SpaceInputs, facts: HostFacts): Arranged {
  const arrangement = new Map<string, Entry>();
  const state: State = { inputs, facts, entries: arrangement, notices: [], problems: [], plantable: [] };
  for (const exposure of inputs.exposures) if (exposure.mode !== "hide") expose(state, exposure);
  const narrower = inputs.exposures.filter(({ mode, because }) => mode === "hide" || (mode === "ro" && because.origin !== null)).map(narrowingGuard);
  for (const guard of [...narrower, ...inputs.guards]) applyGuard(state, guard);
  const paths = [...arrangement.keys()].sort();
  const operations = paths.flatMap((path) => emit(state, path, arrangement.get(path) as Entry));
  return {
    operations: operations.filter(({ kind }) => kind !== "remount-ro"),
    sealed: operations.filter(({ kind }) => kind === "remount-ro"),
    notices: state.notices,
    problems: state.problems,
    plantable: state.plantable,
    isVisible: (real) => {
      const nearest = nearestCarrier(state, real);
      return nearest !== null && !(nearest.kind === "cover" && nearest.cover === "hide");
    },
  };
}

interface State {
  readonly inputs: SpaceInputs;
  readonly facts: HostFacts;
  readonly entries: Map<string, Entry>;
  readonly notices: Problem[];
  readonly problems: Problem[];
  readonly plantable: string[];
}

/** Permission bits of the owner. */
const WRITE = 0o200;
const SEARCH = 0o100;
const RANK = { ro: 1, rw: 2 } as const;

function expose(state: State, exposure: Exposure): void {
  const { inputs, entries } = state;
  const walk = walkFacts(exposure.path, state.facts);
  const refusal = refusalOf(state, exposure, walk);
  // Only what the manifest names is worth a line; the many entries of `host` and the sandbox's own wishes are not.
  if (refusal !== null && refusal.key !== null && exposure.because.origin !== null) {
    state.notices.push(problemAt(exposure.because.origin, "notice", refusal.key, { path: exposure.path, ...refusal.values }));
  }
  if (walk.end === null || (refusal !== null && refusal.given === null)) return;
  const mode = refusal?.given ?? (exposure.mode === "rw" ? "rw" : "ro");
  for (const link of walk.links) {
    if (isBelow(link.path, hostOf(inputs.space)) && !entries.has(link.path) && !isLinkOfTheSandbox(link.path)) {
      entries.set(link.path, { kind: "link", target: link.target ?? "", because: exposure.because });
    }
  }
  if (!isBelow(walk.real, hostOf(inputs.space))) return;
  const known = entries.get(walk.real);
  if (known?.kind === "expose" && RANK[known.mode] >= RANK[mode]) return;
  entries.set(walk.real, { kind: "expose", mode, fact: walk.end, because: exposure.because });
}

/** Why a place is not given, or given as no more than `given`. */
interface Refusal {
  /** Null: nothing to tell. */
  readonly key: string | null;
  readonly values: Problem["values"];
  readonly given: "ro" | null;
}

function refusalOf({ inputs, facts }: State, exposure: Exposure, walk: Walk): Refusal | null {
  // Where the whole host is repeated its own list says what is left out.
  const isWhole = inputs.space !== MAIN_SPACE && hostOf(inputs.space) === "/";
  const reserved = isWhole ? null : reservedBy(walk.real, inputs.runtimes);
  if (reserved !== null) return { key: "plan.reserved", values: { reserved }, given: null };
  if (walk.end === null) return null;
  const planted = plantedLink(walk, inputs.reach);
  if (planted !== null) {
    // What it leads to is given already where the app can write it; as a grant of its own it would lift what guards it.
    const isGiven = inputs.reach.writable.some((root) => root !== walk.real && isBelow(walk.real, root));
    return { key: isGiven ? null : "plan.planted-link", values: { link: planted.path, target: walk.real }, given: null };
  }
  if (walk.end.type === "character" || walk.end.type === "block") return { key: "plan.not-mountable", values: {}, given: null };
  if (inputs.own !== null && isBelow(walk.real, walkFacts(inputs.own, facts).real)) return null;
  const denial = denialBehind(exposure, walk, inputs.denied, facts);
  if (denial !== null) return { key: "plan.denied-link", values: { target: walk.real, denial: denial.origin.text }, given: null };
  const lifted = liftedByLink(inputs, exposure, walk, facts);
  if (lifted !== null) return lifted;
  const guard = inputs.guards.find((one) => one.strength === "protected" && isBelow(walk.real, walkFacts(one.path, facts).real));
  if (guard === undefined) return null;
  const values = { reason: guard.because.reason };
  if (!guard.readable) return { key: "plan.protected", values, given: null };
  return exposure.mode === "rw" ? { key: "plan.protected-read-only", values, given: "ro" } : null;
}

/** Only a grant by its own name lifts a guard of the login set: a link of this user's that leads there may be another app's, which cannot write there itself. */
function liftedByLink({ guards, uid }: SpaceInputs, { path }: Exposure, walk: Walk, facts: HostFacts): Refusal | null {
  const link = walk.links.find((one) => one.uid === uid);
  if (link === undefined) return null;
  const guard = guards.find((one) => one.strength === "login" && !isBelow(path, one.path) && isBelow(walk.real, walkFacts(one.path, facts).real));
  return guard === undefined ? null : { key: "plan.login-link", values: { link: link.path, target: walk.real, reason: guard.because.reason }, given: null };
}

/** A denial, and a read-only grant inside a writable one, are as worthless as any cover where a parent can be renamed away. */
function narrowingGuard(exposure: Exposure): Guard {
  return {
    path: exposure.path,
    cover: exposure.mode === "hide" ? "hide" : "read-only",
    strength: "denied",
    because: exposure.because,
    make: null,
    readable: false,
  };
}

/** The entry that decides what is seen at `real`: itself or the nearest ancestor. Folders and links made by us carry nothing. */
function nearestCarrier(state: State, real: string, strictly = false): Exclude<Entry, { kind: "link" | "folder" }> | null {
  for (let path = real; ; path = parentOf(path)) {
    const entry = path === real && strictly ? undefined : state.entries.get(path);
    if (entry !== undefined && entry.kind !== "link" && entry.kind !== "folder") return entry;
    if (path === "/") return null;
  }
}

function isWritableAt(state: State, real: string, strictly = false): boolean {
  const carrier = nearestCarrier(state, real, strictly);
  return carrier !== null && (carrier.kind === "keep" || (carrier.kind === "expose" && carrier.mode === "rw"));
}

function applyGuard(state: State, guard: Guard): void {
  const { entries, facts, inputs } = state;
  const walk = walkFacts(guard.path, facts);
  const within = (path: string): boolean => isBelow(path, hostOf(inputs.space));
  const hold: Because = { reason: `so that ${guard.path} cannot be moved away: ${guard.because.reason}`, origin: guard.because.origin };
  const closed = walk.end === null ? closedFolder(state, guard, parentOf(walk.absentAt as string)) : null;
  if (walk.end !== null || closed !== null || guard.strength !== "denied") {
    for (const folder of walk.folders) {
      const fact = facts.paths.get(folder) ?? null;
      if (fact !== null && within(folder) && !carries(entries.get(folder)) && isWritableAt(state, folder))
        entries.set(folder, { kind: "keep", fact, because: hold });
    }
    for (const link of walk.links)
      if (within(link.path) && isWritableAt(state, link.path, true)) entries.set(link.path, { kind: "keep-link", fact: link, because: hold });
  }
  if (closed !== null) {
    if (!within(closed.path) || !isWritableAt(state, closed.path)) return;
    entries.set(closed.path, { kind: "cover", cover: "read-only", fact: closed, because: guard.because });
    state.notices.push(problemAt(guard.because.origin, "notice", "plan.closed-folder", { path: closed.path, reason: guard.because.reason }));
    return;
  }
  if (walk.end === null) {
    reportMissing(state, guard, walk.absentAt as string);
    return;
  }
  if (!within(walk.real)) return;
  const explicit = entries.get(walk.real);
  const beats = guard.strength === "protected" || isAbove(guard.because.origin, explicit?.because.origin);
  if (carries(explicit) && !beats) return;
  const carrier = nearestCarrier(state, walk.real, !beats);
  if (carrier === null) {
    // As in Flatpak a denied folder is there, empty. What we leave out on our own needs no trace.
    if (guard.strength === "denied" && guard.cover === "hide" && guard.because.origin !== null && walk.end.type === "directory")
      entries.set(walk.real, { kind: "folder", because: guard.because });
    return;
  }
  if (carrier.kind === "cover" && carrier.cover === "hide") return;
  // Below a read-only folder a place that may be read is safe already.
  if (guard.cover === "read-only" && !isWritableAt(state, walk.real, !carries(explicit))) return;
  if (explicit?.kind === "expose" && explicit.mode === "ro" && guard.readable) return;
  entries.set(walk.real, { kind: "cover", cover: guard.cover, fact: walk.end, because: guard.because });
}

/**
 * The folder, if its owner has closed it so that what is in it cannot be seen or made by us. INVARIANT: its owner is the app's own uid, which can open it again;
 * so nothing in it counts as absent, and the folder itself is held as it is.
 */
function closedFolder({ facts, inputs }: State, guard: Guard, path: string): PathFact | null {
  const fact = facts.paths.get(path) ?? null;
  if (fact?.type !== "directory" || fact.uid !== inputs.uid || inputs.uid === 0) return null;
  const needed = guard.strength === "denied" ? SEARCH : SEARCH | WRITE;
  return (fact.mode & needed) === needed ? null : fact;
}

function carries(entry: Entry | undefined): boolean {
  return entry !== undefined && entry.kind !== "link" && entry.kind !== "folder";
}

function reportMissing(state: State, guard: Guard, absentAt: string): void {
  const parent = parentOf(absentAt);
  if (guard.strength === "denied" || !isBelow(parent, hostOf(state.inputs.space)) || !isWritableAt(state, parent)) return;
  // A folder that we cannot write, the app cannot write either: it has no more than our uid.
  if (state.facts.paths.get(parent)?.writable !== true) return;
  if (guard.strength === "login") state.plantable.push(guard.path);
  else state.problems.push(problemAt(guard.because.origin, "error", "plan.protected-missing", { path: guard.path, reason: guard.because.reason }));
}

function emit(state: State, path: string, entry: Entry): readonly Operation[] {
  const to = insideOf(state.inputs.space, path);
  const { because } = entry;
  switch (entry.kind) {
    case "expose":
      return [{ kind: "bind", from: path, to, source: entry.fact, access: entry.mode, because }];
    case "keep":
      return [{ kind: "bind", from: path, to, source: entry.fact, access: "rw", because }];
    case "keep-link":
      return [{ kind: "link-bind", from: path, to, source: entry.fact, because }];
    case "link":
      // Inside a visible folder the link is there already.
      return nearestCarrier(state, path, true) === null ? [{ kind: "symlink", target: entry.target, to, because }] : [];
    case "folder":
      return [{ kind: "directory", to, mode: 0o755, because }];
    case "cover":
      if (entry.cover === "read-only") return [{ kind: "bind", from: path, to, source: entry.fact, access: "ro", because }];
      if (entry.fact.type !== "directory") return [{ kind: "data", to, mode: 0, bytes: new Uint8Array(), as: "bind-ro", because }];
      return [
        { kind: "tmpfs", to, mode: 0o500, sizeBytes: null, because },
        { kind: "remount-ro", to, because },
      ];
  }
}

function parentOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at <= 0 ? "/" : path.slice(0, at);
}
