// The directory of one running sandbox, `$XDG_RUNTIME_DIR/.flatpak/N`, in the layout that portals and `flatpak ps` read.
// `pid` and `bwrapinfo.json` in it are the front's to write.
import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import type { Addon } from "../../native/addon.ts";
import { InstanceError } from "./instance-error.ts";

export interface OpenedInstance {
  /** Random unsigned 32-bit decimal of ten digits. */
  readonly id: string;
  readonly directory: string;
  readonly appId: string;
  /** `$XDG_RUNTIME_DIR/.flatpak/ID`: what instances of one app share. */
  readonly appDirectory: string;
  /**
   * A read lock on `.ref`, held until the front's init and connector hold theirs: Flatpak's own listing removes what nobody holds.
   * An open-file-description lock, since a process's ordinary locks go with the first close of the file anywhere in it.
   */
  readonly lock: number;
}

export interface InstanceWishes {
  readonly runtimeDirectory: string;
  readonly appId: string;
  /** Text of `info` and of `/.flatpak-info`, with `@INSTANCE@` where the id goes. */
  readonly identity: string;
}

const MOST_TRIES = 1000;
const LEAST_ID = 1_000_000_000;

export function instancesDirectory(runtimeDirectory: string): string {
  return `${runtimeDirectory}/.flatpak`;
}

/** The identity with the id put in. */
export function renderIdentity(identity: string, id: string): string {
  return identity.replaceAll("@INSTANCE@", id);
}

/** Makes the directory, its identity files and the app's shared directory. Throws InstanceError; nothing is left behind then. */
export function openInstance(addon: Addon, wishes: InstanceWishes): OpenedInstance {
  const root = instancesDirectory(wishes.runtimeDirectory);
  makeOwnDirectory(root, 0o755);
  const appDirectory = `${root}/${wishes.appId}`;
  makeOwnDirectory(appDirectory, 0o700);
  if (lstatSync(`${appDirectory}/.ref`, { throwIfNoEntry: false }) === undefined) touch(`${appDirectory}/.ref`, 0o600);
  const id = claimId(root);
  const directory = `${root}/${id}`;
  try {
    touch(`${directory}/.ref`, 0o644);
    const lock = openSync(`${directory}/.ref`, "r");
    if (!addon.ofdLock(lock, false)) throw new InstanceError("lock", `${directory}/.ref`, "EAGAIN");
    const info = `${directory}/info`;
    writeFileSync(info, renderIdentity(wishes.identity, id), { flag: "wx", mode: 0o644 });
    chmodSync(info, 0o644);
    return { id, directory, appId: wishes.appId, appDirectory, lock };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw InstanceError.from(error, "fill", directory);
  }
}

/** Gives the lock up: init and connector hold theirs now, or the instance is about to be removed. */
export function releaseInstance(instance: OpenedInstance): void {
  closeSync(instance.lock);
}

/** Removes the directory of an instance that has ended. Absent is fine. */
export function removeInstance(runtimeDirectory: string, id: string): void {
  const directory = `${instancesDirectory(runtimeDirectory)}/${id}`;
  for (const name of FILES) unlinkIfThere(`${directory}/${name}`);
  try {
    rmdirSync(directory);
  } catch {
    // Something else is in it, or it is gone: the slow and thorough way.
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What an instance's directory holds as a rule; a recursive removal would try and list everything twice. */
const FILES = ["info", "pid", "bwrapinfo.json", ".ref", "followed"];

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // What stays is met by the removal of the directory.
  }
}

function claimId(root: string): string {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    // Anybody may know or guess it: the directory is made by whoever comes first. Always as many digits, so that a plan's bytes can be used again.
    const id = String(LEAST_ID + Math.floor(Math.random() * (2 ** 32 - LEAST_ID)));
    try {
      mkdirSync(`${root}/${id}`, { mode: 0o755 });
      chmodSync(`${root}/${id}`, 0o755);
      return id;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw InstanceError.from(error, "make", `${root}/${id}`);
    }
  }
  throw new InstanceError("make", root, "EEXIST");
}

/** INVARIANT: a directory that another user owns, or a link, is never used: whoever owns it could swap the identity files. */
function makeOwnDirectory(path: string, mode: number): void {
  // Looking first: it is there but for the first start, and a refused mkdir costs an exception.
  let found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    try {
      mkdirSync(path, { mode });
      chmodSync(path, mode);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw InstanceError.from(error, "make", path);
      found = lstatSync(path);
    }
  }
  if (!found.isDirectory()) throw new InstanceError("make", path, "ENOTDIR");
  if (found.uid !== process.geteuid?.()) throw new InstanceError("make", path, "EPERM");
}

function touch(path: string, mode: number): void {
  try {
    closeSync(openSync(path, "wx", mode));
    chmodSync(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw InstanceError.from(error, "fill", path);
  }
}
