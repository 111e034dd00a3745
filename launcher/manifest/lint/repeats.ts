// What stands twice in a file: of a key only the last counts, of an item one is enough, and a denial undoes the same grant before it. Pure.
import { parseFilesystemItem, slotOf } from "../filesystem-location.ts";
import { parseNamedItem } from "../grammar/named-list.ts";
import { NAMED_WORDS } from "../grammar/words.ts";
import type { Keyfile, KeyfileEntry } from "../keyfile.ts";
import { decodeList, type ListItem } from "../keyfile-values.ts";
import type { Report } from "./finding.ts";

const LISTS: readonly string[] = [...Object.keys(NAMED_WORDS), "filesystems", "persistent", "unset-environment"];

export function reportRepeats(keyfile: Keyfile, report: Report): void {
  reportLines(keyfile, report);
  for (const entry of keyfile.groups.get("Context")?.entries.values() ?? []) if (LISTS.includes(entry.key)) reportItems(entry, report);
}

function reportLines(keyfile: Keyfile, report: Report): void {
  const groups = new Map<string, number>();
  for (const [index, line] of keyfile.lines.entries()) {
    if (line.kind === "group") {
      const first = groups.get(line.name);
      if (first === undefined) groups.set(line.name, index + 1);
      else
        report({ file: keyfile.file, line: index + 1, column: line.text.indexOf("[") + 1 }, "notice", "lint.group-twice", {
          group: line.name,
          line: String(first),
        });
    }
    if (line.kind !== "entry") continue;
    const counts = keyfile.groups.get(line.entry.group)?.entries.get(line.entry.key);
    if (counts !== undefined && counts.line !== line.entry.line) {
      report(line.entry, "warning", "lint.key-twice", { key: line.entry.key, group: line.entry.group, line: String(counts.line) });
    }
  }
}

function reportItems(entry: KeyfileEntry, report: Report): void {
  const items = decodeList(entry);
  if (!items.ok) return;
  if (items.value.length === 0) report({ ...entry, column: entry.valueColumn }, "notice", "lint.list-empty", { key: entry.key });
  const seen = new Map<string, ListItem>();
  for (const item of items.value) {
    const place = { ...entry, column: item.column };
    const earlier = seen.get(item.value);
    if (earlier !== undefined) {
      report(place, "warning", "lint.item-twice", { item: item.raw, key: entry.key });
      continue;
    }
    const undone = items.value.slice(0, items.value.indexOf(item)).find((other) => isUndone(entry.key, other.value, item.value));
    if (undone !== undefined) report({ ...entry, column: undone.column }, "warning", "lint.item-undone", { item: undone.raw, by: item.raw, key: entry.key });
    seen.set(item.value, item);
  }
}

/** A plain word before a condition is the filler that older readers need, and `!x;x` is how a file forgets lower layers: neither is a slip. */
function isUndone(key: string, earlier: string, later: string): boolean {
  if (key === "filesystems") {
    const one = parseFilesystemItem(earlier);
    const other = parseFilesystemItem(later);
    return one.kind === "location" && other.kind === "location" && slotOf(one.location) === slotOf(other.location);
  }
  if (!Object.hasOwn(NAMED_WORDS, key)) return false;
  const one = parseNamedItem(earlier);
  const other = parseNamedItem(later);
  return one.kind === "grant" && other.kind === "deny" && one.name === other.name;
}
