// The documents of all apps: gives files and folders to apps, shows them in running sandboxes, and keeps both sides of each file the same while an app runs.
import { lstatSync, mkdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { PortalInstance } from "../core/instance.ts";
import { PortalError } from "../core/portal-error.ts";
import { attach, detach, DOCUMENT_ROOT } from "./attach.ts";
import { type Mirror, openMirror } from "./file-mirror.ts";
import { type DocumentRecord, type DocumentRecords, newDocumentId, openRecords } from "./records.ts";

export interface Documents {
  readonly records: DocumentRecords;
  /** Gives a path of the host to the app, and shows it in this instance. Answers the path inside. A path given before keeps its id. */
  give(instance: PortalInstance, path: string, writable: boolean): Promise<string>;
  /** For another app, which sees it when it runs next, or at once. */
  grant(id: string, appId: string, writable: boolean): void;
  revoke(id: string, appId: string): Promise<void>;
  /** Shows all that the app was given earlier. */
  show(instance: PortalInstance): Promise<void>;
  ended(instance: PortalInstance): void;
  pathInside(record: DocumentRecord): string;
}

interface OpenDocument {
  readonly mirror: Mirror | undefined;
  readonly users: Map<string, PortalInstance>;
}

const MAX_DOCUMENTS_PER_APP = 1000;

/** One for all apps of a user. */
export function openDocuments(stateFolder: string, note: (event: string, values: Readonly<Record<string, unknown>>) => void): Documents {
  const records = openRecords(stateFolder);
  const open = new Map<string, OpenDocument>();

  const stageOf = ({ id, stage }: DocumentRecord): string => stage ?? `${records.folder}/files/${id}`;
  const pathInside = ({ id, path }: DocumentRecord): string => `${DOCUMENT_ROOT}/${id}/${basename(path)}`;
  const isWritable = (id: string): boolean => Object.values(records.get(id)?.apps ?? {}).some(({ writable }) => writable);

  const openDocument = (record: DocumentRecord): OpenDocument => {
    const known = open.get(record.id);
    if (known !== undefined) return known;
    const stage = stageOf(record);
    mkdirSync(stage, { recursive: true, mode: 0o700 });
    if (record.isFolder) mkdirSync(`${stage}/${basename(record.path)}`, { recursive: true, mode: 0o700 });
    const mirror = record.isFolder
      ? undefined
      : openMirror({
          path: record.path,
          stage,
          known: record.known ?? "",
          writable: () => isWritable(record.id),
          remember: (text) => {
            const now = records.get(record.id);
            if (now !== undefined) records.put({ ...now, known: text });
          },
          note,
        });
    const opened = { mirror, users: new Map<string, PortalInstance>() };
    open.set(record.id, opened);
    return opened;
  };

  const showOne = async (instance: PortalInstance, record: DocumentRecord): Promise<void> => {
    const grant = record.apps[instance.appId];
    const opened = openDocument(record);
    if (grant === undefined || opened.users.has(instance.id)) return;
    opened.users.set(instance.id, instance);
    try {
      const access = grant.writable ? "rw" : "ro";
      await attach(instance, stageOf(record), `${DOCUMENT_ROOT}/${record.id}`, record.isFolder ? "ro" : access);
      if (record.isFolder) await attach(instance, record.path, pathInside(record), access);
    } catch (error) {
      opened.users.delete(instance.id);
      throw error;
    }
  };
  const hideOne = async (instance: PortalInstance, id: string): Promise<void> => {
    if (open.get(id)?.users.delete(instance.id) !== true) return;
    const record = records.get(id);
    if (record?.isFolder === true) await detach(instance, pathInside(record)).catch(() => {});
    await detach(instance, `${DOCUMENT_ROOT}/${id}`);
  };
  const closeUnused = (id: string): void => {
    const opened = open.get(id);
    if (opened === undefined || opened.users.size > 0) return;
    open.delete(id);
    opened.mirror?.close(true);
  };

  return {
    records,
    pathInside,
    async give(instance, path, writable) {
      const isFolder = kindOf(path) === "folder";
      const known = records.all().find((record) => record.path === path && record.isFolder === isFolder && record.apps[instance.appId] !== undefined);
      const before = known?.apps[instance.appId];
      if (known !== undefined && (before?.writable === true || !writable)) {
        await showOne(instance, known);
        return pathInside(known);
      }
      if (records.all().filter((record) => record.apps[instance.appId] !== undefined).length >= MAX_DOCUMENTS_PER_APP) {
        throw new PortalError("NotAllowed", "this app was given too many documents");
      }
      // A wider grant is a new document: what is attached read-only stays so.
      const id = newDocumentId();
      const stage = stageFor(path, id, records.folder);
      const record: DocumentRecord = { id, path, isFolder, apps: { [instance.appId]: { writable } }, ...(stage === undefined ? {} : { stage }) };
      records.put(record);
      await showOne(instance, record);
      return pathInside(record);
    },
    grant(id, appId, writable) {
      const record = records.get(id);
      if (record !== undefined) records.put({ ...record, apps: { ...record.apps, [appId]: { writable } } });
    },
    async revoke(id, appId) {
      const record = records.get(id);
      if (record === undefined) return;
      for (const instance of [...(open.get(id)?.users.values() ?? [])]) if (instance.appId === appId) await hideOne(instance, id);
      const apps = Object.fromEntries(Object.entries(record.apps).filter(([name]) => name !== appId));
      closeUnused(id);
      if (Object.keys(apps).length > 0) records.put({ ...record, apps });
      else {
        records.remove(id);
        rmSync(stageOf(record), { recursive: true, force: true });
      }
    },
    async show(instance) {
      for (const record of records.all()) {
        if (record.apps[instance.appId] === undefined) continue;
        await showOne(instance, record).catch((error: Error) => note("document not shown", { path: record.path, detail: error.message }));
      }
    },
    ended(instance) {
      for (const [id, { users }] of [...open]) {
        users.delete(instance.id);
        closeUnused(id);
      }
    },
  };
}

function kindOf(path: string): "folder" | "file" {
  let found: ReturnType<typeof lstatSync> | undefined;
  try {
    found = lstatSync(path);
  } catch {
    // Not there yet: a file to be saved. Its folder must be.
    if (!statSync(dirname(path)).isDirectory()) throw new PortalError("NotFound", "no such folder");
    return "file";
  }
  if (found.isDirectory()) return "folder";
  if (found.isFile()) return "file";
  throw new PortalError("NotAllowed", "neither a file nor a folder");
}

/** Hard links need one file system: there, in a hidden folder beside the file, where the state lies on another one. Undefined: with the state (links, or copies). */
function stageFor(path: string, id: string, folder: string): string | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const parent = dirname(path);
  if (statSync(parent).dev === statSync(folder).dev) return undefined;
  const stage = `${parent}/.tsbox-document-${id}`;
  try {
    mkdirSync(stage, { mode: 0o700 });
    return stage;
  } catch {
    return undefined;
  }
}
