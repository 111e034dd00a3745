// Copies a program's folder to where it is installed. Whose folder it was may go on changing it: each level is held by its descriptor, no link is followed,
// and no right goes with a file but to read, write and execute it.
import { chmodSync, closeSync, constants, copyFileSync, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";

const { COPYFILE_EXCL, O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Whose it becomes: one user's, who alone may read what he alone could, or everybody's. */
export type InstallFor = "user" | "system";

/**
 * `to` must not be there; nobody else sees into it before all of it is. Links are copied as links: the app would follow them inside, where they reach no more than
 * it does. Pipes and devices are no part of a program. Throws an error of the system's; EPERM for a file of somebody else than the folder's owner.
 */
export function copyProgram(from: string, to: string, owner: InstallFor): void {
  const held = openSync(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    copyFolder(held, to, owner, fstatSync(held).uid);
  } finally {
    closeSync(held);
  }
}

function copyFolder(held: number, to: string, owner: InstallFor, uid: number): void {
  mkdirSync(to, { mode: 0o700 });
  for (const name of readdirSync(`/proc/self/fd/${held}`)) copyEntry(`/proc/self/fd/${held}/${name}`, `${to}/${name}`, owner, uid);
  // Last: until then the folder is its copier's alone.
  chmodSync(to, modeOf(fstatSync(held).mode | 0o700, owner));
}

function copyEntry(from: string, to: string, owner: InstallFor, uid: number): void {
  const found = lstatSync(from);
  if (found.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  if (!found.isFile() && !found.isDirectory()) return;
  const held = openSync(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | (found.isDirectory() ? O_DIRECTORY : 0));
  try {
    const now = fstatSync(held);
    // A second name of another's file, which its owner did not mean for everybody.
    if (now.uid !== uid) throw Object.assign(new Error(`${from} belongs to somebody else`), { code: "EPERM" });
    if (now.isDirectory()) copyFolder(held, to, owner, uid);
    else if (now.isFile()) {
      copyFileSync(`/proc/self/fd/${held}`, to, COPYFILE_EXCL);
      chmodSync(to, modeOf(now.mode, owner));
    }
  } finally {
    closeSync(held);
  }
}

/** What its owner may read or execute, everybody may where it becomes everybody's; whatever the umask was. */
function modeOf(mode: number, owner: InstallFor): number {
  const own = mode & 0o500;
  return (mode & 0o755) | (owner === "system" ? (own >> 3) | (own >> 6) : 0);
}
