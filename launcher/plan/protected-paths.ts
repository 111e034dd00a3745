// The protected paths: what an app may never change, because something outside trusts it. Data with reasons.
import { isBelow } from "../host/walk.ts";
import { findSessionBus } from "./bus-address.ts";
import { allAppsFolder } from "./folders.ts";
import type { Guard } from "./guards.ts";
import type { RunInputs } from "./inputs.ts";

type Base = "home" | "data" | "config" | "cache" | "state";

interface ProtectedPath {
  readonly base: Base;
  readonly path: string;
  readonly cover: Guard["cover"];
  /** Own folders 0700; shared ones 0777, cut by the umask. Null: never made. */
  readonly mode: number | null;
  readonly readable: boolean;
  readonly reason: string;
}

const PROTECTED: readonly ProtectedPath[] = [
  { base: "data", path: "tsbox", cover: "hide", mode: 0o700, readable: false, reason: "manifests, overrides and images decide what sandboxes are" },
  { base: "config", path: "tsbox", cover: "hide", mode: 0o700, readable: false, reason: "tsbox's own settings" },
  { base: "state", path: "tsbox", cover: "hide", mode: 0o700, readable: false, reason: "what was accepted, history, the permission store" },
  { base: "cache", path: "tsbox", cover: "hide", mode: 0o700, readable: false, reason: "tsbox's own cache" },
  { base: "home", path: ".var/app", cover: "hide", mode: 0o700, readable: false, reason: "the data of other apps" },
  { base: "data", path: "flatpak", cover: "hide", mode: 0o777, readable: true, reason: "Flatpak's own apps and overrides decide what its sandboxes are" },
  { base: "data", path: "applications", cover: "read-only", mode: 0o777, readable: true, reason: "a desktop entry is started by a click, outside the sandbox" },
  { base: "data", path: "dbus-1", cover: "read-only", mode: 0o777, readable: true, reason: "a service file is started by the bus, outside the sandbox" },
  { base: "home", path: ".local/bin", cover: "read-only", mode: 0o777, readable: true, reason: "the shims of exported apps, first in the PATH of many" },
];

/** The folders that a table's base stands for: the caller's, and the default one too, which a session without the caller's variables uses. */
export function baseFolders(base: Base, { caller }: Pick<RunInputs, "caller">): readonly string[] {
  const { home } = caller;
  const [named, usual] = {
    home: [home, home],
    data: [caller.dataHome, `${home}/.local/share`],
    config: [caller.configHome, `${home}/.config`],
    cache: [caller.cacheHome, `${home}/.cache`],
    state: [caller.stateHome, `${home}/.local/state`],
  }[base] as [string, string];
  return named === usual ? [named] : [named, usual];
}

/** What the guards that are always there depend on. */
export type GuardInputs = Pick<RunInputs, "caller" | "request" | "installation">;

export function protectedGuards(inputs: GuardInputs): readonly Guard[] {
  const { caller, request } = inputs;
  const listed = PROTECTED.flatMap((entry) =>
    baseFolders(entry.base, inputs).map(
      (folder): Guard => ({
        path: entry.path === ".var/app" ? allAppsFolder(caller.home) : `${folder}/${entry.path}`,
        cover: entry.cover,
        strength: "protected",
        because: { reason: entry.reason, origin: null },
        make: entry.mode === null ? null : { kind: "directory", target: null, mode: entry.mode === 0o700 ? 0o700 : entry.mode & ~request.umask },
        readable: entry.readable,
      }),
    ),
  );
  return [
    ...listed,
    ...flatpakGuards(inputs),
    fallbackGuard(inputs),
    ...busGuards(inputs),
    ...socketGuards(inputs),
    ...programGuards(inputs),
    ...manifestGuards(inputs),
  ];
}

/** Manifests that others put on this machine are believed as they are. Where no grant can write, they may be read as ever. */
function manifestGuards({ caller, request }: GuardInputs): readonly Guard[] {
  const named = (request.environment.get("XDG_DATA_DIRS") ?? "").split(":").filter((path) => path.startsWith("/"));
  const folders = named.length > 0 ? named : ["/usr/local/share", "/usr/share"];
  return [...new Set(folders.map((path) => path.replace(/\/+$/, "")))].map((folder) => ({
    path: `${folder}/tsbox`,
    cover: "read-only",
    strength: "protected",
    because: { reason: "manifests decide what sandboxes are", origin: null },
    // Elsewhere it is not ours to make, nor in what Flatpak exports.
    make: isBelow(folder, caller.home) && !folder.endsWith("/exports/share") ? { kind: "directory", target: null, mode: 0o777 & ~request.umask } : null,
    readable: true,
  }));
}

