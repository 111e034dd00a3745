// `--file-forwarding`: what stands between the markers `@@` (paths) and `@@u` (addresses) was opened by the user with this app. A file among it that the app does not
// see is bound for this start into a folder of its own, and the app is told that place; the markers go.
import { accessSync, constants } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { type HostFacts, hmacSha256 } from "../host/door.ts";
import { firstUnprintable, type PermissionLayer } from "../manifest/door.ts";
import type { BindPermission } from "../permissions/permissions.ts";
import { walkFacts } from "../permissions/granted.ts";
import { fileAccess, openedFolder, type Plan } from "../plan/door.ts";
import { kindOfPath, pathOfArgument } from "./unseen-arguments.ts";

/** A file that was opened with the app. */
export interface OpenedFile {
  /** Its index in the request's words. */
  readonly at: number;
  /** Absolute, on the host. */
  readonly path: string;
  /** It came as `file:`, and goes on as that. */
  readonly isAddress: boolean;
}

const MARKERS: ReadonlySet<string> = new Set(["@@", "@@u"]);

/** What the markers hold, without what is no file of the host's. */
export function openedFiles(argv: readonly string[], from: number, cwd: string): readonly OpenedFile[] {
  const found: OpenedFile[] = [];
  let isOpen = false;
  for (const [at, word] of argv.entries()) {
    if (at < from) continue;
    if (MARKERS.has(word)) isOpen = !isOpen;
    else if (isOpen) {
      const path = pathOfArgument(word, cwd);
      if (path !== null && firstUnprintable(path) === null && kindOfPath(path) === "file") found.push({ at, path, isAddress: word.startsWith("file:") });
    }
  }
  return found;
}

export function unseenFiles(plan: Plan, facts: HostFacts, files: readonly OpenedFile[]): readonly OpenedFile[] {
  return files.filter(({ path }) => fileAccess(plan, walkFacts(path, facts)) === "hidden");
}

/** The command line's layer with the files, so that limits hold for them as for every bind. */
export function withOpened(layer: PermissionLayer, files: readonly OpenedFile[]): PermissionLayer {
  const entries = files.map(({ path }) => {
    const origin = { layer: layer.layer, file: "", line: 0, column: 0, text: `opened: ${path}` } as const;
    return { kind: "bind", from: path, to: insideOf(path), mode: mayWrite(path) ? "rw" : "ro", origin } as const;
  });
  return { ...layer, entries: [...layer.entries, ...entries] };
}

/** A plan whose arguments are spelled out in place of the caller's own where markers were among them. `binds`: what limits left of those of the files. */
export function forwardFiles(plan: Plan, argv: readonly string[], files: readonly OpenedFile[], binds: readonly BindPermission[]): Plan {
  if (plan.callerArgumentsFrom === null) return plan;
  const shown = new Set(binds.map(({ to }) => to));
  const inside = new Map(files.map(({ at, path, isAddress }) => [at, { to: insideOf(path), isAddress }]));
  const words = argv.map((word, at) => {
    const place = inside.get(at);
    if (place === undefined || !shown.has(place.to)) return word;
    return place.isAddress ? pathToFileURL(place.to).href : place.to;
  });
  const given = words.slice(plan.callerArgumentsFrom);
  const kept = given.filter((word) => !MARKERS.has(word));
  // Untouched arguments stay the caller's bytes; spelled out they are text.
  if (kept.length === given.length) return plan;
  return { ...plan, command: [...plan.command, ...kept], callerArgumentsFrom: null };
}

/** The same for each start with that file, so that what a program remembers of it is right again. */
function insideOf(path: string): string {
  const key = Buffer.from(hmacSha256(new TextEncoder().encode("tsbox opened"), new TextEncoder().encode(path))).toString("hex");
  return `${openedFolder(key.slice(0, 16))}/${basename(path)}`;
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
