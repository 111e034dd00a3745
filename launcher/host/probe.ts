// Answers the plan builder's questions in one pass over the disk. Reads, changes nothing, remembers nothing: what was true yesterday is asked again,
// for a forgotten change would be a wrong sandbox.
import { createHmac } from "node:crypto";
import { accessSync, closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import type { HostFacts, HostQueries, PathFact } from "./facts.ts";
import { type Walk, walkPath } from "./walk.ts";

/** Longer texts are of no kind that a plan reads (the largest, a group file of a big site, stays below). */
const TEXT_LIMIT = 1024 * 1024;

export function probeHost(queries: HostQueries): HostFacts {
  const paths = new Map<string, PathFact | null>();
  const look = looker(paths);
  const folders = new Map<string, readonly string[] | null>();
  const walks = walkAll(queries.paths, look);
  for (const folder of queries.folders) folders.set(folder.path, readFolder(folder.path, folder.looking, look));
  const texts = new Map<string, Uint8Array | null>();
  for (const path of queries.texts) texts.set(path, readText(walkPath(path, look).real));
  return {
    paths,
    walks,
    folders,
    texts,
    machineId: queries.machineIdFor === null ? null : deriveMachineId(queries.machineIdFor),
    abstractSockets: queries.abstractSockets ? readAbstractSockets() : new Set(),
  };
}

/** Most paths lie in the same few folders: where a folder was reached without a link, the last step is enough. */
function walkAll(paths: readonly string[], look: (path: string) => PathFact | null): ReadonlyMap<string, Walk> {
  const plain = new Map<string, readonly string[]>();
  const walks = new Map<string, Walk>();
  for (const path of paths) {
    const slash = path.lastIndexOf("/");
    const parent = path.slice(0, slash);
    const above = plain.get(parent);
    const last = above === undefined ? undefined : look(path);
    if (above !== undefined && last !== undefined && last?.type !== "symlink") {
      walks.set(path, { end: last, real: path, folders: above, links: [], absentAt: last === null ? path : null });
      continue;
    }
    const walk = walkPath(path, look);
    walks.set(path, walk);
    const isPlain = walk.links.length === 0 && walk.real === path && (walk.end !== null || walk.absentAt === path);
    if (isPlain && slash > 0) plain.set(parent, walk.folders);
  }
  return walks;
}

function looker(paths: Map<string, PathFact | null>): (path: string) => PathFact | null {
  const groups = new Set(process.getgroups?.() ?? []);
  const uid = process.geteuid?.() ?? -1;
  return (path) => {
    const known = paths.get(path);
    if (known !== undefined) return known;
    const fact = lookAt(path, uid, groups);
    paths.set(path, fact);
    return fact;
  };
}

function lookAt(path: string, euid: number, groups: ReadonlySet<number>): PathFact | null {
  try {
    const quick = lstatSync(path, { throwIfNoEntry: false });
    if (quick === undefined) return null;
    const type = typeOf(quick.mode);
    if (type === null) return null;
    // A double holds inode numbers up to 2^53 only; file systems with larger ones (overlayfs, some network ones) are asked again.
    const exact = Number.isSafeInteger(quick.ino) && Number.isSafeInteger(quick.dev) ? quick : lstatSync(path, { bigint: true });
    return {
      path,
      type,
      dev: BigInt(exact.dev),
      ino: BigInt(exact.ino),
      mode: quick.mode & 0o7777,
      uid: quick.uid,
      target: type === "symlink" ? readlinkSync(path) : null,
      writable: type !== "symlink" && isWritable(path, quick, euid, groups),
    };
  } catch {
    // Unreachable for us (EACCES, ELOOP, EIO …) is absent: what we cannot see we cannot give.
    return null;
  }
}

/** The permission bits decide where they can; only where another group's bit or an access list might matter the kernel is asked, as a refusal costs an exception. */
function isWritable(path: string, stat: { mode: number; uid: number; gid: number }, euid: number, groups: ReadonlySet<number>): boolean {
  if (euid === 0) return true;
  if (stat.uid === euid) return (stat.mode & 0o200) !== 0;
  if ((stat.mode & 0o022) === 0) return false;
  if ((stat.mode & 0o002) !== 0 && !groups.has(stat.gid)) return true;
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const TYPES: ReadonlyMap<number, PathFact["type"]> = new Map([
  [constants.S_IFDIR, "directory"],
  [constants.S_IFREG, "file"],
  [constants.S_IFLNK, "symlink"],
  [constants.S_IFCHR, "character"],
  [constants.S_IFBLK, "block"],
  [constants.S_IFSOCK, "socket"],
]);

/** A fifo is of no type that a plan mounts and counts as absent. */
function typeOf(mode: number): PathFact["type"] | null {
  return TYPES.get(mode & constants.S_IFMT) ?? null;
}

function readFolder(folder: string, looking: readonly string[], look: (path: string) => PathFact | null): readonly string[] | null {
  const walk = walkPath(folder, look);
  if (walk.end?.type !== "directory") return null;
  try {
    const names = readdirSync(walk.real).sort();
    for (const name of names) if (looking.some((start) => name.startsWith(start))) walkPath(walk.real === "/" ? `/${name}` : `${walk.real}/${name}`, look);
    return names;
  } catch {
    return null;
  }
}

function readText(path: string): Uint8Array | null {
  let fd = -1;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > TEXT_LIMIT) return null;
    // Files of proc and sys tell no size: read until the end, at most the limit.
    const buffer = Buffer.allocUnsafe(stat.size === 0 ? 65_536 : stat.size + 1);
    let length = 0;
    for (;;) {
      const count = readSync(fd, buffer, length, buffer.length - length, null);
      length += count;
      if (count === 0 || length === buffer.length) break;
    }
    return Uint8Array.prototype.slice.call(buffer, 0, length);
  } catch {
    return null;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** As sd_id128_get_machine_app_specific(3) does: keyed by the host's id, so an app cannot tell the host's id or another app's from its own. */
function deriveMachineId(appId: string): string | null {
  for (const path of ["/etc/machine-id", "/var/lib/dbus/machine-id"]) {
    try {
      const id = readFileSync(path, "latin1").trim();
      if (!/^[0-9a-f]{32}$/.test(id)) continue;
      const digest = createHmac("sha256", Buffer.from(id, "hex")).update(`tsbox machine-id ${appId}`).digest();
      // RFC 9562, section 4: marked as a version 4 UUID, as readers of machine-id(5) expect.
      digest[6] = ((digest[6] as number) & 0x0f) | 0x40;
      digest[8] = ((digest[8] as number) & 0x3f) | 0x80;
      return digest.subarray(0, 16).toString("hex");
    } catch {
      // The next place may have it.
    }
  }
  return null;
}

/** Names of /proc/net/unix that start with `@`, without it (proc(5)). */
function readAbstractSockets(): ReadonlySet<string> {
  const names = new Set<string>();
  try {
    for (const line of readFileSync("/proc/net/unix", "latin1").split("\n")) {
      const at = line.indexOf(" @");
      if (at >= 0) names.add(line.slice(at + 2));
    }
  } catch {
    // Without /proc/net/unix nothing is known to be taken; Landlock's scope and the own network namespace still hold.
  }
  return names;
}
