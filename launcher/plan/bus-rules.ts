// The rules and named sets of one bus as the filter takes them, each with its line. Pure.
import type { MessageRule, NameRule } from "../../dbus-proxy/policy/policy.ts";
import { ruleForPolicy } from "../../dbus-proxy/policy/message-rules.ts";
import { findBusSet } from "../../dbus-proxy/policy/sets/list.ts";
import { appOf, type Manifest } from "../manifest/door.ts";
import type { Permissions } from "../permissions/permissions.ts";
import { placeOf } from "./origin-text.ts";

export interface BusRules {
  readonly names: readonly NameRule[];
  readonly calls: readonly MessageRule[];
  readonly broadcasts: readonly MessageRule[];
}

export function hasBusRules(bus: "session" | "system", { busRules, busSets }: Permissions): boolean {
  return [...busRules.values(), ...busSets.values()].some((one) => one.bus === bus);
}

export function busRulesOf(bus: "session" | "system", manifest: Pick<Manifest, "id" | "instanceOf">, { busRules, busSets }: Permissions): BusRules {
  const names: NameRule[] = [];
  const calls: MessageRule[] = [];
  const broadcasts: MessageRule[] = [];
  for (const { bus: which, name, verb, rule, origin } of busRules.values()) {
    if (which === bus) (verb === "call" ? calls : broadcasts).push({ name, rule: ruleForPolicy(rule), because: placeOf(origin) });
  }
  for (const { bus: which, set: word, parameter, origin } of busSets.values()) {
    const set = which === bus ? findBusSet(word, bus) : undefined;
    if (set === undefined) continue;
    const because = placeOf(origin);
    const grant = set.grant(parameter === "" ? (set.parameter?.ofApp(set.parameter.isProgram === true ? appOf(manifest) : manifest.id) ?? "") : parameter);
    for (const name of grant.own ?? []) names.push({ name, level: "own", because });
    for (const [name, rule] of grant.calls ?? []) calls.push({ name, rule, because });
    for (const [name, rule] of grant.broadcasts ?? []) broadcasts.push({ name, rule, because });
  }
  return { names, calls, broadcasts };
}
