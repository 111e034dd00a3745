// Whether two probes of the host found the same. Pure.
import type { HostFacts, PathFact } from "../host/door.ts";

export function isSameFacts(one: HostFacts, other: HostFacts): boolean {
  return (
    one.machineId === other.machineId &&
    isSameMap(one.paths, other.paths, isSamePath) &&
    isSameMap(one.folders, other.folders, isSameList) &&
    isSameMap(one.texts, other.texts, isSameBytes) &&
    one.abstractSockets.size === other.abstractSockets.size &&
    [...one.abstractSockets].every((name) => other.abstractSockets.has(name))
  );
}

function isSameMap<V>(one: ReadonlyMap<string, V>, other: ReadonlyMap<string, V>, isSame: (left: V, right: V) => boolean): boolean {
  if (one.size !== other.size) return false;
  for (const [key, left] of one) {
    const right = other.get(key);
    if (right === undefined || !isSame(left, right)) return false;
  }
  return true;
}

function isSamePath(one: PathFact | null, other: PathFact | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.ino === other.ino &&
    one.dev === other.dev &&
    one.type === other.type &&
    one.mode === other.mode &&
    one.uid === other.uid &&
    one.target === other.target &&
    one.writable === other.writable
  );
}

function isSameList(one: readonly string[] | null, other: readonly string[] | null): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

function isSameBytes(one: Uint8Array | null, other: Uint8Array | null): boolean {
  if (one === null || other === null) return one === other;
  return one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index]);
}
