// The policy of a bus as a run would have it: one place for the kinds that give the buses, and for whoever explains them. Pure.
import type { ProxyPolicy } from "../../../dbus-proxy/policy/policy.ts";
import { findBusSet } from "../../../dbus-proxy/policy/sets/list.ts";
import { CompiledPolicy } from "../../../dbus-proxy/policy/standing.ts";
import type { HostFacts } from "../../host/facts.ts";
import type { Origin, Problem } from "../../manifest/origin.ts";
import type { RunInputs } from "../../plan/inputs.ts";
import { hasBusRules } from "../../plan/bus-rules.ts";
import { accessibilityPolicy, sessionPolicy, systemPolicy, unfilteredPolicy } from "../../plan/names.ts";
import { isGranted, problemAt } from "../granted.ts";
import type { NamedPermission, Permissions } from "../permissions.ts";

export type FilteredBus = "session" | "system" | "a11y";

export interface GivenBus {
  readonly policy: ProxyPolicy;
  /** The permission that gives the whole bus, unfiltered; null where it is filtered. */
  readonly whole: NamedPermission | null;
}

/** Null where the permissions bring no such bus. Whether the host has one is another question. */
export function givenBus(bus: FilteredBus, inputs: RunInputs, facts: HostFacts): GivenBus | null {
  if (bus === "a11y") return { policy: accessibilityPolicy(), whole: null };
  const permission = inputs.permissions.sockets.get(`${bus}-bus`);
  if (isGranted(permission, inputs, facts)) return { policy: unfilteredPolicy(), whole: permission };
  if (bus === "session") return { policy: sessionPolicy(inputs), whole: null };
  // Flatpak's rule: any entry brings the bus, even one that denies; a program may need the bus itself only.
  return inputs.permissions.systemBus.size > 0 || hasBusRules("system", inputs.permissions) ? { policy: systemPolicy(inputs), whole: null } : null;
}

/** Rules and sets about a name that stays hidden whatever is said of it, or that a denial hides: each is told, since it gives nothing. */
export function hiddenRules(bus: "session" | "system", { busRules, busSets }: Permissions, policy: ProxyPolicy): readonly Problem[] {
  const compiled = new CompiledPolicy(policy);
  const told = (name: string, origin: Origin): readonly Problem[] => {
    const because = compiled.hiddenBecause(name);
    return because === undefined ? [] : [problemAt(origin, "notice", "plan.bus-rule-hidden", { rule: origin.text, name, because })];
  };
  return [
    ...[...busRules.values()].flatMap((one) => (one.bus === bus ? told(one.name, one.origin) : [])),
    ...[...busSets.values()].flatMap((one) => (one.bus === bus ? (findBusSet(one.set, bus)?.services ?? []).flatMap((name) => told(name, one.origin)) : [])),
  ];
}
