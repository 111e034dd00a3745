// Reads what a keyfile says about permissions. Groups and keys come from the grammars; what is not theirs is passed over or refused, as product's strictness says:
// in Flatpak's groups an unknown key is a notice, in our own `[X-Tsbox …]` groups everything unknown is an error.
import type { PermissionEntry } from "../permissions/entries.ts";
import type { KeyReader, Reading } from "./grammar/entry-grammar.ts";
import { grammarOf, KEY_READERS } from "./grammar/grammars.ts";
import { OWN_KEYS } from "./grammar/own-keys.ts";
import { entryOf, type Keyfile, type KeyfileEntry, type KeyfileGroup } from "./keyfile.ts";
import { decodeBoolean, decodeList, decodeString } from "./keyfile-values.ts";
import { layerOf, type PermissionLayer } from "./layers.ts";
import { nearestWord } from "./nearest.ts";
import type { LayerName, Problem, Result } from "./origin.ts";
import { errorAt, noticeAt, settle } from "./problem.ts";

/** The newest `[X-Tsbox] format=` that this reader understands. */
const NEWEST_FORMAT = 1;

/** Flatpak's groups that say nothing about permissions: whatever stands there is not for us. */
const OTHER_GROUPS: readonly string[] = ["Application", "Runtime", "Instance", "Build", "Extra Data", "ExtensionOf", "X-DConf"];

const KNOWN_GROUPS: readonly string[] = [...new Set([...KEY_READERS, ...OWN_KEYS].map(({ group }) => group))];

export function parseLayer(keyfile: Keyfile, layer: LayerName): Result<PermissionLayer> {
  const read = readLayer(keyfile, layer);
  return settle(read.layer, read.problems);
}

/** What could be read, whatever else is wrong with the file: for whoever only looks. */
export function readLayer(keyfile: Keyfile, layer: LayerName): { readonly layer: PermissionLayer; readonly problems: readonly Problem[] } {
  const entries: PermissionEntry[] = [];
  const problems: Problem[] = [];
  const reading: Reading = { layer, add: (entry) => entries.push(entry), report: (problem) => problems.push(problem) };
  for (const group of keyfile.groups.values()) {
    if (isOwn(group.name)) readOwnGroup(keyfile, group, reading);
    else readGroup(keyfile, group, reading);
  }
  if (layer === "limit") problems.push(...entries.flatMap(refuseGrantInLimit));
  return { layer: { ...layerOf(layer, keyfile.file, entries), locks: isLocked(keyfile) }, problems };
}

function isOwn(group: string): boolean {
  return /^X-Tsbox(?:\s|$)/i.test(group);
}

function readersOf(group: string): readonly KeyReader[] {
  return KEY_READERS.filter((reader) => (reader.group.endsWith(" *") ? group.startsWith(reader.group.slice(0, -1)) : reader.group === group));
}

function readGroup(keyfile: Keyfile, group: KeyfileGroup, reading: Reading): void {
  const readers = readersOf(group.name);
  if (readers.length === 0) {
    reportUnknownGroup(keyfile, group, reading);
    return;
  }
  for (const entry of group.entries.values()) {
    const reader = readerOf(readers, entry.key);
    if (reader !== undefined) reader.read(entry, reading);
    else reportUnknownKey(entry, readers, reading);
  }
}

function readOwnGroup(keyfile: Keyfile, group: KeyfileGroup, reading: Reading): void {
  const readers = readersOf(group.name);
  const own = OWN_KEYS.flatMap(({ group: of, key }) => (of === group.name && key !== null ? [key] : []));
  if (readers.length === 0 && own.length === 0) {
    const groups = KNOWN_GROUPS.filter(isOwn);
    const values = { group: group.name, known: groups.map((name) => `[${name}]`).join(", "), nearest: nearestWord(group.name, groups) ?? "" };
    reading.report(errorAt({ file: keyfile.file, ...group }, values.nearest === "" ? "manifest.own-group" : "manifest.own-group-nearest", values));
    return;
  }
  for (const entry of group.entries.values()) {
    const reader = readerOf(readers, entry.key);
    if (reader !== undefined) reader.read(entry, reading);
    else if (own.includes(entry.key)) readOwnKey(entry, reading);
    else {
      const keys = [...own, ...readers.flatMap((one) => one.key ?? [])];
      const nearest = nearestWord(entry.key, keys);
      reading.report(
        errorAt(entry, nearest === null ? "manifest.own-key" : "manifest.own-key-nearest", {
          key: entry.key,
          group: entry.group,
          known: keys.join(", "),
          nearest: nearest ?? "",
        }),
      );
    }
  }
}

