// org.freedesktop.portal.Trash: a file that the app may write goes to the user's trash (freedesktop.org, "The FreeDesktop.org Trash specification").
import { constants, statSync, writeSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import type { Portal } from "../core/portal.ts";
import { type HostFile, hostFileOf, isStill, O_PATH, openBeneath, openParent, RESOLVE_NO_SYMLINKS } from "../outside/descriptor-path.ts";
import { makeFolders } from "../../native/make-folders.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
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
 * the rename and after it, and what was put in its place meanwhile is put back. A rename never follows a link, and replaces nothing. The trash is held by
 * descriptors too: an app that may write there can exchange the folders for links, and leads nothing elsewhere with them.
 */
function moveToTrash(instance: PortalInstance, file: HostFile): boolean {
  const { addon } = instance;
  if (!file.removable || file.path === file.root) return false;
  const { fd: folder, name } = openParent(instance, file);
  let place: TrashFolder | undefined;
  try {
    if (!isStill(instance, folder, name, file)) return false;
    place = openTrash(instance, file);
    if (place === undefined) return false;
    const { files, info } = place;
    const entry = claimName(instance, info, name, file.path);
    if (entry === undefined) return false;
    try {
      addon.renameat(folder, name, files, entry, true);
      if (isStill(instance, files, entry, file)) return true;
      addon.renameat(files, entry, folder, name, true);
    } catch {
      // Nothing was moved, or what somebody put there meanwhile cannot go back: it stays in the trash, where it can be found.
    }
    addon.unlinkat(info, `${entry}.trashinfo`, 0);
    return false;
  } finally {
    addon.close(folder);
    for (const fd of place === undefined ? [] : [place.files, place.info]) addon.close(fd);
  }
}

interface TrashFolder {
  readonly files: number;
  readonly info: number;
}

/** The home trash on its own file system, else `$topdir/.Trash-UID`. The caller closes both descriptors. */
function openTrash(instance: PortalInstance, file: HostFile): TrashFolder | undefined {
  const { addon, origin } = instance;
  const home = origin.environment["HOME"] ?? "";
  const data = origin.environment["XDG_DATA_HOME"] || `${home}/.local/share`;
  if (!data.startsWith("/")) return undefined;
  makeFolders(data, 0o700);
  const held: number[] = [];
  const hold = (fd: number): number => {
    held.push(fd);
    return fd;
  };
  let kept: TrashFolder | undefined;
  try {
    const usual = hold(addon.openat2(-1, data, O_PATH | O_DIRECTORY, 0, 0));
    const isUsual = addon.fstat(usual).dev === file.dev;
    const base = isUsual ? usual : hold(addon.openat2(-1, topOf(file) || "/", O_PATH | O_DIRECTORY, 0, RESOLVE_NO_SYMLINKS));
    const place = hold(ownFolder(instance, base, isUsual ? "Trash" : `.Trash-${process.geteuid?.() ?? 0}`));
    const files = hold(ownFolder(instance, place, "files"));
    const info = hold(ownFolder(instance, place, "info"));
    kept = { files, info };
    return kept;
  } catch (error) {
    instance.note("trash", { detail: (error as Error).message });
    return undefined;
  } finally {
    for (const fd of held) if (fd !== kept?.files && fd !== kept?.info) addon.close(fd);
  }
}

/** Throws where it is somebody else's, or a link: that is not the user's trash. */
function ownFolder(instance: PortalInstance, parent: number, name: string): number {
  const { addon } = instance;
  try {
    addon.mkdirat(parent, name, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const fd = openBeneath(instance, parent, name, O_DIRECTORY);
  if (addon.fstat(fd).uid === process.geteuid?.()) return fd;
  addon.close(fd);
  throw new RangeError(`${name} is not the user's`);
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
function claimName({ addon }: PortalInstance, folder: number, name: string, path: string): string | undefined {
  const text = `[Trash Info]\nPath=${path.split("/").map(encodeURIComponent).join("/")}\nDeletionDate=${localTime(new Date())}\n`;
  for (let count = 0; count < MAX_TRIES; count++) {
    const entry = count === 0 ? name : `${name}.${count + 1}`;
    try {
      const fd = addon.openat2(folder, `${entry}.trashinfo`, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600, RESOLVE_NO_SYMLINKS);
      try {
        writeSync(fd, text);
      } finally {
        addon.close(fd);
      }
      return entry;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return undefined;
    }
  }
  return undefined;
}

function localTime(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
