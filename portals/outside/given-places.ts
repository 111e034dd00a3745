// Places that an app gives on to a part of itself: only what it sees itself, with no more access than it has, and known by device and inode from then on.
import { readlinkSync, realpathSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { busError, PortalError } from "../core/portal-error.ts";
import type { GivenPlace } from "../core/sub-sandbox.ts";
import { seenAs } from "../documents/host-paths.ts";
import { hostFileOf, O_CLOEXEC, O_DIRECTORY, O_PATH, openBeneath, S_IFDIR, S_IFMT, S_IFREG } from "./descriptor-path.ts";

/** In every sandbox of the app, whatever it is given. */
const EVERYWHERE = /^\/(?:usr|etc|app|bin|sbin|lib\w*)(?:\/|$)/;

/** Undefined where the part has it anyway. */
export function givenByDescriptor(instance: PortalInstance, fd: number, writable: boolean): GivenPlace | undefined {
  const to = readlinkSync(`/proc/self/fd/${fd}`);
  if (EVERYWHERE.test(to)) return undefined;
  const file = hostFileOf(instance, fd);
  const inData = file.path.startsWith(`${realpathSync(instance.origin.dataFolder)}/`);
  return { from: file.path, to, isDirectory: file.isDirectory, inData, writable: writable && file.writable, dev: String(file.dev), ino: String(file.ino) };
}

/**
 * A name in the folder `sandbox` of the app's own data. INVARIANT: what this sandbox does not see itself it gives to no part, whatever lies in the data of the app:
 * a closed part, and an app with data of this run alone, see other files there, or none.
 */
export function givenByName(instance: PortalInstance, name: string, writable: boolean): GivenPlace {
  const { addon, origin } = instance;
  if (name === "" || name === "." || name === ".." || name.includes("/")) throw busError("InvalidArgs", "not a name in the folder `sandbox` of the app's data");
  const root = addon.openat2(-1, origin.dataFolder, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
  let found = -1;
  try {
    found = openBeneath({ addon }, root, `sandbox/${name}`);
    const { dev, ino, mode } = addon.fstat(found);
    const type = mode & S_IFMT;
    if (type !== S_IFREG && type !== S_IFDIR) throw new PortalError("NotAllowed", "neither a file nor a folder");
    const path = `${readlinkSync(`/proc/self/fd/${root}`)}/sandbox/${name}`;
    const to = origin.covers === undefined ? undefined : seenAs(instance, path, false);
    if (to === undefined) throw notThere();
    const isWritable = writable && seenAs(instance, path, true) === to;
    return { from: path, to, isDirectory: type === S_IFDIR, inData: true, writable: isWritable, dev: String(dev), ino: String(ino) };
  } catch (error) {
    if (error instanceof PortalError) throw error;
    throw notThere();
  } finally {
    if (found >= 0) addon.close(found);
    addon.close(root);
  }
}

function notThere(): PortalError {
  return new PortalError("NotFound", "no such file in the folder `sandbox` of the app's data");
}
