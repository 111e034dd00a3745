// Changes one `;`-separated list of a keyfile item by item: items that are not touched keep their spelling.
import { entryOf, type Keyfile } from "./keyfile.ts";
import { removeKey, setKey } from "./keyfile-edit.ts";
import { decodeList, encodeItem, type ListItem } from "./keyfile-values.ts";

/** The items of a list key; none where the key is not there. Throws where the list does not parse: an edited file was read before. */
export function itemsOf(keyfile: Keyfile, group: string, key: string): readonly ListItem[] {
  const entry = entryOf(keyfile, group, key);
  if (entry === null) return [];
  const items = decodeList(entry);
  if (!items.ok) throw new Error(`a list of ${keyfile.file} was edited before it was read`);
  return items.value;
}

/**
 * Puts `written` in place of all items that `isOld` picks: at the place of the first of them, or at the end. An emptied list loses its key.
 * Returns the very same keyfile where nothing changes.
 */
export function replaceItems(keyfile: Keyfile, group: string, key: string, isOld: (value: string) => boolean, written: readonly string[]): Keyfile {
  const items = itemsOf(keyfile, group, key);
  const old = items.filter((item) => isOld(item.value));
  if (old.length === written.length && old.every((item, index) => item.value === written[index])) return keyfile;
  const firstOld = items.findIndex((item) => isOld(item.value));
  const at = items.slice(0, firstOld < 0 ? items.length : firstOld).length;
  const kept = items.filter((item) => !isOld(item.value)).map((item) => item.raw);
  const raws = [...kept.slice(0, at), ...written.map(encodeItem), ...kept.slice(at)];
  return raws.length === 0 ? removeKey(keyfile, group, key) : setKey(keyfile, group, key, raws.map((raw) => `${raw};`).join(""));
}
