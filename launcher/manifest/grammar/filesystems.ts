// `filesystems=`: places of the host, and `!host:reset`, which forgets those of the lower layers.
import type { EntryOf, PermissionEntry } from "../../permissions/entries.ts";
import type { FilesystemMode, FilesystemPermission } from "../../permissions/permissions.ts";
import {
  HOME_ALL,
  HOST_LOCATIONS,
  limitReaches,
  locationCovers,
  type ParsedFilesystem,
  parseFilesystem,
  parseFilesystemItem,
  renderFilesystem,
  slotOf,
  XDG_LOCATIONS,
} from "../filesystem-location.ts";
import type { Keyfile, KeyfileEntry } from "../keyfile.ts";
import { replaceItems } from "../keyfile-lists.ts";
import { nearestWord } from "../nearest.ts";
import type { LayerName, Origin, Problem, Result } from "../origin.ts";
import { errorAt, failure, noticeAt, settle } from "../problem.ts";
import { renderBind } from "./bind.ts";
import type { Draft } from "./draft.ts";
import { type Cut, type EntryGrammar, optionOrigin, type PermissionOption, type Reading } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

const GROUP = "Context";
const KEY = "filesystems";
const RESET_ITEM = "!host:reset";
const PLACES: readonly string[] = [...HOST_LOCATIONS, "home", ...XDG_LOCATIONS, "xdg-run"];

export const filesystem: EntryGrammar<"filesystem"> = {
  kind: "filesystem",
  keys: [
    {
      group: GROUP,
      key: KEY,
      form: "list",
      words:
        "files and folders that the app gets: a place of these with an optional `/PATH` behind it, `~/PATH` or `/PATH`, then `:ro`, `:rw` (the standard) or `:create`; `!PLACE` denies one, `!host:reset` forgets those of lower layers",
      choices: PLACES,
      pattern: `^!?(?:[~/]|(?:${PLACES.join("|")})(?:[/:]|$))`,
      read: readFilesystems,
    },
  ],
  options: [
    option("--filesystem", "give the app the file or folder; MODE is ro, rw or create", false),
    option("--nofilesystem", "do not give the app the file or folder", true),
  ],
  subject: (entry) => `${KEY}=${slotOf(entry.location)}`,
  render: (entry) => `${KEY}=${renderFilesystem(entry.location, entry.mode)}`,
  denies: (entry) => entry.mode === "none",
  // Not a place above it: to name a place lifts what guards it there, its words may lead elsewhere (user-dirs.dirs, links), and a denial may know it by others.
  isWithin: (older, { location, mode }) =>
    older.some((one) => slotOf(one.location) === slotOf(location) && RANK[one.mode] >= RANK[mode] && (location !== HOME_ALL || one.location === HOME_ALL)),
  // A place that is only read would become writable with the one around it.
  narrows: (entry, newer) =>
    entry.mode === "none" || (entry.mode === "ro" && newer.some((one) => RANK[one.mode] > RANK.ro && mayHold(one.location, entry.location))),
  merge: (draft, { location, mode, origin }) => {
    draft.filesystems.delete(slotOf(location));
    draft.filesystems.set(slotOf(location), { location, mode, origin });
  },
  cut: (draft, entry, resolve) => {
    const cuts: Cut[] = [];
    for (const [slot, granted] of draft.filesystems) {
      if (granted.mode === "none" || !limitReaches(entry.location, granted.location, resolve)) continue;
      cuts.push(cutOf(granted, entry.origin));
      draft.filesystems.set(slot, { location: granted.location === "home-all" ? "home" : granted.location, mode: "none", origin: entry.origin });
    }
    draft.filesystems.set(slotOf(entry.location), { location: entry.location, mode: "none", origin: entry.origin });
    return [...cuts, ...cutBinds(draft, entry.origin, (from) => limitReaches(entry.location, from, resolve))];
  },
  remaining: (permissions, entry) =>
    [...permissions.filesystems.values()].flatMap((other) => {
      const reaches = locationCovers(entry.location, other.location) || locationCovers(other.location, entry.location) || other.location.startsWith("host");
      return other.mode !== "none" && reaches ? [`${KEY}=${slotOf(other.location)}`] : [];
    }),
  edit: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, isAbout(entry.location), [renderFilesystem(entry.location, entry.mode)]),
  erase: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, isAbout(entry.location), []),
};

export const hostReset: EntryGrammar<"host-reset"> = {
  kind: "host-reset",
  keys: [],
  options: [],
  subject: () => `${KEY}=host-reset`,
  render: () => `${KEY}=${RESET_ITEM}`,
  denies: () => true,
  mergesFirst: () => true,
  merge: (draft) => draft.filesystems.clear(),
  cut: (draft, entry) => {
    const cuts = [...draft.filesystems.values()].filter((granted) => granted.mode !== "none").map((granted) => cutOf(granted, entry.origin));
    draft.filesystems.clear();
    return [...cuts, ...cutBinds(draft, entry.origin, () => true)];
  },
  // Merged over an override it forgets what that override grants itself, as it would for any lower layer.
  edit: (keyfile) => replaceItems(keyfile, GROUP, KEY, () => true, [RESET_ITEM]),
  erase: eraseReset,
};

