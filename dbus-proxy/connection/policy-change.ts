// Another policy for a connection that lives: names appear and vanish for the app as if their owners came and went.
import { type CompiledPolicy, isVisible, OWN } from "../policy/standing.ts";
import { BUS_NAME } from "../wire/message.ts";
import { joined, ownerRule } from "./made-up.ts";
import type { Judging } from "./outcome.ts";
import { ownCall } from "./own-questions.ts";
import { sayOwnerChange } from "./owner-change.ts";
import { dropAllGrants, dropName } from "./state.ts";

/** The new policy holds already. What the bus tells us of is what the new one watches; the app's own match rules are not touched. */
export function policyChanged(judging: Judging, before: CompiledPolicy): void {
  const { state, policy } = judging;
  state.peers.reconsider();
  // Who has not greeted yet is asked for the new names behind its Hello.
  if (state.phase !== "named") return;
  for (const [name, owner] of state.peers.owners()) {
    if (!isVisible(before.standingOf(name)) || isVisible(policy.standingOf(name))) continue;
    sayOwnerChange(judging, name, owner, "");
    state.peers.setOwner(name, "");
  }
  const lost = [...state.requestedNames].filter((name) => policy.standingOf(name).level < OWN);
  for (const name of lost) dropName(state, name);
  const old = watchRules(before);
  const now = watchRules(policy);
  // What was granted by a rule that is gone is granted no longer, nor what nobody hears the end of.
  const kept = new Set(policy.rulesOfGrants());
  if ([...before.rulesOfGrants()].some((rule) => !kept.has(rule))) dropAllGrants(state);
  const changed = (member: string, rules: ReadonlySet<string>, but: ReadonlySet<string>): readonly Uint8Array[] =>
    [...rules].filter((rule) => !but.has(rule)).map((rule) => ownCall(judging, member, [rule], { kind: "own" }));
  const watched = [...policy.watchedNames()];
  const questions = [
    ...changed("AddMatch", now, old),
    ...changed("RemoveMatch", old, now),
    ...lost.map((name) => ownCall(judging, "ReleaseName", [name], { kind: "own" })),
    ...askWhoAppeared(
      judging,
      watched.filter(({ subtree }) => !subtree).map(({ name }) => name),
    ),
    ...(watched.some(({ subtree }) => subtree) ? [ownCall(judging, "ListNames", [], { kind: "new-names" })] : []),
  ];
  if (questions.length > 0) judging.sayToBus(joined(questions));
}

/** The bus lists all names: those that the app may see now, and whose owner is unknown, may have appeared. */
export function namesListed(judging: Judging, names: readonly string[]): void {
  const questions = askWhoAppeared(
    judging,
    names.filter((name) => !name.startsWith(":") && name !== BUS_NAME),
  );
  if (questions.length > 0) judging.sayToBus(joined(questions));
}

/** The bus says who owns a name that the app may see by now. */
export function nameAppeared(judging: Judging, name: string, owner: string): void {
  const { peers } = judging.state;
  if (owner === "" || !isVisible(judging.policy.standingOf(name)) || peers.ownerOf(name) === owner) return;
  peers.setOwner(name, owner);
  sayOwnerChange(judging, name, "", owner);
}

function askWhoAppeared(judging: Judging, names: readonly string[]): readonly Uint8Array[] {
  const { state, policy } = judging;
  const unknown = names.filter((name) => isVisible(policy.standingOf(name)) && state.peers.ownerOf(name) === undefined);
  return unknown.map((name) => ownCall(judging, "GetNameOwner", [name], { kind: "appeared", name }));
}

function watchRules(policy: CompiledPolicy): ReadonlySet<string> {
  return new Set([...[...policy.watchedNames()].map(({ name, subtree }) => ownerRule(name, subtree)), ...policy.ownMatchRules()]);
}