function readerOf(readers: readonly KeyReader[], key: string): KeyReader | undefined {
  return readers.find((reader) => reader.key === key) ?? readers.find((reader) => reader.key === null);
}

/** `[X-Tsbox] lock=true`. One that is not to be read is reported where the group is read. */
export function isLocked(keyfile: Keyfile): boolean {
  const entry = entryOf(keyfile, "X-Tsbox", "lock");
  const value = entry === null ? null : decodeBoolean(entry);
  return value?.ok === true && value.value;
}

/** `format=` counts in every file; `runtime=` belongs to a manifest. */
function readOwnKey(entry: KeyfileEntry, reading: Reading): void {
  const place = { ...entry, column: entry.valueColumn };
  if (entry.key === "runtime" && reading.layer !== "manifest") {
    reading.report(errorAt(entry, "manifest.runtime-in-override", {}));
    return;
  }
  if (entry.key === "lock") {
    // For all apps there is no whole truth: each asks for something else.
    if (reading.layer !== "user-app" && reading.layer !== "system-app" && reading.layer !== "instance")
      reading.report(errorAt(entry, "manifest.lock-place", {}));
    const locked = decodeBoolean(entry);
    if (!locked.ok) for (const problem of locked.problems) reading.report(problem);
    return;
  }
  if (entry.key !== "format") return;
  const value = decodeString(entry);
  if (!value.ok) {
    for (const problem of value.problems) reading.report(problem);
    return;
  }
  if (!/^[1-9][0-9]{0,8}$/.test(value.value)) reading.report(errorAt(place, "manifest.format-bad", { value: value.value, newest: String(NEWEST_FORMAT) }));
  else if (Number(value.value) > NEWEST_FORMAT) reading.report(errorAt(place, "manifest.format-newer", { value: value.value, newest: String(NEWEST_FORMAT) }));
}

/** Other people's groups are not our business; one that is nearly a name of Flatpak's is probably a slip. */
function reportUnknownGroup(keyfile: Keyfile, group: KeyfileGroup, reading: Reading): void {
  if (OTHER_GROUPS.includes(group.name) || /^(?:X-|Extension )/.test(group.name)) return;
  const nearest = nearestWord(
    group.name,
    KNOWN_GROUPS.filter((name) => !name.endsWith(" *")),
  );
  if (nearest !== null) reading.report(noticeAt({ file: keyfile.file, ...group }, "manifest.group-unknown", { group: group.name, nearest }));
}

function reportUnknownKey(entry: KeyfileEntry, readers: readonly KeyReader[], reading: Reading): void {
  const keys = readers.flatMap((reader) => reader.key ?? []);
  const nearest = nearestWord(entry.key, keys);
  const values = { key: entry.key, group: entry.group, known: keys.join(", "), nearest: nearest ?? "" };
  const suffix = nearest === null ? "" : "-nearest";
  // A list with a `!` in it was meant to deny: passing over it would leave granted what somebody wanted gone.
  const items = decodeList(entry);
  const meantToDeny = nearest === "unset-environment" || (items.ok && items.value.some((item) => item.value.startsWith("!")));
  reading.report(meantToDeny ? errorAt(entry, `manifest.key-unknown-denied${suffix}`, values) : noticeAt(entry, `manifest.key-unknown${suffix}`, values));
}

function refuseGrantInLimit(entry: PermissionEntry): readonly Problem[] {
  const grammar = grammarOf(entry);
  if (grammar.cut !== undefined && grammar.denies(entry as never)) return [];
  return [errorAt(entry.origin, "manifest.limit-grants", { text: entry.origin.text })];
}
