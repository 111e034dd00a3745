// The documents of all apps: gives files and folders to apps, shows them in running sandboxes, and keeps both sides of each file the same while an app runs.
import { lstatSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { PortalInstance } from "../core/instance.ts";
import type { Addon } from "../../native/addon.ts";
import { PortalError } from "../core/portal-error.ts";
import { isStill } from "../outside/descriptor-path.ts";
import { mayWrite } from "./app-places.ts";
import { attach, detach, DOCUMENT_ROOT, isRunning } from "./attach.ts";
import { pathInside } from "./export-file.ts";
import { type Mirror, openMirror } from "./file-mirror.ts";
import { folderMark, type Identity, identityOf, inFolders, markOf, openFolder, removeTree } from "./held-folder.ts";
import { type DocumentRecord, type DocumentRecords, newDocumentId, openRecords } from "./records.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface Documents {
  readonly records: DocumentRecords;
  /**
   * Gives a path of the host, without links, to the app, and shows it in this instance. Answers the path inside. A path given before keeps its id.
   * `expected`: the file that it must mean (who named it is an app).
   */
  give(instance: PortalInstance, path: string, writable: boolean, expected?: Identity): Promise<string>;
  /** A file or a folder, until this instance ends. */
  lend(instance: PortalInstance, path: string, writable: boolean): Promise<string>;
  /** For another app, which sees it when it runs next. INVARIANT: what that app has is never made less by it. Throws NotAllowed where it has enough. */
  passOn(id: string, appId: string, writable: boolean, by: string): void;
  revoke(id: string, appId: string): Promise<void>;
  /** Shows all that the app was given earlier. */
  show(instance: PortalInstance): Promise<void>;
  ended(instance: PortalInstance): void;
  pathInside(record: DocumentRecord): string;
}

interface OpenDocument {
  readonly mirror: Mirror | undefined;
  readonly stage: string;
  readonly stageMark: Identity;
  readonly users: Map<string, PortalInstance>;
  /** By instance, until it is attached there. */
  readonly attaching: Map<string, Promise<void>>;
}

const MAX_DOCUMENTS_PER_APP = 1000;
/** Of those, what other apps may pass on to one: the user must have room to give it more. */
const MAX_PASSED_ON = 200;
const MAX_APPS_PER_DOCUMENT = 64;

interface GiveTerms {
  readonly expected?: Identity;
  readonly session?: string;
}

