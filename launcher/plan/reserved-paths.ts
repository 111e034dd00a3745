// Places that no grant may cover, because the sandbox's own things lie there or because they lead out of it. Data with reasons.
import { isBelow } from "../host/walk.ts";

/** Refused when a grant is the place, lies in it, or contains it (Flatpak's rule; the last ones are ours). */
const CLOSED: readonly string[] = [
  "/.flatpak-info",
  "/app",
  "/dev",
  "/etc",
  "/proc",
  "/run/dbus",
  "/run/flatpak",
  "/run/host",
  "/run/pipewire",
  "/run/tsbox",
  "/usr",
  "/sys",
  "/tmp/.X11-unix",
];
/** Refused when a grant is the place or lies in it. */
const SYSTEM: readonly string[] = ["/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin"];
/** In the runtime directory: each leads to a service of the session, past every filter. */
const PRIVATE_IN_RUNTIME: readonly string[] = [
  "tsbox",
  ".flatpak",
  ".flatpak-helper",
  ".dbus-proxy",
  "bus",
  "systemd",
  "doc",
  "dbus-1",
  "at-spi",
  "pulse",
  "gnupg",
  "keyring",
];
/** Parts of /usr that are not the distribution's programs: covered unless named by a grant, and then given read-only. */
export const EXTRA_IN_USR: readonly { readonly path: string; readonly reason: string }[] = [
  { path: "/usr/local", reason: "programs of this machine's administrator, given only where a manifest names them" },
  { path: "/usr/src", reason: "no program needs it to run" },
  { path: "/usr/lib/debug", reason: "no program needs it to run" },
];

/** The reserved place that a grant of the real path `path` would touch, or null. `runtimes`: the real runtime directories that this user may have. */
export function reservedBy(path: string, runtimes: readonly string[]): string | null {
  for (const closed of CLOSED) {
    if (isBelow(path, closed)) return EXTRA_IN_USR.some((extra) => isBelow(path, extra.path)) ? null : closed;
    if (isBelow(closed, path) && !(closed === "/tmp/.X11-unix" && path === "/tmp")) return closed;
  }
  for (const folder of SYSTEM) if (isBelow(path, folder)) return folder;
  for (const runtime of runtimes) {
    if (isBelow(runtime, path)) return runtime;
    // A grant of PipeWire's socket by its name is the filesystem kind's; this is for links that lead there.
    if (path.startsWith(`${runtime}/pipewire-`)) return path;
    for (const name of PRIVATE_IN_RUNTIME) if (isBelow(path, `${runtime}/${name}`)) return `${runtime}/${name}`;
  }
  return null;
}

/** Links that the sandbox's own tree has in any case, or whose targets it has: a grant that leads through one needs no other. */
export function isLinkOfTheSandbox(path: string): boolean {
  return path === "/var/run" || [...SYSTEM, "/usr", "/etc"].some((folder) => isBelow(path, folder));
}

/** Where the whole host tree is repeated, these are left out. */
export const LEFT_OUT_OF_HOST_ROOT: readonly { readonly path: string; readonly reason: string }[] = [
  { path: "/run", reason: "sockets of services" },
  { path: "/proc", reason: "processes outside" },
  { path: "/sys", reason: "the machine's devices" },
  { path: "/dev", reason: "device nodes" },
  { path: "/tmp/.X11-unix", reason: "sockets of X servers" },
];
