// The second layer: Landlock gives the app an allow-list of places, so that a mistake among the mounts shows it nothing more. Pure.
//
// A rule stands on a file or folder itself (its inode) and counts for everything below it, whatever is mounted there; so it is made from the operations, one
// for each place that they make, but those below a place that has the same rights. Masks cannot be said: there is no rule that takes away.
import type { HostFacts } from "../host/facts.ts";
import { walkFacts } from "../permissions/granted.ts";
import type { RunInputs } from "./inputs.ts";
import { type Access, handledRights } from "./landlock-rights.ts";
import type { Operation, Plan } from "./plan.ts";
import { because } from "./sources.ts";
import { QUEUES } from "./system.ts";

/** REFER (renaming into another folder), Linux 5.19: without it a program could not even move a file. */
const LEAST_ABI = 2;
/** Composed of many mounts, with one rule for all. */
const COMPOSED = ["/etc"] as const;
const IDENTITY = "/.flatpak-info";
/** Beside the home: where places may be granted to an app that runs already. A domain cannot be widened, so they are given from the start. */
const LIVE_FOLDERS = ["/media", "/mnt", "/run/media", "/run/tsbox"] as const;

export type LandlockRule = Plan["landlock"]["rules"][number];

/** Folders of the live area, to be made behind everything else. Where one is granted, or leads elsewhere, it is there already. */
export function liveFolders(inputs: RunInputs, operations: readonly Operation[]): readonly Operation[] {
  if (!hasLiveArea(inputs)) return [];
  return LIVE_FOLDERS.filter((place) => !operations.some(({ to }) => to === place)).map(
    (to): Operation => ({ kind: "directory", to, mode: 0o755, because: because("where places may be granted while the app runs") }),
  );
}

/** Whether a plan's app may be shown places while it runs, below `/run/tsbox` among others. */
export function takesPlaces({ operations }: Pick<Plan, "operations">): boolean {
  return operations.some(({ kind, to }) => kind === "directory" && to === "/run/tsbox");
}

/** Why this start does without the layer, or null. */
export function whyWithoutLandlock({ caller: { landlockAbi: abi } }: RunInputs, nested: Plan["nested"]): string | null {
  if (nested === "full") return "nested=full needs mounts, which Landlock refuses";
  if (abi < LEAST_ABI) return abi === 0 ? "this kernel has no Landlock" : "Landlock of this kernel cannot allow moving files (Linux 5.19)";
  return null;
}

export function decideLandlock(inputs: RunInputs, facts: HostFacts, operations: readonly Operation[], nested: Plan["nested"]): Plan["landlock"] {
  const abi = inputs.caller.landlockAbi;
  const off = whyWithoutLandlock(inputs, nested);
  if (off !== null) return { abi, handled: [], rules: [], off };
  const home = walkFacts(inputs.caller.home, facts).real;
  const live = hasLiveArea(inputs);
  const made = operations.flatMap((operation) => (operation.to === home && operation.kind === "directory" && !live ? [] : rulesOf(operation)));
  const composed = COMPOSED.filter((path) => operations.some(({ to }) => to.startsWith(`${path}/`)));
  const rules: readonly LandlockRule[] = [
    ...made,
    ...composed.map((path): LandlockRule => ({ path, access: "ro", folder: true, because: because("composed of what the host's has") })),
    { path: IDENTITY, access: "ro", folder: false, because: because("the app's identity, for its own libraries") },
    ...(live ? liveRules(home, operations) : []),
  ];
  return { abi, handled: handledRights(abi), rules: withoutCovered(rules), off: null };
}

function hasLiveArea({ permissions }: RunInputs): boolean {
  return permissions.settings.get("live")?.word !== "none";
}

function liveRules(home: string, operations: readonly Operation[]): readonly LandlockRule[] {
  const isLink = (path: string): boolean => operations.some(({ kind, to }) => to === path && kind === "symlink");
  const reason = because("the live area: places may be granted here while the app runs");
  return [home, ...LIVE_FOLDERS].filter((path) => !isLink(path)).map((path): LandlockRule => ({ path, access: "rw", folder: true, because: reason }));
}

function rulesOf(operation: Operation): readonly LandlockRule[] {
  const rule = (access: Access, folder: boolean): readonly LandlockRule[] => [{ path: operation.to, access, folder, because: operation.because }];
  switch (operation.kind) {
    case "bind":
      // A socket is connected to, not opened.
      if (operation.source.type === "socket" || operation.source.type === "symlink") return [];
      return rule(operation.access, operation.source.type === "directory");
    case "data":
      return rule("ro", false);
    case "directory":
      return rule("rw", true);
    case "tmpfs":
      // What nobody may write is a cover, with nothing in it.
      return (operation.mode & 0o222) === 0 ? [] : rule("rw", true);
    case "proc":
    case "dev":
    case "mqueue":
      return rule("rw", true);
    case "sysfs":
      return rule("ro", true);
    default:
      return [];
  }
}

const RANK: Readonly<Record<Access, number>> = { ro: 1, dev: 2, rw: 2 };

/** Without those that a folder above gives already, in order of their paths; of two on one place the wider. */
function withoutCovered(rules: readonly LandlockRule[]): readonly LandlockRule[] {
  const widest = new Map<string, LandlockRule>();
  for (const rule of rules) {
    const known = widest.get(rule.path);
    if (known === undefined || RANK[known.access] < RANK[rule.access]) widest.set(rule.path, rule);
  }
  const isCovered = (rule: LandlockRule): boolean => {
    // Reached by another way than its place in the sandbox, so a folder above counts for nothing.
    if (rule.path === QUEUES) return false;
    for (let at = rule.path.lastIndexOf("/"); at >= 0; at = rule.path.lastIndexOf("/", at - 1)) {
      const above = widest.get(at === 0 ? "/" : rule.path.slice(0, at));
      if (above?.folder === true && above.path !== rule.path && RANK[above.access] >= RANK[rule.access]) return true;
      if (at === 0) break;
    }
    return false;
  };
  return [...widest.values()].filter((rule) => !isCovered(rule)).sort((one, other) => (one.path < other.path ? -1 : 1));
}
