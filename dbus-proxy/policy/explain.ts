// Answers questions about a policy in advance, from the functions that decide about messages. Pure.
import { BUS_NAME, MessageType } from "../wire/message.ts";
import { allowedBecause, decideBusCall, refusalOf } from "./decide.ts";
import { type ParsedMessageRule, parseMessageRule } from "./message-rules.ts";
import type { MessageRule, ProxyPolicy } from "./policy.ts";
import { CompiledPolicy, NONE, STRANGER } from "./standing.ts";

/** A call in question. Empty: not said. */
export interface BusQuestion {
  readonly name: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
}

export interface BusAnswer {
  /** `depends`: some such calls pass, the rules say which. */
  readonly verdict: "allowed" | "refused" | "depends";
  readonly because: string;
  readonly level: "none" | "see" | "talk" | "own";
  /** Rules on the name that speak about what is asked, where not every message passes anyway. */
  readonly rules: readonly (MessageRule & { readonly kind: "call" | "broadcast" })[];
}

const LEVELS = ["none", "see", "talk", "own"] as const;

export function explainBus(policy: ProxyPolicy, question: BusQuestion): BusAnswer {
  const compiled = new CompiledPolicy(policy);
  // What the broker serves under a name counts, where the same name of the bus stays hidden.
  const standing = compiled.standingOfServed(question.name);
  const level = LEVELS[standing.level] ?? "none";
  const message = { ...question, type: MessageType.CALL, flags: 0, destination: question.name };
  if (question.name === BUS_NAME) return { level, rules: [], ...explainBusItself(message) };
  const because = allowedBecause(standing, message);
  if (because !== undefined) return { verdict: "allowed", because, level, rules: [] };
  const rules = rulesAbout(policy, question, standing.level === NONE);
  if (question.member === "" && question.path === "" && standing.level > NONE) {
    return { verdict: rules.some(({ kind }) => kind === "call") ? "depends" : "refused", because: standing.because, level, rules };
  }
  const refusal = refusalOf(standing, message, compiled.hiddenBecause(question.name));
  const isOpen = (rule: string): boolean => question.path === "" || question.member === "" || looksFurther(parseMessageRule(rule));
  const open = rules.filter(({ kind, rule }) => kind === "call" && isOpen(rule));
  return open.length > 0
    ? { verdict: "depends", because: standing.because, level, rules: open }
    : { verdict: "refused", because: refusal.text, level, rules: [] };
}

function explainBusItself(message: Parameters<typeof decideBusCall>[0]): Pick<BusAnswer, "verdict" | "because"> {
  if (message.member === "") return { verdict: "depends", because: "every app may use the bus itself; each of its methods is judged by itself" };
  const verdict = decideBusCall(message, undefined, STRANGER);
  if (verdict.kind === "pass") return { verdict: "allowed", because: "every app may use the bus itself" };
  return verdict.kind === "refuse" && verdict.refusal.verdict === "deny"
    ? { verdict: "refused", because: verdict.refusal.text }
    : { verdict: "depends", because: "the bus answers about names that the app may see, and lets it own those with own" };
}

function rulesAbout(policy: ProxyPolicy, question: BusQuestion, hidden: boolean): BusAnswer["rules"] {
  if (hidden) return [];
  const about = ({ name, rule }: MessageRule): boolean => coversName(name, question.name) && mayMatch(parseMessageRule(rule), question);
  return [
    ...policy.calls.filter(about).map((rule) => ({ kind: "call" as const, ...rule })),
    ...policy.broadcasts.filter(about).map((rule) => ({ kind: "broadcast" as const, ...rule })),
  ];
}

function coversName(pattern: string, name: string): boolean {
  if (!pattern.endsWith(".*")) return pattern === name;
  return name === pattern.slice(0, -2) || name.startsWith(pattern.slice(0, -1));
}

/** Whether some message that fits the question fits the rule. */
function mayMatch(rule: ParsedMessageRule | undefined, question: BusQuestion): boolean {
  if (rule === undefined) return false;
  const same = (wanted: string, asked: string): boolean => wanted === "" || asked === "" || wanted === asked;
  const below = rule.below && question.path.startsWith(`${rule.path}/`);
  return (below || same(rule.path, question.path)) && same(rule.interface, question.interface) && same(rule.member, question.member);
}

/** Whether more than the header decides. */
function looksFurther(rule: ParsedMessageRule | undefined): boolean {
  return rule !== undefined && (rule.granted || rule.conditions.length > 0);
}