const RANK: Readonly<Record<FilesystemMode, number>> = { none: 0, ro: 1, rw: 2, create: 2 };

/** Whether `outer` could hold `inner`: by paths where both are written alike, else as nobody can rule it out. */
function mayHold(outer: string, inner: string): boolean {
  if (inner.startsWith("host")) return false;
  const isAlike = ["~/", "/"].some((start) => outer.startsWith(start) && inner.startsWith(start)) || (inner === "home" && outer.startsWith("~/"));
  return isAlike ? locationCovers(outer, inner) : true;
}

/** Another name inside gives the same place. */
function cutBinds({ binds }: Draft, limit: Origin, isLimited: (from: string) => boolean): readonly Cut[] {
  return [...binds].flatMap(([to, wanted]) => {
    if (!isLimited(wanted.from)) return [];
    binds.delete(to);
    return [{ granted: `bind=${renderBind(wanted)}`, wanted: wanted.origin, limit }];
  });
}

function cutOf(granted: FilesystemPermission, limit: Origin): Cut {
  return { granted: `${KEY}=${renderFilesystem(granted.location, granted.mode)}`, wanted: granted.origin, limit };
}

function eraseReset(keyfile: Keyfile): Keyfile {
  return replaceItems(keyfile, GROUP, KEY, (value) => parseFilesystemItem(value).kind === "host-reset", []);
}

function isAbout(location: string): (value: string) => boolean {
  return (value) => {
    const parsed = parseFilesystemItem(value);
    return parsed.kind === "location" && slotOf(parsed.location) === slotOf(location);
  };
}

function readFilesystems(entry: KeyfileEntry, reading: Reading): void {
  readItems(entry, reading, (value, origin) => {
    const denied = value.startsWith("!");
    const parsed = parseFilesystemItem(value);
    // Flatpak skips an item that it does not understand; a grant that is not given does no harm, a denial that is not held does.
    const isFatal = denied || (parsed.kind === "refused" && parsed.key === "manifest.filesystem-character");
    for (const problem of problemsOf(parsed, origin, isFatal)) reading.report(problem);
    for (const one of entriesOf(parsed, origin)) reading.add(one);
  });
}

function option(flag: `--${string}`, words: string, denied: boolean): PermissionOption {
  const parse = (raw: string, layer: LayerName): Result<readonly PermissionEntry[]> => {
    const origin = optionOrigin(flag, raw, layer);
    const parsed = parseFilesystem(raw, denied);
    const problems = problemsOf(parsed, origin, true).map((problem) => ({ ...problem, values: { ...problem.values, value: origin.text } }));
    return parsed.kind === "refused" ? failure(...problems) : settle(entriesOf(parsed, origin), problems);
  };
  return { flag, argument: denied ? "PLACE" : "PLACE[:MODE]", words, choices: PLACES, parse };
}

function problemsOf(parsed: ParsedFilesystem, origin: Origin, isFatal: boolean): readonly Problem[] {
  if (parsed.kind === "host-reset") return [];
  if (parsed.kind === "location") {
    if (parsed.ignoredSuffix === null) return [];
    const key = parsed.mode === "none" ? "manifest.filesystem-suffix-denied" : "manifest.filesystem-suffix";
    return [noticeAt(origin, key, { suffix: parsed.ignoredSuffix, location: parsed.location })];
  }
  const nearest = parsed.key === "manifest.filesystem-unknown" ? nearestPlace(parsed.values["value"] ?? "") : null;
  const key = nearest === null ? parsed.key : `${parsed.key}-nearest`;
  const values = { ...parsed.values, nearest: nearest ?? "" };
  return [isFatal ? errorAt(origin, key, values) : noticeAt(origin, `${key}-passed`, values)];
}

function nearestPlace(value: string): string | null {
  const [place = "", ...rest] = value.split("/");
  const nearest = nearestWord(place, PLACES);
  return nearest === null || nearest === place ? null : [nearest, ...rest].join("/");
}

function entriesOf(parsed: ParsedFilesystem, origin: Origin): readonly (EntryOf<"filesystem"> | EntryOf<"host-reset">)[] {
  if (parsed.kind === "location") return [{ kind: "filesystem", location: parsed.location, mode: parsed.mode, origin }];
  if (parsed.kind === "host-reset")
    return [
      { kind: "host-reset", origin },
      { kind: "filesystem", location: "host", mode: "none", origin },
    ];
  return [];
}
