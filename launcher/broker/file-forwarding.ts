// `--file-forwarding`, as far as it goes without documents: the markers `@@` and `@@u` are taken out of the app's arguments. Files between them must be visible inside.
import type { Plan } from "../plan/door.ts";

/** A plan whose arguments are spelled out in place of the caller's own where markers were among them. */
export function forwardFiles(plan: Plan, argv: readonly string[], wanted: boolean): Plan {
  if (!wanted || plan.callerArgumentsFrom === null) return plan;
  const given = argv.slice(plan.callerArgumentsFrom);
  const kept = given.filter((word) => word !== "@@" && word !== "@@u");
  // Untouched arguments stay the caller's bytes; spelled out they are text.
  if (kept.length === given.length) return plan;
  return { ...plan, command: [...plan.command, ...kept], callerArgumentsFrom: null };
}
