// The D-Bus errors that a refused call is answered with: which error, and a text that names the rule that would allow it.
// The texts reach programs and their logs, as a bus' own do; every value in them passed the syntax of names and paths.

export const ERROR_PREFIX = "org.freedesktop.DBus.Error.";

export interface Refusal {
  readonly errorName: string;
  readonly text: string;
  /** For the report: `deny` tells that the thing exists, `hide` does not. */
  readonly verdict: "deny" | "hide";
}

function refusal(verdict: "deny" | "hide", error: string, text: string): Refusal {
  return { verdict, errorName: ERROR_PREFIX + error, text };
}

/** The name does not exist for this app: the very answer that a bus gives for a name that nobody owns. `level`: what would allow what was asked. */
export function hideName(name: string, noAutoStart: boolean, hiddenBecause: string | undefined, level: "see" | "talk" | "own" = "talk"): Refusal {
  const why = hiddenBecause === undefined ? `\`${name}=${level}\` would allow it` : `it stays hidden: ${hiddenBecause}`;
  const error = noAutoStart || name.startsWith(":") ? "NameHasNoOwner" : "ServiceUnknown";
  return refusal(
    "hide",
    error,
    name.startsWith(":") ? `no name of \`${name}\` is visible in this sandbox` : `\`${name}\` does not exist in this sandbox; ${why}`,
  );
}

export function hideOwner(name: string): Refusal {
  return refusal("hide", "NameHasNoOwner", `\`${name}\` has no owner that this sandbox can see; \`${name}=see\` would show it`);
}

/** `reasons`: of rules that allow such a call with other arguments. */
export function denyCall(name: string, path: string, interfaceName: string, member: string, reasons: readonly string[]): Refusal {
  const method = interfaceName === "" ? "*" : `${interfaceName}.${member}`;
  if (name.startsWith(":"))
    return refusal("deny", "AccessDenied", `this sandbox may not call \`${method}\` on \`${name}\`; \`talk\` on a name that it owns would allow it`);
  const what = `this sandbox may not call \`${method}\` at \`${path}\``;
  if (reasons.length > 0) return refusal("deny", "AccessDenied", `${what} with these arguments; it may by \`${reasons.join("`, `")}\``);
  return refusal("deny", "AccessDenied", `${what}; \`${name}=talk\` or the rule \`${name}=call ${method}@${path}\` would allow it`);
}

/** The app may own the name, but somebody else has it: what the app says there would be done outside its sandbox. */
export function denyHandOver(name: string): Refusal {
  return refusal(
    "deny",
    "AccessDenied",
    `\`${name}\` belongs to a program outside this sandbox: this app may own the name, not call it; \`talk\` would allow it`,
  );
}

/** Not AccessDenied: GLib makes its proxies without a service that is unknown, and gives up at any other error. */
export function denyOwnStart(name: string): Refusal {
  return refusal("deny", "ServiceUnknown", `this app may own \`${name}\`, not have it started outside; \`${name}=talk\` would allow it`);
}

/** The service behind a portal would take what the app wants for the wish of somebody else. */
export function denyIdentity(problem: string): Refusal {
  return refusal("deny", "AccessDenied", `${problem}; no call of this app goes there`);
}

/** What a bus says of a name that has no owner, to a call that starts none. */
export function nobodyOwns(name: string): Refusal {
  return refusal("deny", "NameHasNoOwner", `nobody owns \`${name}\``);
}

/** What a bus says of a name that has no owner and that it starts nobody for. */
export function nobodyServes(because: string): Refusal {
  return refusal("deny", "ServiceUnknown", because);
}

export function denyBusMethod(method: string): Refusal {
  return refusal("deny", "AccessDenied", `\`${method}\` of the bus is closed to every sandbox; no rule allows it`);
}

export function denyNameMethod(method: string, name: string, level: "see" | "talk" | "own"): Refusal {
  return refusal("deny", "AccessDenied", `\`${method}\` needs more than this sandbox has on \`${name}\`; \`${name}=${level}\` would allow it`);
}

export function denyEavesdropping(): Refusal {
  return refusal("deny", "AccessDenied", "match rules with `eavesdrop` are closed to every sandbox; no rule allows them");
}

export function denyQuotedReply(): Refusal {
  return refusal("deny", "AccessDenied", "a call that quotes a reply serial is closed to every sandbox; no rule allows it");
}

export function denyUnaddressed(): Refusal {
  return refusal("deny", "AccessDenied", "a call without a destination reaches nobody");
}

export function malformedRule(because: string): Refusal {
  return refusal("deny", "MatchRuleInvalid", `match rule refused: ${because}`);
}

export function unknownRule(): Refusal {
  return refusal("deny", "MatchRuleNotFound", "this connection did not add that match rule");
}

/** `name`: of a connection, unique or not. */
export function denyForeignObject(name: string): Refusal {
  return refusal(
    "deny",
    "AccessDenied",
    `it speaks of an object of \`${/^[\w.:-]{1,255}$/.test(name) ? name : "?"}\`, and this sandbox may speak of its own alone`,
  );
}

export function overLimit(what: string, limit: number): Refusal {
  return refusal("deny", "LimitsExceeded", `this sandbox may hold at most ${limit} ${what}`);
}