/** Where a session without a runtime directory looks for its broker: whoever listens there is obeyed. */
function fallbackGuard({ caller }: GuardInputs): Guard {
  return {
    path: `/tmp/tsbox-${caller.uid}`,
    cover: "hide",
    strength: "protected",
    because: { reason: "the broker of sessions without a runtime directory", origin: null },
    make: { kind: "directory", target: null, mode: 0o700 },
    readable: false,
  };
}

/** Flatpak's folder of this user where its own variable puts it elsewhere: apps, runtimes and overrides in it are believed as they are. */
function flatpakGuards({ request }: GuardInputs): readonly Guard[] {
  const path = request.environment.get("FLATPAK_USER_DIR") ?? "";
  if (!path.startsWith("/") || path === "/") return [];
  const because = { reason: "Flatpak's own apps and overrides decide what its sandboxes are", origin: null };
  return [
    {
      path: path.replace(/\/+$/, ""),
      cover: "hide",
      strength: "protected",
      because,
      make: { kind: "directory", target: null, mode: 0o777 & ~request.umask },
      readable: true,
    },
  ];
}

/** A session bus outside the runtime directory (dbus-run-session puts it into /tmp) is past every filter. "denied": where it is not, nobody can plant one. */
function busGuards(inputs: GuardInputs): readonly Guard[] {
  const bus = findSessionBus(inputs);
  if (bus.kind !== "path") return [];
  const because = { reason: "the session bus, which is reached through the filter alone", origin: null };
  return [{ path: bus.path, cover: "hide", strength: "denied", because, make: null, readable: false }];
}

const EDITOR = "the editor runs the code that it is told to";
const TERMINALS = "its terminals run what is typed into them";

/**
 * Sockets of programs that run what they are told, where a granted folder may show them: read-only hinders nobody from connecting. "denied": a grant by its own name gives
 * one. tmux obeys who listens there as well, so its folder is made before an app can make it.
 */
function socketGuards({ caller, request }: GuardInputs): readonly Guard[] {
  const named = (name: string): string | null => {
    const value = request.environment.get(name) ?? "";
    return value.startsWith("/") ? value.replace(/\/+$/, "") : null;
  };
  const folder = { kind: "directory", target: null, mode: 0o700 } as const;
  const hidden = [
    { path: `${named("TMUX_TMPDIR") ?? "/tmp"}/tmux-${caller.uid}`, make: folder, reason: "tmux runs what is typed into it" },
    ...[`emacs${caller.uid}`, `nvim.${caller.userName}`, `kakoune-${caller.userName}`].map((name) => ({ path: `/tmp/${name}`, make: null, reason: EDITOR })),
    ...["/tmp/screens", "/tmp/uscreens", `${caller.home}/.screen`].map((path) => ({ path, make: null, reason: TERMINALS })),
    { path: `/tmp/zellij-${caller.uid}`, make: null, reason: TERMINALS },
    { path: "/tmp/.ICE-unix", make: null, reason: "the session manager starts at login what it is told to" },
    { path: named("SSH_AUTH_SOCK"), make: null, reason: "an agent signs for who asks it, which is sockets=ssh-auth" },
  ];
  return hidden.flatMap(({ path, make, reason }): Guard[] =>
    path === null ? [] : [{ path, cover: "hide", strength: "denied", because: { reason, origin: null }, make, readable: false }],
  );
}

/** The program itself by real path, since with npm's per-user prefix or nvm all of it lies in the home; and the names under which shells find it there. */
function programGuards({ caller, installation, request }: GuardInputs): readonly Guard[] {
  const guard = (path: string, strength: Guard["strength"]): Guard => ({
    path,
    cover: "read-only",
    strength,
    because: { reason: "the program that builds every sandbox", origin: null },
    make: null,
    readable: true,
  });
  const real = [installation.folder, installation.binary, installation.node].map((path) => guard(path, "protected"));
  const folders = (request.environment.get("PATH") ?? "").split(":").filter((folder) => isBelow(folder, caller.home));
  // "denied": a name that is not there is no name to hold.
  return [...real, ...folders.flatMap((folder) => ["tsbox", "node"].map((name) => guard(`${folder}/${name}`, "denied")))];
}
