// Where a descriptor that an app passed leads on the host. The kernel tells a path of the app's own view; it counts only where the host's file there is the very same one.
import { readFileSync, readlinkSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { PortalError } from "../core/portal-error.ts";

export interface HostFile {
  /** Absolute, without links on the way below the view's root. */
  readonly path: string;
  /** The part below which the app may do as it likes: no link is followed there. */
  readonly root: string;
  readonly isDirectory: boolean;
  /** The app may write it: by this descriptor, or because its view of the folder is writable. */
  readonly writable: boolean;
  /** Its view of the folder is writable: it could take the name away itself, however it opened the file. */
  readonly removable: boolean;
  readonly dev: bigint;
  readonly ino: bigint;
}

export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const RESOLVE_NO_MAGICLINKS = 2;
export const RESOLVE_NO_SYMLINKS = 4;
const RESOLVE_BENEATH = 8;
export const O_PATH = 0o10000000;
const O_NOFOLLOW = 0o400000;
export const O_DIRECTORY = 0o200000;
export const O_CLOEXEC = 0o2000000;

/** A descriptor of `path`'s folder, reached from the view's root without following a link; the caller closes it. */
export function openParent(instance: PortalInstance, file: HostFile): { readonly fd: number; readonly name: string } {
  const { addon } = instance;
  const below = file.path.slice(file.root.length).replace(/^\/+/, "");
  const cut = below.lastIndexOf("/");
  const root = addon.openat2(-1, file.root, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
  if (cut < 0) return { fd: root, name: below };
  try {
    return { fd: openBeneath(instance, root, below.slice(0, cut), O_DIRECTORY), name: below.slice(cut + 1) };
  } finally {
    addon.close(root);
  }
}

export function openBeneath(instance: Pick<PortalInstance, "addon">, directory: number, path: string, flags = 0): number {
  return instance.addon.openat2(directory, path, O_PATH | O_NOFOLLOW | O_CLOEXEC | flags, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

/** Whether that name in a held folder means the very file still. */
export function isStill(instance: PortalInstance, folder: number, name: string, { dev, ino }: Pick<HostFile, "dev" | "ino">): boolean {
  let found = -1;
  try {
    found = openBeneath(instance, folder, name);
    const there = instance.addon.fstat(found);
    return there.dev === dev && there.ino === ino;
  } catch {
    return false;
  } finally {
    if (found >= 0) instance.addon.close(found);
  }
}

/** For who kept a path over a question to the user. Throws NotAllowed where the path means another file by now. */
export function checkStill(instance: PortalInstance, file: HostFile): void {
  const { fd, name } = openParent(instance, file);
  try {
    if (name !== "" && !isStill(instance, fd, name, file)) throw notAllowed();
  } finally {
    instance.addon.close(fd);
  }
}

/** Throws NotAllowed where no file of the host's stands behind it that the app sees too. */
export function hostFileOf(instance: PortalInstance, fd: number): HostFile {
  const { addon } = instance;
  const { dev, ino, mode } = addon.fstat(fd);
  const type = mode & S_IFMT;
  if (type !== S_IFREG && type !== S_IFDIR) throw new PortalError("InvalidArgument", "the descriptor is neither a file nor a folder");
  const inside = readlinkSync(`/proc/self/fd/${fd}`);
  const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "0", 8);
  const views = instance.origin.views.filter((view) => inside === view.inside || inside.startsWith(view.inside === "/" ? "/" : `${view.inside}/`));
  const view = views.sort((one, other) => other.inside.length - one.inside.length)[0];
  if (view === undefined) throw notAllowed();
  const below = inside.slice(view.inside.length).replace(/^\/+/, "");
  let found = -1;
  let top = view.outside;
  try {
    const root = addon.openat2(-1, view.outside, O_PATH | O_CLOEXEC, 0, 0);
    try {
      // Where it really lies: what is kept of it is opened without links later.
      top = readlinkSync(`/proc/self/fd/${root}`);
      found = below === "" ? addon.dup(root) : openBeneath(instance, root, below);
    } finally {
      addon.close(root);
    }
    const there = addon.fstat(found);
    if (there.dev !== dev || there.ino !== ino) throw notAllowed();
  } catch {
    throw notAllowed();
  } finally {
    if (found >= 0) addon.close(found);
  }
  const path = below === "" ? top : `${top}/${below}`;
  // A descriptor without access of its own (O_PATH) proves nothing but that the app sees the file.
  return {
    path,
    root: top,
    isDirectory: type === S_IFDIR,
    writable: view.writable && ((flags & O_PATH) !== 0 || type === S_IFDIR || (flags & 3) !== 0),
    removable: view.writable,
    dev,
    ino,
  };
}

function notAllowed(): PortalError {
  return new PortalError("NotAllowed", "the descriptor leads to no file of the host that this sandbox sees");
}
