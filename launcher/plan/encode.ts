// From a plan to the words that the front obeys (native/plan-language.ts). Adds what only the opened instance knows.
import type { EncodedPlan } from "../../native/plan-language.ts";
import type { Plan } from "./plan.ts";

/** What the broker knows once the instance is open. */
export interface OpenedInstance {
  /** Decimal number of the instance. */
  readonly id: string;
  /** Host directory `$XDG_RUNTIME_DIR/.flatpak/N`. */
  readonly directory: string;
}

export declare function encodeRun(plan: Plan, instance: OpenedInstance): EncodedPlan;
