// The bus names of a named instance: what its program calls `org.example.App` is `org.example.App--NAME` on the bus, so that instances side by side neither take
// each other's names nor hand their work to each other. Pure.
import type { NameAlias, ProxyPolicy } from "../../dbus-proxy/policy/policy.ts";
import { countedNames, type Manifest, patternCovers, splitInstanceId } from "../manifest/door.ts";

/** The policy as its program needs it, in the names of the bus. The app itself: as it is. */
export function ofInstance(policy: ProxyPolicy, { id }: Pick<Manifest, "id">): ProxyPolicy {
  const instance = splitInstanceId(id);
  if (instance === null) return policy;
  const { app, name } = instance;
  // The app's own names are of the instance alone, also where the manifest lets the app call names of its vendor.
  const ofApp = policy.names.flatMap((rule) => (rule.level === "own" && patternCovers(`${app}.*`, rule.name) ? [rule.name] : []));
  const stems = [...new Set([...countedNames(policy.names), ...ofApp].filter((own) => !own.endsWith("-*")).map(stemOf))];
  const aliases = stems.map((inside): NameAlias => ({ inside, outside: `${inside}--${name}` }));
  const moved = <Rule extends { readonly name: string }>(rules: readonly Rule[]): readonly Rule[] =>
    rules.map((rule) => {
      const alias = deepest(aliases, stemOf(rule.name));
      return alias === undefined ? rule : { ...rule, name: alias.outside + rule.name.slice(alias.inside.length) };
    });
  return {
    ...policy,
    names: moved(policy.names),
    calls: moved(policy.calls),
    broadcasts: moved(policy.broadcasts),
    // A denial stays where it was, too.
    hidden: [...policy.hidden, ...moved(policy.hidden).filter((rule) => !policy.hidden.includes(rule))],
    aliases,
  };
}

function stemOf(name: string): string {
  return name.replace(/\.\*$/, "");
}

function deepest(aliases: readonly NameAlias[], name: string): NameAlias | undefined {
  const over = aliases.filter(({ inside }) => name === inside || name.startsWith(`${inside}.`));
  return over.sort((one, other) => other.inside.length - one.inside.length)[0];
}
