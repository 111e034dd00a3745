// What came of one step on both sides, as texts that compare, and whether a listed difference explains what does not.
import { encodeMatchRule, parseMatchRule } from "../../../dbus-proxy/match-rule.ts";
import { DIFFERENCES, type Difference, type ScriptFacts } from "./differences.ts";
import { FIELD, type ReadMessage } from "./raw-message.ts";
import { BUS, type Result, type Seen } from "./side.ts";
import type { Step } from "./steps.ts";

const ERRORS = "org.freedesktop.DBus.Error.";

export type Comparison =
  | { readonly kind: "same" }
  | { readonly kind: "explained"; readonly difference: Difference }
  | { readonly kind: "unexplained"; readonly text: string };

/** What one side's result says, without what always differs: serials of the bus, sender and words of errors that the proxy makes up, the writing of match rules. */
export function readResult(result: Result): { toBus: string[]; toApp: string[]; state: string } {
  return {
    toBus: result.toBus.filter(({ message }) => !isMadeUpPing(message)).map(busText),
    toApp: result.toApp.map(appText),
    state: result.state,
  };
}

export function compare(step: Step, theirs: Result, ours: Result, script: ScriptFacts): Comparison {
  const there = readResult(theirs);
  const here = readResult(ours);
  if (JSON.stringify(there) === JSON.stringify(here)) return { kind: "same" };
  // What only we deliver: nothing, but refusals of our own. A connection that they have closed delivers nothing more on their side.
  const more = theirs.state === "open" ? [...missing(here.toBus, there.toBus), ...missing(here.toApp, there.toApp).filter((text) => !isRefusal(text))] : [];
  const isLooser = more.length > 0 || (theirs.state === "closed" && ours.state !== "closed");
  const difference = DIFFERENCES.find((one) => (!isLooser || one.mayDeliverMore === true) && one.applies(step, ours, script));
  if (difference !== undefined) return { kind: "explained", difference };
  return { kind: "unexplained", text: JSON.stringify({ step, more, theirs: there, ours: here }, null, 1) };
}

/** Those of `all` that are not in `known`, each counted once. */
function missing(all: readonly string[], known: readonly string[]): string[] {
  const left = [...known];
  return all.filter((text) => {
    const at = left.indexOf(text);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function isRefusal(text: string): boolean {
  return text.startsWith(`answer 3 ${ERRORS}`);
}

/** The ping that stands for a refused call on the way to the bus; an app's own ping has another path in the scripts, or is compared as what it is. */
function isMadeUpPing({ type, fields }: ReadMessage): boolean {
  return type === 1 && fields[FIELD.path] === "/" && fields[FIELD.member] === "Ping" && fields[FIELD.destination] === undefined;
}

function busText({ message, descriptors }: Seen): string {
  const member = message.fields[FIELD.member];
  if (message.fields[FIELD.destination] === BUS && (member === "AddMatch" || member === "RemoveMatch")) return `${member} ${ruleText(message)}`;
  // Serials are renumbered by some versions: what is answered tells whether they fit.
  return `${message.bytes.toString("hex", 0, 8)} ${message.bytes.toString("hex", 12)} ${descriptors}`;
}

function ruleText(message: ReadMessage): string {
  const text = message.body.toString("utf8", 4, message.body.length - 1);
  const parsed = parseMatchRule(text);
  return parsed.ok ? encodeMatchRule(parsed.rule) : text;
}

function appText({ message, descriptors }: Seen): string {
  const { type, fields, body } = message;
  const sender = fields[FIELD.sender];
  if ((type === 2 || type === 3) && (sender === BUS || sender === undefined)) {
    const error = String(fields[FIELD.errorName] ?? "-");
    return `answer ${type} ${error} to ${fields[FIELD.replySerial]} ${error.startsWith(ERRORS) ? "" : body.toString("hex")} ${descriptors}`;
  }
  return `${message.bytes.toString("hex")} ${descriptors}`;
}
