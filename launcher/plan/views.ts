// What a plan shows of the host, by path inside, and what lies over it. Pure.
import type { Operation } from "./plan.ts";

export interface View {
  readonly inside: string;
  readonly outside: string;
  readonly writable: boolean;
}

export interface Views {
  readonly views: readonly View[];
  /** Places inside where nothing of the host is seen, although it may lie in a view: what comes last at a place is on top. */
  readonly covers: readonly string[];
}

const PLACELESS: ReadonlySet<string> = new Set(["directory", "symlink", "listen", "remount-ro", "layer"]);

export function viewsOf(operations: readonly Operation[]): Views {
  const sealed = new Set(operations.flatMap((operation) => (operation.kind === "remount-ro" ? [operation.to] : [])));
  const views = operations.flatMap((operation): readonly View[] =>
    operation.kind === "bind" ? [{ inside: operation.to, outside: operation.from, writable: operation.access !== "ro" && !sealed.has(operation.to) }] : [],
  );
  const onTop = new Map(operations.filter(({ kind }) => !PLACELESS.has(kind)).map(({ kind, to }) => [to, kind]));
  return { views, covers: [...onTop].filter(([, kind]) => kind !== "bind").map(([to]) => to) };
}
