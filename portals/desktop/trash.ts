// org.freedesktop.portal.Trash: a file that the app may write goes to the user's trash (freedesktop.org, "The FreeDesktop.org Trash specification").
import { lstatSync, mkdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import type { Portal } from "../core/portal.ts";
import { type HostFile, hostFileOf, openBeneath, openParent } from "../outside/descriptor-path.ts";

const FAILED = 0;
const TRASHED = 1;
const MAX_TRIES = 100;

export const trash: Portal = {
  interface: "org.freedesktop.portal.Trash",
  version: 1,
  methods: {
    TrashFile: {
      in: "h",
      out: "u",
      names: ["fd", "result"],
      run: ({ instance, args, descriptors }) => {
        const fd = descriptors.take(args[0]);
        try {
          return [moveToTrash(instance, hostFileOf(instance, fd)) ? TRASHED : FAILED];
        } finally {
          instance.addon.close(fd);
        }
      },
    },
  },
};

/**
 * INVARIANT: only the very file that the descriptor means is moved. Its folder is reached without a link and held; what the name there means now is compared before
 * the rename and after it, and what was put in its place meanwhile is put back. A rename never follows a link.
 */
function moveToTrash(instance: PortalInstance, file: HostFile): boolean {
  const { addon } = instance;
  if (!file.writable || file.path === file.root) return false;
  const { fd: folder, name } = openParent(instance, file);
  let files = -1;
  try {
    if (!isSame(instance, folder, name, file)) return false;
    const place = trashFolder(instance, file);
    if (place === undefined) return false;
    files = addon.openat2(-1, `${place}/files`, 0o10200000, 0, 0);
    const entry = claimName(place, name, file.path);
    if (entry === undefined) return false;
    try {
      addon.renameat(folder, name, files, entry.name);
    } catch {
      unlinkSync(entry.info);
      return false;
    }
    if (isSame(instance, files, entry.name, file)) return true;
    addon.renameat(files, entry.name, folder, name);
    unlinkSync(entry.info);
    return false;
  } finally {
    addon.close(folder);
    if (files >= 0) addon.close(files);
  }
}

function isSame(instance: PortalInstance, folder: number, name: string, file: HostFile): boolean {
  let found = -1;
  try {
    found = openBeneath(instance, folder, name);
    const { dev, ino } = instance.addon.fstat(found);
    return dev === file.dev && ino === file.ino;
  } catch {
    return false;
  } finally {
    if (found >= 0) instance.addon.close(found);
  }
}

/** The home trash on its own file system, else `$topdir/.Trash-UID`. */
function trashFolder({ origin }: PortalInstance, file: HostFile): string | undefined {
  const home = origin.environment["HOME"] ?? "";
  const data = origin.environment["XDG_DATA_HOME"] || `${home}/.local/share`;
  if (!data.startsWith("/")) return undefined;
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const own = BigInt(statSync(data).dev);
  const place = own === file.dev ? `${data}/Trash` : `${topOf(file)}/.Trash-${process.geteuid?.() ?? 0}`;
  for (const folder of [place, `${place}/files`, `${place}/info`]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(folder);
    // Somebody else's, or a link: not the user's trash.
    if (uid !== process.geteuid?.() || (mode & 0o170000) !== 0o040000) return undefined;
  }
  return place;
}

function topOf({ path, dev }: HostFile): string {
  let top = path.slice(0, path.lastIndexOf("/")) || "/";
  while (top !== "/") {
    const above = top.slice(0, top.lastIndexOf("/")) || "/";
    if (BigInt(statSync(above).dev) !== dev) break;
    top = above;
  }
  return top === "/" ? "" : top;
}

/** The name is taken by creating its information first, as the specification wants it. */
function claimName(place: string, name: string, path: string): { readonly name: string; readonly info: string } | undefined {
  const text = `[Trash Info]\nPath=${path.split("/").map(encodeURIComponent).join("/")}\nDeletionDate=${localTime(new Date())}\n`;
  for (let count = 0; count < MAX_TRIES; count++) {
    const entry = count === 0 ? name : `${name}.${count + 1}`;
    const info = `${place}/info/${entry}.trashinfo`;
    try {
      writeFileSync(info, text, { flag: "wx", mode: 0o600 });
      return { name: entry, info };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return undefined;
    }
  }
  return undefined;
}

function localTime(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
