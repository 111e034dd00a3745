// The nodes below /dev that a device permission stands for, bound one by one with device access. Pure.
import type { HostFacts } from "../../host/facts.ts";
import type { Because, Operation } from "../../plan/plan.ts";
import { walkFacts } from "../granted.ts";

/** Binds of those that exist, in the order given; links (`/dev/shm` on old systems) lead to what they name. */
export function bindNodes(nodes: readonly string[], facts: HostFacts, because: Because): readonly Operation[] {
  const operations: Operation[] = [];
  for (const node of nodes) {
    const walk = walkFacts(node, facts);
    if (walk.end !== null) operations.push({ kind: "bind", from: walk.real, to: node, source: walk.end, access: "dev", because });
  }
  return operations;
}
