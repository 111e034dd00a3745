// A file of the user's that he gives to apps by a command: a record like that of a picked file, which the next start of the app shows.
import { lstatSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Addon } from "../../native/addon.ts";
import { DOCUMENT_ROOT } from "./attach.ts";
import { folderMark } from "./held-folder.ts";
import { type DocumentRecord, newDocumentId, openRecords } from "./records.ts";

/** Where apps find it. */
export function pathInside({ id, path }: Pick<DocumentRecord, "id" | "path">): string {
  return `${DOCUMENT_ROOT}/${id}/${basename(path)}`;
}

/** `path` without links. Undefined where it is no regular file. A wider grant than before is another document: what is attached read-only stays so. */
export function exportFile(
  addon: Addon,
  stateFolder: string,
  path: string,
  apps: readonly { readonly app: string; readonly writable: boolean }[],
): DocumentRecord | undefined {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const records = openRecords(stateFolder);
  const folder = folderMark(addon, dirname(path));
  const fits = (record: DocumentRecord): boolean => apps.every(({ app, writable }) => (record.apps[app]?.writable ?? writable) === writable);
  const known = records.all().find((record) => record.path === path && record.folder === folder && !record.isFolder && fits(record));
  const given = Object.fromEntries(apps.map(({ app, writable }) => [app, { writable }]));
  const record: DocumentRecord =
    known === undefined ? { id: newDocumentId(), path, isFolder: false, folder, apps: given } : { ...known, apps: { ...known.apps, ...given } };
  records.put(record);
  return record;
}
