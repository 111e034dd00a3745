// Reads, normalises and writes one item of `filesystems=`: LOCATION[:MODE]. Flatpak's grammar, with one word of our own: `home:rw-all`.

import type { FilesystemMode } from "../permissions/permissions.ts";

/** Locations that stand for a set of places, not for one path. */
export const HOST_LOCATIONS = ["host", "host-os", "host-etc", "host-root"] as const;
/** Folders of user-dirs.dirs and of the base directory specification. */
export const XDG_LOCATIONS = [
  "xdg-desktop",
  "xdg-documents",
  "xdg-download",
  "xdg-music",
  "xdg-pictures",
  "xdg-public-share",
  "xdg-templates",
  "xdg-videos",
  "xdg-data",
  "xdg-cache",
  "xdg-config",
] as const;
/** `home:rw-all`: Flatpak's meaning of a writable `home`, login set included. A location of its own here; on disk it stays a mode of `home`, which Flatpak reads as `home`. */
export const HOME_ALL = "home-all";

export type ParsedFilesystem =
  | { readonly kind: "location"; readonly location: string; readonly mode: FilesystemMode; readonly ignoredSuffix: string | null }
  /** `!host:reset`: forget what lower layers granted. */
  | { readonly kind: "host-reset" }
  /** `key` names the message; the values are ready. */
  | { readonly kind: "refused"; readonly key: string; readonly values: Readonly<Record<string, string>> };

const MODES: ReadonlyMap<string, FilesystemMode> = new Map([
  ["", "rw"],
  ["rw", "rw"],
  ["ro", "ro"],
  ["create", "create"],
]);

/** An item of a list in a file: a `!` in front denies. */
export function parseFilesystemItem(raw: string): ParsedFilesystem {
  return raw.startsWith("!") ? parseFilesystem(raw.slice(1), true) : parseFilesystem(raw, false);
}

/** LOCATION[:MODE], granted or denied. In LOCATION `\:` is a colon and `\\` a backslash. */
export function parseFilesystem(raw: string, denied: boolean): ParsedFilesystem {
  const unprintable = firstUnprintable(raw);
  if (unprintable !== null) return refused("filesystem-character", { value: raw, character: unprintable });
  const { path, suffix } = splitSuffix(raw);
  if (suffix === "reset" || path === "host-reset") return parseReset(path, suffix, denied);
  const normal = normalise(path);
  if (typeof normal !== "string") return normal;
  const location = knownLocation(normal);
  if (location === null) return refused("filesystem-unknown", { value: path });
  if (denied) return { kind: "location", location, mode: "none", ignoredSuffix: suffix === "" ? null : suffix };
  if (location === "home" && suffix === "rw-all") return { kind: "location", location: HOME_ALL, mode: "rw", ignoredSuffix: null };
  const mode = MODES.get(suffix);
  return { kind: "location", location, mode: mode ?? "rw", ignoredSuffix: mode === undefined ? suffix : null };
}

/** The item as Flatpak writes it. */
export function renderFilesystem(location: string, mode: FilesystemMode): string {
  if (location === HOME_ALL) return mode === "none" ? "!home" : "home:rw-all";
  const escaped = location.replace(/[\\:]/g, (character) => `\\${character}`);
  return mode === "none" ? `!${escaped}` : mode === "rw" ? escaped : `${escaped}:${mode}`;
}

/** Two locations of one slot replace each other: `home` and `home:rw-all` are one permission in two strengths. */
export function slotOf(location: string): string {
  return location === HOME_ALL ? "home" : location;
}

/**
 * Whether all of `inner` lies within `outer`, as far as words can tell: the same location, or a path below it. `home` holds `~/…` and the folders of
 * user-dirs.dirs and of the base directories, which lie there unless someone moved them. `host` is a set of places: only itself and `host-root`.
 */
export function locationCovers(outer: string, inner: string): boolean {
  if (slotOf(outer) === slotOf(inner)) return true;
  if (outer === "host") return inner === "host-root";
  if (slotOf(outer) === "home") return inner.startsWith("~/") || (inner.startsWith("xdg-") && !inner.startsWith("xdg-run/"));
  return inner.startsWith(`${outer}/`);
}

