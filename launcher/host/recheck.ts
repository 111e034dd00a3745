// The cheap second probe: whether the host is still as an earlier one found it.
import type { HostFacts, HostQueries } from "./facts.ts";
import { isAsSeen, thisProcess } from "./look.ts";
import { deriveMachineId, readAbstractSockets, readNames, readText } from "./read.ts";

/**
 * `queries` are those that led to `facts`. Every path that was seen is looked at again, none is walked: where all of them are as they were, every walk would
 * go the same way.
 */
export function isHostAsProbed(queries: HostQueries, facts: HostFacts): boolean {
  const looker = thisProcess();
  for (const [path, known] of facts.paths) if (!isAsSeen(path, known, looker)) return false;
  if (!queries.folders.every(({ path }) => isSameList(facts.folders.get(path) ?? null, readNames(path)))) return false;
  if (!queries.texts.every((path) => isSameText(facts.texts.get(path) ?? null, readText(path)))) return false;
  if (queries.machineIdFor !== null && deriveMachineId(queries.machineIdFor) !== facts.machineId) return false;
  return !queries.abstractSockets || isSameSet(facts.abstractSockets, readAbstractSockets());
}

function isSameList(one: readonly string[] | null, other: readonly string[] | null): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

function isSameText(one: Uint8Array | null, other: Uint8Array | null): boolean {
  if (one === null || other === null) return one === other;
  return Buffer.compare(one, other) === 0;
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}
