// What a place of the host means in the hands of an app: risk and sentence by location and mode. Data and one pure look-up.
import type { Risk } from "./kind.ts";
import { LOGIN_PLACES } from "../plan/login-set.ts";
import type { FilesystemMode } from "./permissions.ts";

export interface PlaceMeaning {
  readonly risk: Risk;
  readonly key: string;
}

interface Row {
  /** The location itself and all below it. */
  readonly location: string;
  /** Only the location itself. */
  readonly alone?: true;
  readonly read: PlaceMeaning;
  /** The same where missing. */
  readonly write?: PlaceMeaning;
}

function at(risk: Risk, name: string): PlaceMeaning {
  return { risk, key: `permissions.place-${name}` };
}

/** The first row that fits counts. */
const ROWS: readonly Row[] = [
  { location: "home-all", alone: true, read: at("escape", "home-all") },
  { location: "home", alone: true, read: at("high", "home-read"), write: at("high", "home") },
  { location: "host", alone: true, read: at("high", "host-read"), write: at("high", "host") },
  { location: "host-root", alone: true, read: at("high", "host-root-read"), write: at("high", "host-root") },
  { location: "host-os", read: at("low", "host-os") },
  { location: "host-etc", read: at("low", "host-etc") },
  { location: "/run/docker.sock", read: at("escape", "service-socket") },
  { location: "/var/run/docker.sock", read: at("escape", "service-socket") },
  { location: "xdg-run/docker.sock", read: at("escape", "service-socket") },
  { location: "xdg-run/podman", read: at("escape", "service-socket") },
  ...["emacs", "hypr", "i3"].map((name): Row => ({ location: `xdg-run/${name}`, read: at("escape", "command-socket") })),
  { location: "/run/podman", read: at("escape", "service-socket") },
  { location: "xdg-run/pipewire-0", read: at("medium", "pipewire-filtered") },
  { location: "xdg-run/pipewire-0-manager", read: at("escape", "pipewire") },
  { location: "/run/pipewire", read: at("escape", "pipewire") },
  { location: "/var/lib/flatpak", read: at("low", "programs-read"), write: at("escape", "programs") },
  { location: "xdg-data/flatpak", read: at("low", "programs-read"), write: at("escape", "programs") },
  { location: "~/.local/share/flatpak", read: at("low", "programs-read"), write: at("escape", "programs") },
  { location: "~/.ssh", read: at("high", "keys") },
  { location: "~/.gnupg", read: at("high", "keys") },
  { location: "~/.password-store", read: at("high", "keys") },
  { location: "xdg-data/keyrings", read: at("high", "keys") },
  { location: "~/.var/app", read: at("high", "app-data") },
  { location: "~/.local/bin", read: at("low", "programs-read"), write: at("escape", "programs") },
  { location: "xdg-config/autostart", read: at("low", "programs-read"), write: at("escape", "programs") },
  { location: "xdg-data/applications", read: at("low", "programs-read"), write: at("escape", "programs") },
  { location: "xdg-config/systemd", read: at("low", "programs-read"), write: at("escape", "programs") },
  { location: "~/.config", alone: true, read: at("high", "all-settings-read"), write: at("high", "all-settings") },
  { location: "xdg-config", alone: true, read: at("high", "all-settings-read"), write: at("high", "all-settings") },
  { location: "~/.local", alone: true, read: at("high", "all-data-read"), write: at("high", "all-data") },
  { location: "~/.local/share", alone: true, read: at("high", "all-data-read"), write: at("high", "all-data") },
  { location: "xdg-data", alone: true, read: at("high", "all-data-read"), write: at("high", "all-data") },
  { location: "xdg-cache", alone: true, read: at("medium", "all-caches") },
  { location: "xdg-config", read: at("medium", "settings-read"), write: at("medium", "settings") },
  { location: "xdg-data", read: at("medium", "data-read"), write: at("medium", "data") },
  { location: "xdg-cache", read: at("medium", "caches") },
  { location: "xdg-run", read: at("medium", "run") },
  { location: "/home", alone: true, read: at("high", "home-read"), write: at("high", "home") },
  { location: "/etc", read: at("low", "host-etc") },
  { location: "/usr", read: at("low", "host-os") },
  { location: "/tmp", alone: true, read: at("medium", "tmp") },
  { location: "/var/tmp", alone: true, read: at("medium", "tmp") },
  { location: "/run", read: at("high", "service-sockets") },
  { location: "/var/run", read: at("high", "service-sockets") },
  { location: "/media", read: at("medium", "drives-read"), write: at("medium", "drives") },
  { location: "/run/media", read: at("medium", "drives-read"), write: at("medium", "drives") },
  { location: "/mnt", read: at("medium", "drives-read"), write: at("medium", "drives") },
  { location: "/dev", read: at("medium", "device") },
  { location: "/sys", read: at("low", "machine") },
  { location: "/proc", read: at("low", "machine") },
];

const DENIED: PlaceMeaning = at("none", "hidden");
const PROGRAMS: PlaceMeaning = at("escape", "programs");

/** Other spellings of places that rows speak of. Whose home a path names is not known here; nobody but its owner can give it. */
const SPELLINGS: readonly (readonly [spelling: RegExp, word: string])[] = [
  [/^\/(?:(?:var\/)?home\/[^/]+|root)$/, "home"],
  [/^\/(?:(?:var\/)?home\/[^/]+|root)\//, "~/"],
  [/^\/(?:var\/)?run\/user\/[0-9]+\//, "xdg-run/"],
  [/^~\/\.config\//, "xdg-config/"],
  [/^~\/\.local\/share\//, "xdg-data/"],
  [/^~\/\.cache\//, "xdg-cache/"],
];

function inWords(location: string): string {
  return SPELLINGS.reduce((word, [spelling, plain]) => word.replace(spelling, plain), location);
}

const RUN_BY_THEMSELVES: readonly string[] = LOGIN_PLACES.map(({ base, path }) => `${{ home: "~", config: "xdg-config", data: "xdg-data" }[base]}/${path}`);

/** What a writable grant of such a place, by its own name, opens: a grant around it leaves it read-only. */
function isRunByItself(location: string): boolean {
  return RUN_BY_THEMSELVES.some((place) => location === place || location.startsWith(`${place}/`));
}

export function placeMeaning(raw: string, mode: FilesystemMode): PlaceMeaning {
  if (mode === "none") return DENIED;
  const location = inWords(raw);
  const meaning = byRows(location, mode);
  if (mode === "ro" || meaning.risk === "escape" || !isRunByItself(location)) return meaning;
  // Keys are more to tell of than that they can be changed.
  return meaning.risk === "high" ? { ...meaning, risk: "escape" } : PROGRAMS;
}

function byRows(location: string, mode: FilesystemMode): PlaceMeaning {
  const fitting = ROWS.filter((row) => location === row.location || (row.alone !== true && location.startsWith(`${row.location}/`)));
  // `/run/media` is more exact than `/run`.
  const row = fitting.sort((one, other) => other.location.length - one.location.length)[0];
  if (row !== undefined) return mode === "ro" ? row.read : (row.write ?? row.read);
  return mode === "ro" ? at("medium", "folder-read") : at("medium", "folder");
}
