// What the app may do with one path of the host, read off the very plan that a start would carry out. Pure.
import type { Walk } from "../host/walk.ts";
import { isBelow } from "../host/walk.ts";
import type { Plan } from "./plan.ts";

/** Flatpak's words. */
export type FileAccess = "hidden" | "read-only" | "read-write";

/** `walk`: how the path leads to what it names on the host. A link on the way that the app cannot see hides what it leads to. */
export function fileAccess(plan: Plan, walk: Walk): FileAccess {
  const made = new Set(plan.operations.flatMap((operation) => (operation.kind === "symlink" ? [operation.to] : [])));
  if (walk.links.some(({ path }) => !made.has(path) && accessOf(plan, path) === "hidden")) return "hidden";
  return accessOf(plan, walk.real);
}

/** What comes later in a plan lies on top. Only the same place of the host under the same path counts: another file under that name is not the one asked for. */
function accessOf(plan: Plan, real: string): FileAccess {
  let access: FileAccess = "hidden";
  let mountedAt = "";
  for (const operation of plan.operations) {
    if (operation.kind === "remount-ro") {
      if (operation.to === mountedAt && access === "read-write") access = "read-only";
      continue;
    }
    if (!COVERING.has(operation.kind) || !isBelow(real, operation.to)) continue;
    mountedAt = operation.to;
    if (operation.kind !== "bind" || operation.from !== operation.to) access = "hidden";
    else access = operation.access === "ro" ? "read-only" : "read-write";
  }
  return access;
}

/** Folders and links are made only where nothing is: they hide nothing. */
const COVERING: ReadonlySet<string> = new Set(["bind", "tmpfs", "data", "proc", "sysfs", "dev", "mqueue"]);
