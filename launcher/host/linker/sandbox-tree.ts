// Looks at files of a tree that is put together of several folders of the host, by their paths inside: links lead where they would lead inside, never out of it.
import { lookAt, thisProcess } from "../look.ts";
import { readNames } from "../read.ts";
import { isBelow, walkPath } from "../walk.ts";
import type { PathFact } from "../facts.ts";

/** One folder of the host and its place inside. A link is a link of the sandbox's own root. */
export type TreePart = { readonly at: string; readonly from: string } | { readonly at: string; readonly target: string };

export interface SandboxTree {
  /** The place on the host of what the path inside leads to, if it is there. */
  locate(inside: string): { readonly host: string; readonly inside: string; readonly fact: PathFact } | null;
  /** Names in the folder that the path inside leads to; none where there is no such folder. */
  list(inside: string): readonly string[];
}

export function openTree(parts: readonly TreePart[]): SandboxTree {
  const deepestFirst = [...parts].sort((one, other) => other.at.length - one.at.length);
  const looker = thisProcess();
  const known = new Map<string, PathFact | null>();
  const hostOf = (inside: string): string | null => {
    const part = deepestFirst.find(({ at }) => isBelow(inside, at));
    return part === undefined || !("from" in part) ? null : `${part.from}${inside.slice(part.at.length)}`;
  };
  const lookFresh = (inside: string): PathFact | null => {
    const link = parts.find((part) => part.at === inside && "target" in part);
    if (link !== undefined && "target" in link) return { ...ROOT, path: inside, type: "symlink", target: link.target };
    const host = hostOf(inside);
    const there = host === null ? null : lookAt(host, looker);
    if (there !== null) return there;
    return parts.some(({ at }) => isBelow(at, inside)) ? { ...ROOT, path: inside } : null;
  };
  const look = (inside: string): PathFact | null => {
    const there = known.get(inside);
    if (there !== undefined) return there;
    const fact = lookFresh(inside);
    known.set(inside, fact);
    return fact;
  };
  const locate: SandboxTree["locate"] = (inside) => {
    const walk = walkPath(inside, look);
    const host = walk.end === null ? null : hostOf(walk.real);
    return host === null || walk.end === null ? null : { host, inside: walk.real, fact: walk.end };
  };
  return {
    locate,
    list(inside) {
      const place = locate(inside);
      return place?.fact.type === "directory" ? (readNames(place.host) ?? []) : [];
    },
  };
}

/** A folder that only leads to the parts. */
const ROOT: PathFact = { path: "/", type: "directory", dev: 0n, ino: 0n, mode: 0o755, uid: 0, target: null, writable: false };
