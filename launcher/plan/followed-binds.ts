// Files that are bound and followed: who saves a file often puts another one in its place, which a bind of the file itself neither shows nor allows. So the folder of
// its place inside is one of ours, where the broker keeps both names the same (launcher/broker/follow-binds.ts). Pure.
import { hmacSha256 } from "../host/door.ts";
import type { HostFacts } from "../host/facts.ts";
import { isBelow } from "../host/walk.ts";
import { walkFacts } from "../permissions/granted.ts";
import type { Exposure } from "../permissions/kind.ts";
import { type Bind, bindsOf, isOpened } from "./binds.ts";
import { appFolder } from "./folders.ts";
import { collectGuards } from "./guards.ts";
import type { RunInputs } from "./inputs.ts";
import type { Because, FollowedFile, Operation, Preparation } from "./plan.ts";
import { plantedLink, type Reach } from "./planted-links.ts";
import { reservedBy } from "./reserved-paths.ts";
import { bindOf } from "./sources.ts";

const INSIDE = "/run/host/bound";
/** Where a file lies that was opened with an app which does not see its place: each in a folder of its own. */
const OPENED = "/run/tsbox/opened-";

/** In the live area, so that one that runs can be shown it too. */
export function openedFolder(key: string): string {
  return `${OPENED}${key}`;
}

/** Both sides of what a run needs on the host for its binds, made whether they are followed in the end or not. */
export function followedPreparations(inputs: RunInputs): readonly Preparation[] {
  return bindsOf(inputs).map((bind): Preparation => {
    const made = { kind: "directory" as const, target: null, mode: 0o700, because: whyOf(bind), failure: "leave" as const };
    const own = appFolder(inputs);
    return isOwnData(bind, inputs) ? { ...made, path: folderOf(bind.to), beneath: own } : { ...made, path: stageOf(bind, inputs), beneath: null };
  });
}

export function followedQueries(inputs: RunInputs): readonly string[] {
  return followedPreparations(inputs).map(({ path }) => path);
}

export interface SplitBinds {
  readonly followed: readonly Bind[];
  readonly mounted: readonly Bind[];
}

/** Which files can be followed: regular ones that no guard, denial or link of the app's stands before. `exposures`: what else is visible. */
export function splitBinds(inputs: RunInputs, facts: HostFacts, exposures: readonly Exposure[], reach: Reach): SplitBinds {
  const real = (path: string): string => walkFacts(path, facts).real;
  const closed = [...collectGuards(inputs).map(({ path }) => real(path)), ...exposures.filter(({ mode }) => mode === "hide").map(({ path }) => real(path))];
  const shown = exposures.filter(({ mode, space }) => mode !== "hide" && space === "/\0/").map(({ path }) => real(path));
  const own = real(appFolder(inputs));
  const binds = bindsOf(inputs);
  const isFollowed = (bind: Bind): boolean => {
    const walk = walkFacts(bind.from, facts);
    const stage = walkFacts(isOwnData(bind, inputs) ? folderOf(bind.to) : stageOf(bind, inputs), facts);
    if (
      inputs.options.backend !== "own" ||
      inputs.options.layers !== null ||
      inputs.options.binds.includes(bind) ||
      walk.end?.type !== "file" ||
      stage.end?.type !== "directory"
    )
      return false;
    if (plantedLink(walk, reach) !== null || closed.some((place) => isBelow(walk.real, place) && !isBelow(walk.real, own))) return false;
    if (reservedBy(walk.real, [inputs.caller.runtimeDirectory, `/run/user/${inputs.caller.uid}`]) !== null) return false;
    if (isOwnData(bind, inputs)) return !stage.links.some((link) => isBelow(link.path, own));
    // In a folder of the host nothing can be put beside it, and two folders of ours cannot lie on or in each other.
    return !shown.some((place) => isBelow(bind.to, place)) && !binds.some((other) => areEntangled(bind, other));
  };
  return { followed: binds.filter(isFollowed), mounted: binds.filter((bind) => !isFollowed(bind)) };
}

