// What the app may do with one path of the host, read off the very plan that a start would carry out. Pure.
import type { Walk } from "../host/walk.ts";
import { isBelow } from "../host/walk.ts";
import type { Operation, Plan } from "./plan.ts";

/** Flatpak's words. */
export type FileAccess = "hidden" | "read-only" | "read-write";

export interface DecidedAccess {
  readonly access: FileAccess;
  /** The operation that lies on top where the path leads; null where none does. */
  readonly by: Operation | null;
  /** A link on the way that the app cannot see, and so cannot follow; null where there is none. */
  readonly hiddenLink: string | null;
}

/** `walk`: how the path leads to what it names on the host. A link on the way that the app cannot see hides what it leads to. */
export function fileAccess(plan: Plan, walk: Walk): FileAccess {
  return decideAccess(plan, walk).access;
}

/** The same, with what decides it. */
export function decideAccess(plan: Plan, walk: Walk): DecidedAccess {
  const made = new Set(plan.operations.flatMap((operation) => (operation.kind === "symlink" ? [operation.to] : [])));
  const hidden = walk.links.find(({ path }) => !made.has(path) && accessOf(plan, path).access === "hidden");
  if (hidden !== undefined) return { access: "hidden", by: accessOf(plan, hidden.path).by, hiddenLink: hidden.path };
  return { ...accessOf(plan, walk.real), hiddenLink: null };
}

/** Whether a path without links names inside what it names outside. */
export function seesPath(plan: Plan, real: string): boolean {
  return accessOf(plan, real).access !== "hidden";
}

/** What comes later in a plan lies on top. Only the same place of the host under the same path counts: another file under that name is not the one asked for. */
function accessOf(plan: Plan, real: string): { readonly access: FileAccess; readonly by: Operation | null } {
  let access: FileAccess = "hidden";
  let by: Operation | null = null;
  for (const operation of plan.operations) {
    if (operation.kind === "remount-ro") {
      if (operation.to === by?.to && access === "read-write") access = "read-only";
      continue;
    }
    if (!COVERING.has(operation.kind) || !isBelow(real, operation.to)) continue;
    by = operation;
    if (operation.kind !== "bind" || operation.from !== operation.to) access = "hidden";
    else access = operation.access === "ro" ? "read-only" : "read-write";
  }
  return { access, by };
}

/** Folders and links are made only where nothing is: they hide nothing. */
const COVERING: ReadonlySet<string> = new Set(["bind", "tmpfs", "data", "proc", "sysfs", "dev", "mqueue"]);
