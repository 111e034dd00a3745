// Where this proxy decides otherwise than Debian's xdg-dbus-proxy 0.1.4: each rule with its class and reason. Data: it may deny more for one of these reasons,
// and delivers more only where one says so.
import { parseMatchRule } from "../../../dbus-proxy/match-rule.ts";
import type { Result } from "./side.ts";
import type { Step } from "./steps.ts";

export interface ScriptFacts {
  readonly filtered: boolean;
  /** The app asked for every NameOwnerChanged first. */
  readonly listens: boolean;
}

export interface Difference {
  readonly id: string;
  /**
   * `published`: a published hole of the original, by its id in the reason. `newer`: what later versions of it do. `strict`: both bus servers refuse it, so it
   * is refused here. `ours`: a decision of dbus-proxy/README.md.
   */
  readonly class: "published" | "newer" | "strict" | "ours";
  readonly reason: string;
  readonly mayDeliverMore?: true;
  /** After it the two remember different things: the script ends. */
  readonly ends?: true;
  readonly applies: (step: Step, ours: Result, script: ScriptFacts) => boolean;
}

const spoiltAs =
  (...names: readonly string[]) =>
  (step: Step): boolean =>
    "spoilt" in step && names.includes(step.spoilt);
const closesOn =
  (...names: readonly string[]) =>
  (step: Step, ours: Result): boolean =>
    ours.state === "closed" && spoiltAs(...names)(step);
const isRuleMethod = (step: Step, ...members: readonly string[]): step is Extract<Step, { kind: "bus-method" }> =>
  step.kind === "bus-method" && members.includes(step.member);
const ruleOf = (step: Extract<Step, { kind: "bus-method" }>) =>
  typeof step.argument === "string" ? parseMatchRule(step.argument) : { ok: false as const, because: "no text" };

export const DIFFERENCES: readonly Difference[] = [
  {
    id: "quoted-reply",
    class: "published",
    reason: "CVE-2026-94422: only an answer may carry a reply serial",
    applies: spoiltAs("reply-serial"),
  },
  {
    id: "call-that-quotes-a-reply",
    class: "ours",
    reason: "a call or signal to the app that carries a reply serial is judged as what it is, not as an answer",
    mayDeliverMore: true,
    applies: (step) => step.kind === "bus-message" && step.spoilt === "reply-serial",
  },
  {
    id: "foreign-field",
    class: "ours",
    reason: "a header field of no known meaning is left out and the message goes on without it, as with dbus-daemon",
    mayDeliverMore: true,
    ends: true,
    applies: spoiltAs("field-255"),
  },
  {
    id: "unknown-type",
    class: "ours",
    reason: "a message of a type that nobody knows is left out, and its sender stays connected, as both bus servers have it",
    mayDeliverMore: true,
    ends: true,
    applies: spoiltAs("type-5"),
  },
  {
    id: "header-syntax",
    class: "strict",
    reason: "names, paths, members and interfaces have the syntax of the specification",
    applies: closesOn(
      ...["bad-path", "path-slash-end", "path-relative", "bad-interface", "bad-member", "bad-destination", "empty-destination", "empty-member", "long-member"],
      ...["high-bytes-in-member", "nul-in-name", "nul-in-member", "bad-sender", "bad-error-name"],
    ),
  },
  {
    id: "header-lengths",
    class: "strict",
    reason: "a text ends with the NUL that its length announces, within the header",
    applies: closesOn("no-nul", "length-plus-1", "length-minus-1", "length-huge"),
  },
  {
    id: "serials-of-the-proxy",
    class: "newer",
    reason: "from 0.1.6 on serials near the end are the proxy's own: an app that uses one is closed at once",
    applies: closesOn("serial-over-limit"),
  },
  { id: "header-padding", class: "strict", reason: "padding is zero", applies: closesOn("padding-not-zero") },
  {
    id: "double-field",
    class: "strict",
    reason: "a header field stands once",
    applies: closesOn("second-destination", "second-member", "own-sender", "bad-sender"),
  },
  { id: "reply-serial-0", class: "strict", reason: "no serial is 0", applies: closesOn("reply-serial-0") },
  {
    id: "body-and-signature",
    class: "strict",
    reason: "a body fits its signature",
    applies: closesOn("signature-without-body", "body-without-signature", "bad-signature", "signature-of-other-body", "boolean-2", "not-utf-8"),
  },
  {
    id: "checked-without-filter",
    class: "ours",
    reason: "what breaks the protocol closes the connection without `--filter` too",
    applies: (_, ours, { filtered }) => !filtered && ours.state === "closed",
  },
  {
    id: "unaddressed-call",
    class: "ours",
    reason: "a call without a destination is refused but for Ping",
    applies: (step) => step.kind === "app-message" && step.to === "" && !step.signal,
  },
  {
    id: "malformed-match-rule",
    class: "strict",
    reason: "a match rule that no bus can read is refused",
    applies: (step) => isRuleMethod(step, "AddMatch", "RemoveMatch") && !ruleOf(step).ok,
  },
  {
    id: "match-rule-of-others",
    class: "ours",
    reason: "an app removes only the match rules that it added",
    applies: (step) => isRuleMethod(step, "RemoveMatch"),
  },
  {
    id: "eavesdrop-as-a-value",
    class: "ours",
    reason: "match rules are read, not searched for a word: `eavesdrop` inside a value asks for nothing",
    mayDeliverMore: true,
    applies: (step) => isRuleMethod(step, "AddMatch") && step.argument === "arg0='eavesdrop=true'",
  },
  {
    id: "too-many-descriptors",
    class: "ours",
    reason: "descriptors that no header claims are closed, and the message goes on with just its own",
    mayDeliverMore: true,
    applies: (step) => "descriptors" in step && step.descriptors > step.claimed,
  },
  {
    id: "too-few-descriptors",
    class: "strict",
    reason: "a header that claims descriptors which did not come closes the connection",
    applies: (step, ours) => ours.state === "closed" && "claimed" in step && (step.claimed > step.descriptors || step.spoilt === "descriptors-claimed"),
  },
  {
    id: "owner-change-unasked",
    class: "ours",
    reason: "the app hears NameOwnerChanged only where it asked for it",
    applies: (step, _, { listens }) => step.kind === "owner-change" && !listens,
  },
  {
    id: "answer-to-another",
    class: "ours",
    reason: "the app's answer to a call goes to nobody but the caller",
    ends: true,
    applies: (step) => step.kind === "app-answer" && step.to !== "caller",
  },
  {
    id: "answer-of-another",
    class: "ours",
    reason: "an answer counts only if it comes from the peer that was asked",
    ends: true,
    applies: (step) => step.kind === "bus-answer" && step.from !== "asked",
  },
];