function areEntangled(one: Bind, other: Bind): boolean {
  const [mine, theirs] = [folderOf(one.to), folderOf(other.to)];
  return mine === theirs ? one.mode !== other.mode : isBelow(mine, theirs) || isBelow(theirs, mine);
}

/** `earlier`: all else that the sandbox is made of. */
export function followedOperations(
  inputs: RunInputs,
  facts: HostFacts,
  binds: readonly Bind[],
  earlier: readonly Operation[],
): { readonly operations: readonly Operation[]; readonly files: readonly FollowedFile[] } {
  const operations: Operation[] = [];
  const files = binds.map((bind): FollowedFile => {
    const isOwn = isOwnData(bind, inputs);
    const stage = walkFacts(isOwn ? folderOf(bind.to) : stageOf(bind, inputs), facts);
    const host = walkFacts(bind.from, facts);
    const folder = folderOf(bind.to);
    const hidden = `${INSIDE}/${keyOf(bind, inputs)}`;
    if (!isOwn) {
      const isFresh = isNew(folder, earlier);
      const to = isFresh ? folder : hidden;
      if (!operations.some((one) => one.to === to)) operations.push(bindOf(stage, to, whyOf(bind), bind.mode));
      if (!isFresh) operations.push({ kind: "symlink", target: `${hidden}/${nameOf(bind.to)}`, to: bind.to, because: whyOf(bind) });
    }
    return {
      path: host.real,
      stage: stage.real,
      name: nameOf(bind.to),
      stageDev: stage.end?.dev ?? 0n,
      stageIno: stage.end?.ino ?? 0n,
      writable: bind.mode === "rw",
      copies: isOwn,
      opened: isOpened(bind.to) ? folder : null,
      known: `${stageOf(bind, inputs)}.${nameOf(bind.to)}.known`,
    };
  });
  return { operations, files };
}

/** A folder that nothing else of the sandbox lies in, or is, nor any of the host's around it. */
function isNew(folder: string, operations: readonly Operation[]): boolean {
  const isClosed = (one: Operation): boolean => (one.kind === "bind" && one.to !== "/") || (one.kind === "tmpfs" && (one.mode & 0o222) === 0);
  return !operations.some((one) => isBelow(one.to, folder) || (isClosed(one) && isBelow(folder, one.to)));
}

/** Writable there, it is a file among the app's others on the host. */
function isOwnData({ to, mode }: Bind, inputs: RunInputs): boolean {
  return mode === "rw" && !inputs.options.ephemeral && isBelow(folderOf(to), appFolder(inputs));
}

/** Where all that is followed for an app lies. */
function stagesOf(stateHome: string, id: string): string {
  return `${stateHome}/tsbox/binds/${id}`;
}

/** One for all binds into one folder: they are shown together. */
function stageOf(bind: Bind, inputs: RunInputs): string {
  return `${stagesOf(inputs.caller.stateHome, inputs.manifest.id)}/${keyOf(bind, inputs)}`;
}

/**
 * Of the app, and of just these files: what lies in the folder is the host's own file, so an app to which a file is shown no longer must not find it among others
 * that are.
 */
function keyOf({ to, mode }: Bind, inputs: RunInputs): string {
  const beside = bindsOf(inputs).filter((one) => one.mode === mode && folderOf(one.to) === folderOf(to));
  const words = [inputs.manifest.id, mode, folderOf(to), ...beside.map((one) => `${nameOf(one.to)}\0${one.from}`).sort()];
  return Buffer.from(hmacSha256(new TextEncoder().encode("tsbox bind"), new TextEncoder().encode(words.join("\0\0"))))
    .toString("hex")
    .slice(0, 32);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function whyOf({ origin }: Bind): Because {
  return { reason: "bound under another name, and followed when it is replaced", origin };
}
