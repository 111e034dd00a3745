// Small makers of operations from facts, shared by the files that build parts of a plan. Pure.
import type { HostFacts, PathFact } from "../host/facts.ts";
import type { Walk } from "../host/walk.ts";
import { walkFacts } from "../permissions/granted.ts";
import type { Because, Operation } from "./plan.ts";

/** A reason that no manifest line led to. */
export function because(reason: string): Because {
  return { reason, origin: null };
}

/** Data of a text. */
export function textFile(to: string, text: string, reason: string, mode = 0o644): Operation {
  return { kind: "data", to, mode, bytes: new TextEncoder().encode(text), as: "bind-ro", because: because(reason) };
}

/** A read-only bind of what `from` leads to, or nothing where it is absent or of another type. */
export function bindIfThere(
  from: string,
  to: string,
  types: readonly PathFact["type"][],
  facts: HostFacts,
  reason: string,
  access: "ro" | "rw" = "ro",
): readonly Operation[] {
  const walk = walkFacts(from, facts);
  return walk.end !== null && types.includes(walk.end.type) ? [bindOf(walk, to, because(reason), access)] : [];
}

/** The bind of a walk's end, which must be there. */
export function bindOf(walk: Walk, to: string, why: Because, access: "ro" | "rw" = "ro"): Operation {
  if (walk.end === null) throw new Error(`nothing to bind at ${to}`);
  return { kind: "bind", from: walk.real, to, source: walk.end, access, because: why };
}

/** Text of a file that was asked for, or empty. */
export function textOf(facts: HostFacts, path: string): string {
  const bytes = facts.texts.get(path);
  return bytes === null || bytes === undefined ? "" : new TextDecoder().decode(bytes);
}
