// The facts as they will be once the preparations are made: for `--dry-run`, which makes nothing. Pure.
import type { HostFacts, HostQueries, PathFact } from "../host/facts.ts";
import { walkPath } from "../host/walk.ts";
import type { Preparation } from "./plan.ts";

/** Device and inode 0 mark what does not exist yet. */
export function assumePrepared(facts: HostFacts, preparations: readonly Preparation[], queries: HostQueries, uid: number): HostFacts {
  const paths = new Map(facts.paths);
  const look = (path: string): PathFact | null => {
    const known = paths.get(path);
    if (known !== undefined) return known;
    paths.set(path, null);
    return null;
  };
  for (const preparation of preparations) {
    for (let walk = walkPath(preparation.path, look); walk.absentAt !== null; walk = walkPath(preparation.path, look)) {
      const last = walk.absentAt === walk.real;
      const type = !last || preparation.kind === "directory" ? "directory" : preparation.kind === "file" ? "file" : "symlink";
      const parent = paths.get(walk.absentAt.slice(0, Math.max(1, walk.absentAt.lastIndexOf("/"))));
      if (parent === null || parent === undefined || parent.type !== "directory" || !parent.writable) break;
      paths.set(walk.absentAt, {
        path: walk.absentAt,
        type,
        dev: 0n,
        ino: 0n,
        mode: preparation.mode,
        uid,
        target: type === "symlink" ? preparation.target : null,
        writable: true,
      });
      if (type === "symlink") break;
    }
  }
  const walks = new Map(queries.paths.map((path) => [path, walkPath(path, look)]));
  return { ...facts, paths, walks };
}
