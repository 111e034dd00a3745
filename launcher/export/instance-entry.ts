// The desktop entry of a named instance: beside its app's, told apart by name, and started by its command line alone. Pure.
import { type Keyfile, setKey, splitInstanceId } from "../manifest/door.ts";
import { ENTRY_GROUP } from "./rewrite-entry.ts";

/** `mousepad.desktop` of the instance `work`: `mousepad--work.desktop`. Of an app itself: as it is. */
export function fileNameOf(name: string, id: string): string {
  const instance = splitInstanceId(id)?.name;
  return instance === undefined ? name : name.replace(/(?=\.desktop$)/, `--${instance}`);
}

/** Its name in each language says which instance it is; by a class of windows nothing tells them from the app's. */
export function namedEntry(entry: Keyfile, id: string): Keyfile {
  const instance = splitInstanceId(id)?.name;
  if (instance === undefined) return entry;
  const names = [...(entry.groups.get(ENTRY_GROUP)?.entries ?? [])].filter(([key]) => /^Name(\[.*\])?$/.test(key));
  const renamed = names.reduce((file, [key, { rawValue }]) => setKey(file, ENTRY_GROUP, key, `${rawValue.trim()} (${instance})`), entry);
  return renamed.groups.get(ENTRY_GROUP)?.entries.has("StartupWMClass") === true ? setKey(renamed, ENTRY_GROUP, "StartupWMClass", id) : renamed;
}
