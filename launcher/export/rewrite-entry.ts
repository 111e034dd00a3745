// Rewrites desktop entries and D-Bus service files so that every way into the program leads through its sandbox. Pure; translations, comments and order stay.
import {
  decodeLeniently,
  decodeList,
  encodeString,
  entryOf,
  errorAt,
  failure,
  keepLines,
  type Keyfile,
  type KeyfileEntry,
  removeKey,
  type Result,
  setKey,
  settle,
  success,
} from "../manifest/door.ts";
import { type Launcher, RUN_OPTIONS, type RunOption, rewriteExec } from "./rewrite-exec.ts";

export const ENTRY_GROUP = "Desktop Entry";
export const SERVICE_GROUP = "D-BUS Service";
/** Names the app in every file of ours: whoever reads the file sees whose it is. */
export const MARK = "X-Tsbox";

/**
 * What starts something else than Exec does, or otherwise than as this user, or looks for the program outside. `Exec[de]` is no key of the specification, but KDE reads
 * it; KDE also hands `TerminalOptions` to the terminal, whose options name a program, and loads `X-KDE-Library` into its own programs. Its compositor opens what it
 * keeps from programs (pictures of the screen, made-up keys) to those whose entry asks for it by the last two: no manifest grants that.
 */
const REMOVED =
  /^(?:TryExec|X-(?:GNOME|MATE)-Bugzilla-ExtraInfoScript|(?:X-KDE-)?TerminalOptions|(?:X-KDE-)?ServiceTypes|X-KDE-(?:Library|SubstituteUID|Username|Wayland-Interfaces|DBUS-Restricted-Interfaces))(?:\[.*\])?$|^Exec\[.*\]$/;

/** What an app of Flatpak's asks of its launcher, each group for itself. It is done where the line is made, and gone from the file. */
const ASKED = "X-Flatpak-RunOptions";
const SHOWN = /^(?:Name|Icon)(?:\[.*\])?$/;

/** The Desktop Entry Specification's; D-Bus has the same. KDE undoes escapes in names too (`\x45xec`), and readers that know no case take `exec` for `Exec`. */
const PLAIN_KEY = /^(?!(?:try)?exec$|dbusactivatable$)[a-z0-9-]+$/i;
const OWN_KEYS = new Set(["Exec", "TryExec", "DBusActivatable"]);
const PLAIN_GROUP = /^[\x20-\x5a\x5e-\x7e]+$/;
/** Some readers end a line at each of these. */
const LINE_ENDS = /(?!\t)[\p{Cc}\u2028\u2029]/u;

/** INVARIANT: every reader finds the same groups and keys in what is left, so that what stands for the program is what we wrote. */
function onlyPlain(source: Keyfile): Keyfile {
  let isPlainGroup = true;
  return keepLines(source, (line) => {
    const isOneLine = !LINE_ENDS.test(line.text.replace(/\r?\n$/, ""));
    // What stands below a header goes with it.
    if (line.kind === "group") isPlainGroup = isOneLine && PLAIN_GROUP.test(line.name);
    if (!isPlainGroup || !isOneLine) return false;
    if (line.kind !== "entry") return true;
    const { key, locale } = line.entry;
    const name = locale === null ? key : key.slice(0, key.indexOf("["));
    return OWN_KEYS.has(name) || PLAIN_KEY.test(name);
  });
}

/** `activatable`: false takes D-Bus activation away, since nobody could answer it. */
export function rewriteEntry(given: Keyfile, launcher: Launcher, options: { readonly activatable: boolean }): Result<Keyfile> {
  const source = onlyPlain(given);
  let entry = source;
  for (const [group, { entries }] of source.groups) {
    for (const key of entries.keys()) if (REMOVED.test(key) || key === ASKED) entry = removeKey(entry, group, key);
    if (!entries.has("Exec") && !needsExec(source, group)) continue;
    const rewritten = withExec(entry, group, entries.get("Exec") ?? null, launcher, "desktop", askedOptions(entries.get(ASKED)));
    if (!rewritten.ok) return rewritten;
    entry = rewritten.value;
  }
  if (!options.activatable && entryOf(entry, ENTRY_GROUP, "DBusActivatable") !== null) entry = setOnce(entry, ENTRY_GROUP, "DBusActivatable", "false");
  return success(setOnce(entry, ENTRY_GROUP, MARK, launcher.id));
}

function askedOptions(asked: KeyfileEntry | undefined): readonly RunOption[] {
  const words = asked === undefined ? null : decodeList(asked);
  if (words === null || !words.ok) return [];
  return words.value.flatMap(({ value }) => (value === "no-a11y-bus" ? [RUN_OPTIONS[value]] : []));
}

/** The unit is left out: systemd would start the program itself. */
export function rewriteService(source: Keyfile, launcher: Launcher): Result<Keyfile> {
  const plain = onlyPlain(source);
  const entries = plain.groups.get(SERVICE_GROUP)?.entries ?? new Map<string, KeyfileEntry>();
  const gone = [...entries.keys()].filter((key) => REMOVED.test(key) || key === ASKED || key === "SystemdService");
  const service = gone.reduce((file, key) => removeKey(file, SERVICE_GROUP, key), plain);
  const rewritten = withExec(service, SERVICE_GROUP, entries.get("Exec") ?? null, launcher, "service", askedOptions(entries.get(ASKED)));
  return rewritten.ok ? success(setOnce(rewritten.value, SERVICE_GROUP, MARK, launcher.id)) : rewritten;
}

/** With D-Bus activation alone there is none; a launcher that does not know of it finds ours. */
function needsExec(source: Keyfile, group: string): boolean {
  return entryOf(source, ENTRY_GROUP, "Type")?.rawValue.trim() === "Application" && (group === ENTRY_GROUP || group.startsWith("Desktop Action "));
}

function withExec(
  file: Keyfile,
  group: string,
  old: KeyfileEntry | null,
  launcher: Launcher,
  kind: "desktop" | "service",
  runOptions: readonly RunOption[] = [],
): Result<Keyfile> {
  const shown = [...file.groups.values()].flatMap(({ entries }) => [...entries.values()].filter(({ key }) => SHOWN.test(key)).map(({ rawValue }) => rawValue));
  const rewritten = rewriteExec(old === null ? null : decodeLeniently(old).value, launcher, kind, { runOptions, shown });
  if (!rewritten.ok)
    return failure(errorAt({ file: file.file, line: old?.line ?? 0, column: old?.valueColumn ?? 0 }, "export.forged-mark", { word: rewritten.word }));
  return settle(setOnce(file, group, "Exec", encodeString(rewritten.exec)), []);
}

/** Of a key given twice the last one counts here, and perhaps the first one elsewhere: one remains. */
function setOnce(file: Keyfile, group: string, key: string, rawValue: string): Keyfile {
  const given = file.lines.filter((line) => line.kind === "entry" && line.entry.group === group && line.entry.key === key);
  return setKey(given.length > 1 ? removeKey(file, group, key) : file, group, key, rawValue);
}
