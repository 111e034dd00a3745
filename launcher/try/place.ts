// One folder of the host or of a layer, held by its descriptor: what is there, and what is put there. INVARIANT: no link is followed, and nothing is reached but what
// lies in the folder itself; of what an app left only content, names, attributes in `user.` and the usual nine bits of the mode arrive.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  type BigIntStats,
  constants,
  fchmodSync,
  fstatSync,
  futimesSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  readSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import type { Addon } from "../../native/addon.ts";
import { removeTree } from "../../portals/kept.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const O_PATH = 0o10000000; // asm-generic/fcntl.h; not among node's constants
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const NO_LINKS = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
const AT_REMOVEDIR = 0x200;
const USUAL_BITS = 0o777;
/** From here on the host's cp copies: it knows holes and shared blocks. */
const LARGE_BYTES = 1 << 20;
const MAX_DEPTH = 64;

export class Place {
  readonly #addon: Addon;
  readonly #fd: number;

  private constructor(addon: Addon, fd: number) {
    this.#addon = addon;
    this.#fd = fd;
  }

  /** By absolute path; null where another folder lies there than was meant. */
  static root(addon: Addon, path: string, dev: string, ino: string): Place | null {
    let fd: number;
    try {
      fd = addon.openat2(-1, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, NO_LINKS);
    } catch {
      return null;
    }
    const found = addon.fstat(fd);
    if (String(found.dev) === dev && String(found.ino) === ino) return new Place(addon, fd);
    addon.close(fd);
    return null;
  }

  /** The top of a layer, which no app has as a path. */
  static layer(addon: Addon, path: string): Place {
    return new Place(addon, addon.openat2(-1, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, NO_LINKS));
  }

  close(): void {
    this.#addon.close(this.#fd);
  }

  stat(name: string): BigIntStats | undefined {
    return lstatSync(this.#way(name), { bigint: true, throwIfNoEntry: false });
  }

  names(): readonly string[] {
    return readdirSync(`/proc/self/fd/${this.#fd}`);
  }

  /** As they are: an app's need not be UTF-8. */
  rawNames(): readonly Buffer[] {
    return readdirSync(`/proc/self/fd/${this.#fd}`, { encoding: "buffer" });
  }

  /** Of what lies there, or of the folder itself (`.`). */
  attribute(name: string, attribute: string): string | undefined {
    const value = this.#addon.extendedAttribute(this.#way(name), attribute);
    return value === undefined ? undefined : Buffer.from(value).toString("latin1");
  }

  folder(name: string): Place {
    const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
    return new Place(this.#addon, this.#addon.openat2(this.#fd, name, flags, 0, RESOLVE_BENEATH | NO_LINKS));
  }

  /** Closed to others until its content is there. */
  makeFolder(name: string): void {
    this.#addon.mkdirat(this.#fd, name, 0o700);
  }

  /** `name` must be a folder that was made here; `from` is what it was made after. */
  finishFolder(from: Place, name: string, mode: bigint): void {
    const fd = this.#addon.openat2(this.#fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_BENEATH | NO_LINKS);
    try {
      this.#addon.copyAttributes(from.#fd, fd);
      fchmodSync(fd, Number(mode) & USUAL_BITS);
    } finally {
      this.#addon.close(fd);
    }
  }

  /** A copy of the file of that name in `from`, put in its place at once. `isNew`: fails where somebody has made one meanwhile. */
  putFile(from: Place, name: string, isNew: boolean): void {
    const source = this.#addon.openat2(from.#fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, RESOLVE_BENEATH | NO_LINKS);
    const young = youngName();
    try {
      const seen = fstatSync(source);
      if (!seen.isFile()) throw new Error("it is no file any more");
      const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
      const target = this.#addon.openat2(this.#fd, young, flags, 0o600, RESOLVE_BENEATH | NO_LINKS);
      try {
        copyContent(source, target, seen.size);
        this.#addon.copyAttributes(source, target);
        futimesSync(target, seen.atime, seen.mtime);
        fchmodSync(target, seen.mode & USUAL_BITS);
      } finally {
        this.#addon.close(target);
      }
      this.#settle(young, name, isNew);
    } finally {
      this.#addon.close(source);
    }
  }

  /** A link with the same words; where they lead is nobody's business here. */
  putLink(from: Place, name: string, isNew: boolean): void {
    const young = youngName();
    symlinkSync(readlinkSync(from.#way(name), { encoding: "buffer" }), this.#way(young));
    this.#settle(young, name, isNew);
  }

  unlink(name: string): void {
    this.#addon.unlinkat(this.#fd, name, 0);
  }

  removeEmpty(name: string): void {
    this.#addon.unlinkat(this.#fd, name, AT_REMOVEDIR);
  }

  remove(name: string): void {
    removeTree(this.#addon, this.#fd, name);
  }

  /** Whether it, or anything in it, was changed at `since` or later; what is too deep to be looked at counts as changed. */
  hasChanged(name: string, since: bigint, depth = 0): boolean {
    const found = this.stat(name);
    if (found === undefined) return false;
    if (found.ctimeNs >= since || depth > MAX_DEPTH) return true;
    if (!found.isDirectory()) return false;
    const folder = this.folder(name);
    try {
      return folder.names().some((entry) => folder.hasChanged(entry, since, depth + 1));
    } finally {
      folder.close();
    }
  }

  #settle(young: string, name: string, isNew: boolean): void {
    try {
      this.#addon.renameat(this.#fd, young, this.#fd, name, isNew);
    } catch (error) {
      this.unlink(young);
      throw error;
    }
  }

  #way(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }
}

function youngName(): string {
  return `.tsbox-try-${randomBytes(8).toString("hex")}`;
}

function copyContent(source: number, target: number, size: number): void {
  if (size >= LARGE_BYTES) {
    const ran = spawnSync("/usr/bin/cp", ["--reflink=auto", "--sparse=auto", "--", "/proc/self/fd/3", "/proc/self/fd/4"], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin" },
      stdio: ["ignore", "ignore", "pipe", source, target],
    });
    if (ran.status !== 0) throw new Error(ran.error?.message ?? ran.stderr.trim().split("\n").at(-1) ?? "");
    return;
  }
  const bytes = Buffer.alloc(LARGE_BYTES);
  for (let count = readSync(source, bytes); count > 0; count = readSync(source, bytes)) {
    for (let done = 0; done < count; ) done += writeSync(target, bytes, done, count - done);
  }
}
