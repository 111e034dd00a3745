// What files and folders of the host say: texts, names, the machine id, the names of abstract sockets.
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { hmacSha256 } from "./hmac-sha256.ts";

/** Longer texts are of no kind that a plan reads (the largest, a group file of a big site, stays below). */
const TEXT_LIMIT = 1024 * 1024;

/** Names in byte order; null where the folder is absent or unreadable. */
export function readNames(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder).sort();
  } catch {
    return null;
  }
}

/** Null for what is no regular file, cannot be read, or is too long. */
export function readText(path: string): Uint8Array | null {
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

/** The first that holds an id counts. */
export const MACHINE_ID_FILES = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/** As sd_id128_get_machine_app_specific(3) does: keyed by the host's id, so an app cannot tell the host's id or another app's from its own. */
export function deriveMachineId(appId: string): string | null {
  for (const path of MACHINE_ID_FILES) {
    try {
      const id = readFileSync(path, "latin1").trim();
      if (!/^[0-9a-f]{32}$/.test(id)) continue;
      const digest = Buffer.from(hmacSha256(Buffer.from(id, "hex"), Buffer.from(`tsbox machine-id ${appId}`)));
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
export function readAbstractSockets(): ReadonlySet<string> {
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