/** Words that hold a place which has no single path to cover: where one of these is denied by a limit, the wider word cannot stay. */
const WIDER_PLACES: Readonly<Record<string, readonly string[]>> = {
  home: ["host", "host-root"],
  "host-os": ["host", "host-root"],
  "host-etc": ["host", "host-root"],
  host: ["host-root"],
};

/** The absolute path of a location for one caller (`home` too), or null where it has none or nobody knows. */
export type ResolvePlace = (location: string) => string | null;

/**
 * Whether a limit on `limit` takes `granted` away: it lies within by its words or by its path, or it holds the limited place in a way that cannot be covered.
 * A path below a grant is not a reason: the denial stays in the result, and the plan covers it.
 */
export function limitReaches(limit: string, granted: string, resolve: ResolvePlace): boolean {
  if (locationCovers(limit, granted) || WIDER_PLACES[slotOf(limit)]?.includes(granted)) return true;
  const limitPath = resolve(slotOf(limit));
  const grantedPath = resolve(slotOf(granted));
  if (limitPath === null || grantedPath === null) return false;
  return isWithin(grantedPath, limitPath) || (slotOf(limit) === "home" && isWithin(limitPath, grantedPath));
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer === "/" ? outer : `${outer}/`);
}

function refused(key: string, values: Readonly<Record<string, string>>): ParsedFilesystem {
  return { kind: "refused", key: `manifest.${key}`, values };
}

function parseReset(path: string, suffix: string, denied: boolean): ParsedFilesystem {
  if (path === "host-reset" && suffix !== "") return refused("filesystem-reset-suffix", { value: `${path}:${suffix}` });
  if (!denied) return refused("filesystem-reset-granted", { value: path === "host-reset" ? path : `${path}:${suffix}` });
  if (path !== "host" && path !== "host-reset") return refused("filesystem-reset-place", { value: `${path}:${suffix}` });
  return { kind: "host-reset" };
}

/** Splits at the first colon without a backslash in front; undoes the escapes of what comes before. */
function splitSuffix(raw: string): { readonly path: string; readonly suffix: string } {
  let path = "";
  for (let index = 0; index < raw.length; index += 1) {
    const character = raw[index] as string;
    if (character === ":") return { path, suffix: raw.slice(index + 1) };
    if (character === "\\" && index + 1 < raw.length) index += 1;
    path += raw[index];
  }
  return { path, suffix: "" };
}

/** Without `//`, `/./` and a slash at the end. `..` is refused: it would name another place than it says. */
function normalise(path: string): string | ParsedFilesystem {
  if (path.split("/").slice(1).includes("..")) return refused("filesystem-dots", { value: path });
  const isAbsolute = path.startsWith("/");
  const [first = "", ...rest] = path.split("/");
  const kept = rest.filter((component) => component !== "" && component !== ".");
  if (isAbsolute) return kept.length === 0 ? refused("filesystem-root", {}) : `/${kept.join("/")}`;
  return [first, ...kept].join("/");
}

/** The location in its one spelling, or null where Flatpak knows no such place. */
function knownLocation(path: string): string | null {
  if (path === "~" || path === "home") return "home";
  if (path.startsWith("/") || path.startsWith("~/")) return path;
  if (path.startsWith("home/")) return `~/${path.slice("home/".length)}`;
  if ((HOST_LOCATIONS as readonly string[]).includes(path)) return path;
  const [place = ""] = path.split("/", 1);
  if (place === "xdg-run") return path.length > "xdg-run/".length ? path : null;
  return (XDG_LOCATIONS as readonly string[]).includes(place) ? path : null;
}

/** The first character that is neither graphical nor a plain space, written as a code; or null. Paths with such characters are refused everywhere. */
export function firstUnprintable(raw: string): string | null {
  for (const character of raw) {
    if (character !== " " && /[\p{C}\p{Z}]/u.test(character)) return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return null;
}
