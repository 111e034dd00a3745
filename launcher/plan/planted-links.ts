// Links that this app could have put on the way of a grant in an earlier run: what lies behind one was chosen by the app, not by the user. Pure.
import type { HostFacts, PathFact } from "../host/facts.ts";
import { isBelow, type Walk } from "../host/walk.ts";
import { walkFacts } from "../permissions/granted.ts";
import type { Exposure } from "../permissions/kind.ts";
import type { Guard } from "./guards.ts";

/** What this app can write, by real paths, whatever the space. */
export interface Reach {
  readonly own: string;
  readonly writable: readonly string[];
  /** Places in `writable` where the app can put nothing. */
  readonly closed: readonly string[];
  /** Links that guards hold where they are. */
  readonly held: ReadonlySet<string>;
}

export function collectReach(exposures: readonly Exposure[], guards: readonly Guard[], ownFolder: string, facts: HostFacts): Reach {
  const real = (path: string): string => walkFacts(path, facts).real;
  const standing = guards.filter(({ strength }) => strength !== "denied");
  return {
    own: real(ownFolder),
    writable: exposures.filter(({ mode }) => mode === "rw").map(({ path }) => real(path)),
    closed: standing.filter(({ strength }) => strength === "protected").map(({ path }) => real(path)),
    held: new Set(standing.flatMap(({ path }) => walkFacts(path, facts).links.map((link) => link.path))),
  };
}

/** The first link of the walk that the app could have put there, or null. Links of the user's own in such places look the same, and count as such. */
export function plantedLink(walk: Walk, reach: Reach): PathFact | null {
  return walk.links.find(({ path }) => isPlantable(path, reach)) ?? null;
}

function isPlantable(path: string, { own, writable, closed, held }: Reach): boolean {
  if (path !== own && isBelow(path, own)) return true;
  if (held.has(path) || closed.some((place) => isBelow(path, place))) return false;
  return writable.some((root) => path !== root && isBelow(path, root));
}
