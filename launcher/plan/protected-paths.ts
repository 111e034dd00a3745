// The protected paths: what an app may never change, because something outside trusts it. Data with reasons.
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

/** Resolves a table's base to the caller's folder. */
export function baseFolder(base: Base, { caller }: Pick<RunInputs, "caller">): string {
  return { home: caller.home, data: caller.dataHome, config: caller.configHome, cache: caller.cacheHome, state: caller.stateHome }[base];
}

export function protectedGuards(inputs: RunInputs): readonly Guard[] {
  const { caller, installation, request } = inputs;
  const listed = PROTECTED.map(
    (entry): Guard => ({
      path: entry.path === ".var/app" ? allAppsFolder(caller.home) : `${baseFolder(entry.base, inputs)}/${entry.path}`,
      cover: entry.cover,
      strength: "protected",
      because: { reason: entry.reason, origin: null },
      make: entry.mode === null ? null : { kind: "directory", target: null, mode: entry.mode === 0o700 ? 0o700 : entry.mode & ~request.umask },
      readable: entry.readable,
    }),
  );
  // The program itself by real path: with npm's per-user prefix or nvm all of it lies in the home.
  const own = [installation.folder, installation.binary, installation.node].map(
    (path): Guard => ({
      path,
      cover: "read-only",
      strength: "protected",
      because: { reason: "the program that builds every sandbox", origin: null },
      make: null,
      readable: true,
    }),
  );
  return [...listed, ...own];
}