/** One for all apps of a user. */
export function openDocuments(stateFolder: string, addon: Addon, note: (event: string, values: Readonly<Record<string, unknown>>) => void): Documents {
  const records = openRecords(stateFolder);
  const open = new Map<string, OpenDocument>();

  /** Beside the file where it is the one that we made; else with the state, where no app sees anything but what is attached. */
  const stageOf = ({ id, stage, stageFolder }: DocumentRecord): string => {
    if (stage !== undefined && isThatFolder(addon, stage, stageFolder)) return stage;
    const files = `${records.folder}/files`;
    makeFolders(files, 0o700);
    return `${realpathSync(files)}/${id}`;
  };
  const isWritable = (id: string): boolean => Object.values(records.get(id)?.apps ?? {}).some(({ writable }) => writable);

  const openDocument = (record: DocumentRecord): OpenDocument => {
    const known = open.get(record.id);
    if (known !== undefined) return known;
    const mark = record.folder ?? "";
    if (!isThatFolder(addon, record.isFolder ? record.path : dirname(record.path), mark))
      throw new PortalError("NotFound", "another folder lies there than the one that was given");
    const stage = stageOf(record);
    makeFolders(stage, 0o700);
    const stageMark = folderMark(addon, stage);
    const makePlace = ([way]: readonly string[]): unknown => makeFolders(`${way}/${basename(record.path)}`, 0o700);
    if (record.isFolder) inFolders(addon, [{ path: stage, mark: stageMark }], makePlace);
    const mirror = record.isFolder
      ? undefined
      : openMirror({
          addon,
          path: record.path,
          mark,
          stage,
          stageMark,
          known: record.known ?? "",
          writable: () => isWritable(record.id),
          remember: (text) => {
            const now = records.get(record.id);
            if (now !== undefined) records.put({ ...now, known: text });
          },
          note,
        });
    const opened = {
      mirror,
      stage,
      stageMark: identityOf(stageMark) as Identity,
      users: new Map<string, PortalInstance>(),
      attaching: new Map<string, Promise<void>>(),
    };
    open.set(record.id, opened);
    return opened;
  };

  const showOne = async (instance: PortalInstance, record: DocumentRecord): Promise<void> => {
    const grant = record.apps[instance.appId];
    const opened = openDocument(record);
    if (grant === undefined) return;
    // Who asks a second time must not go on before it is there.
    if (opened.users.has(instance.id)) return opened.attaching.get(instance.id);
    opened.users.set(instance.id, instance);
    const attaching = attachOne(instance, record, opened, grant.writable ? "rw" : "ro");
    opened.attaching.set(instance.id, attaching);
    try {
      await attaching;
    } catch (error) {
      opened.users.delete(instance.id);
      throw error;
    } finally {
      opened.attaching.delete(instance.id);
    }
  };
  const attachOne = async (instance: PortalInstance, record: DocumentRecord, { stage, stageMark }: OpenDocument, access: "ro" | "rw"): Promise<void> => {
    await attach(instance, stage, stageMark, `${DOCUMENT_ROOT}/${record.id}`, record.isFolder ? "ro" : access);
    const folder = identityOf(record.folder ?? "");
    if (record.isFolder && folder !== undefined) await attach(instance, record.path, folder, pathInside(record), access);
  };
  const hideOne = async (instance: PortalInstance, id: string): Promise<void> => {
    if (open.get(id)?.users.delete(instance.id) !== true) return;
    const record = records.get(id);
    if (record?.isFolder === true) await detach(instance, pathInside(record)).catch(() => {});
    await detach(instance, `${DOCUMENT_ROOT}/${id}`);
  };
  const removeStage = (stage: string): void => {
    try {
      const folder = openFolder(addon, dirname(stage));
      try {
        removeTree(addon, folder, basename(stage));
      } finally {
        addon.close(folder);
      }
    } catch (error) {
      note("document not cleared away", { path: stage, detail: (error as Error).message });
    }
  };
  const closeUnused = (id: string): void => {
    const opened = open.get(id);
    if (opened === undefined || opened.users.size > 0) return;
    open.delete(id);
    opened.mirror?.close(true);
  };

  const forget = (record: DocumentRecord): void => {
    const stage = stageOf(record);
    records.remove(record.id);
    removeStage(stage);
  };
  const give = async (instance: PortalInstance, path: string, writable: boolean, { expected, session }: GiveTerms = {}): Promise<string> => {
    const isFolder = kindOf(path) === "folder";
    const folder =
      isFolder && expected === undefined
        ? heldMark(addon, path)
        : heldMark(addon, dirname(path), (fd) => expected === undefined || isStill(instance, fd, basename(path), expected));
    const known = records
      .all()
      .find(
        (record) =>
          record.path === path &&
          record.folder === folder &&
          record.isFolder === isFolder &&
          record.apps[instance.appId] !== undefined &&
          record.session === session,
      );
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
    const beside = isFolder || mayWrite(instance, records.all(), dirname(path)) ? {} : stageBeside(addon, path, folder, id, records.folder);
    const ends = session === undefined ? {} : { session };
    const record: DocumentRecord = { id, path, isFolder, folder, apps: { [instance.appId]: { writable } }, ...ends, ...beside };
    records.put(record);
    await showOne(instance, record);
    return pathInside(record);
  };

  return {
    records,
    pathInside,
    give: (instance, path, writable, expected) => give(instance, path, writable, expected === undefined ? {} : { expected }),
    lend: (instance, path, writable) => give(instance, path, writable, { session: instance.id }),
    passOn(id, appId, writable, by) {
      const record = records.get(id);
      const known = record?.apps[appId];
      if (record === undefined || (known !== undefined && (known.writable || !writable))) return;
      const passedOn = records.all().filter(({ apps }) => apps[appId]?.by !== undefined).length;
      if (known === undefined && (passedOn >= MAX_PASSED_ON || Object.keys(record.apps).length >= MAX_APPS_PER_DOCUMENT))
        throw new PortalError("NotAllowed", "that app was passed on too many documents, or this one to too many");
      records.put({ ...record, apps: { ...record.apps, [appId]: { by, ...known, writable } } });
    },
    async revoke(id, appId) {
      const record = records.get(id);
      if (record === undefined) return;
      for (const instance of [...(open.get(id)?.users.values() ?? [])]) if (instance.appId === appId) await hideOne(instance, id);
      const apps = Object.fromEntries(Object.entries(record.apps).filter(([name]) => name !== appId));
      closeUnused(id);
      if (Object.keys(apps).length > 0) records.put({ ...record, apps });
      else forget(record);
    },
    async show(instance) {
      for (const record of records.all()) {
        const { session } = record;
        // A broker that was killed took nothing back.
        if (session !== undefined && !isRunning(instance, session)) forget(record);
        if (record.apps[instance.appId] === undefined || (session !== undefined && session !== instance.id)) continue;
        await showOne(instance, record).catch((error: Error) => note("document not shown", { path: record.path, detail: error.message }));
      }
    },
    ended(instance) {
      for (const [id, { users }] of [...open]) {
        users.delete(instance.id);
        closeUnused(id);
      }
      for (const record of records.all()) if (record.session === instance.id) forget(record);
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

function isThatFolder(addon: Addon, path: string, mark: string | undefined): boolean {
  try {
    return folderMark(addon, path) === mark;
  } catch {
    return false;
  }
}

/** The folder's device and inode. Throws NotAllowed where a link leads there, or `fits` says no of the held folder. */
function heldMark(addon: Addon, path: string, fits: (fd: number) => boolean = () => true): string {
  let fd = -1;
  try {
    fd = openFolder(addon, path);
    if (fits(fd)) return markOf(addon.fstat(fd));
  } catch {
    // As if it did not fit.
  } finally {
    if (fd >= 0) addon.close(fd);
  }
  throw new PortalError("NotAllowed", "the path leads to another file by now");
}

/** Hard links need one file system: there, in a hidden folder beside the file, where the state lies on another one. Nothing: with the state (links, or copies). */
function stageBeside(addon: Addon, path: string, mark: string, id: string, state: string): Pick<DocumentRecord, "stage" | "stageFolder"> {
  const parent = dirname(path);
  makeFolders(state, 0o700);
  if (identityOf(mark)?.dev === statSync(state, { bigint: true }).dev) return {};
  const name = `.tsbox-document-${id}`;
  try {
    inFolders(addon, [{ path: parent, mark }], ([way]) => mkdirSync(`${way}/${name}`, { mode: 0o700 }));
    return { stage: `${parent}/${name}`, stageFolder: folderMark(addon, `${parent}/${name}`) };
  } catch {
    return {};
  }
}
