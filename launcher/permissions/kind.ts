// What a kind of permission is to the plan: one object that says what it must know of the host and what it adds to the plan.
// A new kind is one such object in a file of its own below kinds/, and one line in the list.
import type { HostFacts, HostQueries } from "../host/facts.ts";
import type { Problem } from "../manifest/origin.ts";
import type { RunInputs } from "../plan/inputs.ts";
import type { Because, Operation, PlanBus, TakenLowerLevel } from "../plan/plan.ts";
import type { FilterFeatures } from "../seccomp/door.ts";
import type { Space } from "../plan/spaces.ts";

/**
 * The worst it lets an app do outside: `none` nothing to speak of, `low` learns about the machine, `medium` reaches data or people, `high` controls what the
 * user sees or does, `escape` runs programs outside the sandbox.
 */
export type Risk = "none" | "low" | "medium" | "high" | "escape";

/** The lists and groups of a manifest that name permissions. */
export type KindKey =
  | "shared"
  | "sockets"
  | "devices"
  | "device-uses"
  | "features"
  | "nested"
  | "filesystems"
  | "persistent"
  | "environment"
  | "session-bus-policy"
  | "system-bus-policy"
  | "accessibility-bus";

/** A place of the host that becomes visible, or is taken out of a visible one. plan/arrange.ts resolves links and orders: deeper overrides. */
export interface Exposure {
  /** Absolute, links not resolved. */
  readonly path: string;
  readonly mode: "ro" | "rw" | "hide";
  readonly because: Because;
  /** Where it appears. */
  readonly space: Space;
}

/** What one kind adds to a plan. All absent: nothing. */
export interface Contribution {
  readonly namespaces?: { readonly network?: "shared"; readonly ipc?: "shared" };
  /** What the filter of system calls leaves open. */
  readonly filter?: Partial<FilterFeatures>;
  readonly operations?: readonly Operation[];
  /** Operations that grants lie on top of. */
  readonly beneath?: readonly Operation[];
  readonly exposures?: readonly Exposure[];
  /** Variables of the sandbox's own; they win over the manifest's. */
  readonly environment?: ReadonlyMap<string, { readonly value: string; readonly because: Because }>;
  readonly buses?: readonly PlanBus[];
  readonly lowerLevels?: readonly TakenLowerLevel[];
  /** What stands in the way of this run. */
  readonly problems?: readonly Problem[];
  /** What the run tells in one line each. */
  readonly notices?: readonly Problem[];
  /** Granted, and not there on this host. What follows is `absent` of the kind. */
  readonly absent?: Problem;
}

export interface PermissionKind {
  /** The key of `[Context]`, or the group where it is a group of its own. */
  readonly key: KindKey;
  /** The word of the list; `*` where the kind takes any. */
  readonly name: string;
  /** What it means, in plain words: one sentence, at most 120 characters. */
  readonly words: string;
  readonly risk: Risk;
  /** What follows where it is granted and this host does not have it. */
  readonly absent: "error" | "notice";
  /** Kinds of one group stand in for each other: an absent one stops the run only where the whole group is absent. */
  readonly absentGroup: "display" | null;
  /** What it must know of the host. Pure. */
  readonly facts: (inputs: RunInputs) => Partial<HostQueries>;
  /** What it adds to the plan. Pure. */
  readonly contribute: (inputs: RunInputs, facts: HostFacts) => Contribution;
}

export const NOTHING: Contribution = {};
