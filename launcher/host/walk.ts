// How a path of the host leads to what it names: component by component, links followed, every step recorded. Pure; the same walk serves the
// probe (which looks at the disk) and the plan (which looks at the facts).
import type { PathFact } from "./facts.ts";

/** The kernel's own limit (path_resolution(7)). */
const LINK_LIMIT = 40;

export interface Walk {
  /** What lies at the end, links followed; null where something on the way is absent. */
  readonly end: PathFact | null;
  /** The path of the end without any link; where it is absent, the deepest place reached plus the rest as written. */
  readonly real: string;
  /** Every folder passed, real paths, in the order of passing, without `/` and without the end. Those before a link on the way are among them. */
  readonly folders: readonly string[];
  /** Links passed, each at its own real place. */
  readonly links: readonly PathFact[];
  /** Real path of the first thing that was absent, or null. */
  readonly absentAt: string | null;
}

/** `lookup` answers lstat for an absolute path whose parents are real folders. */
export function walkPath(path: string, lookup: (path: string) => PathFact | null): Walk {
  const pending = components(path).reverse();
  const folders = new Set<string>();
  const links: PathFact[] = [];
  let at = "";
  let fact: PathFact | null = lookup("/");
  while (pending.length > 0) {
    const name = pending.pop() as string;
    if (name === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      fact = lookup(at === "" ? "/" : at);
      continue;
    }
    if (at !== "" && fact?.type === "directory") folders.add(at);
    const next = `${at}/${name}`;
    const found = fact?.type === "directory" ? lookup(next) : null;
    const isLink = found?.type === "symlink" && found.target !== null;
    if (isLink) links.push(found);
    if (found === null || links.length > LINK_LIMIT) {
      const rest = pending.reverse();
      return { end: null, real: rest.length === 0 ? next : `${next}/${rest.join("/")}`, folders: [...folders], links, absentAt: next };
    }
    if (isLink) {
      const target = found.target as string;
      if (target.startsWith("/")) {
        at = "";
        fact = lookup("/");
      }
      pending.push(...components(target).reverse());
      continue;
    }
    at = next;
    fact = found;
  }
  folders.delete(at);
  return { end: fact, real: at === "" ? "/" : at, folders: [...folders], links, absentAt: null };
}

function components(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** True where `path` is `folder` or lies below it. Both real and absolute. */
export function isBelow(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
