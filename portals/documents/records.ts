// Which files and folders of the host were given to which apps: one small file each, below the user's state, so that they last over restarts of apps and broker.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { makeFolders } from "../../native/make-folders.ts";

export interface DocumentRecord {
  readonly id: string;
  /** Absolute, on the host. */
  readonly path: string;
  readonly isFolder: boolean;
  /** App ids, and whether they may write. `by`: the app that passed it on, and may take that back; missing: the user gave it. */
  readonly apps: Readonly<Record<string, { readonly writable: boolean; readonly by?: string }>>;
  /** The sandbox that it was given to alone: it ends with that one. Missing: it lasts. */
  readonly session?: string;
  /** What was the same on both sides when it was last compared (file documents): see file-mirror.ts. */
  readonly known?: string;
  /** Device and inode of the folder that the file lies in, or of the folder itself, as it was given. Without it the document is of an earlier release, and not shown. */
  readonly folder?: string;
  /** Where the app's side lies, if not with the record: on the file's own file system. */
  readonly stage?: string;
  /** Its device and inode. */
  readonly stageFolder?: string;
}

export interface DocumentRecords {
  readonly folder: string;
  all(): readonly DocumentRecord[];
  get(id: string): DocumentRecord | undefined;
  put(record: DocumentRecord): void;
  remove(id: string): void;
}

export function newDocumentId(): string {
  return randomBytes(16).toString("hex");
}

function isDocumentId(id: string): boolean {
  return /^[0-9a-f]{32}$/.test(id);
}

export function openRecords(stateFolder: string): DocumentRecords {
  const folder = `${stateFolder}/documents`;
  const file = (id: string): string => `${folder}/${id}.json`;
  const read = (id: string): DocumentRecord | undefined => {
    try {
      const raw = JSON.parse(readFileSync(file(id), "utf8")) as DocumentRecord;
      const isOurs = raw.id === id && typeof raw.path === "string" && raw.path.startsWith("/") && typeof raw.apps === "object" && raw.apps !== null;
      return isOurs ? raw : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    folder,
    all() {
      try {
        return readdirSync(folder)
          .filter((name) => name.endsWith(".json") && isDocumentId(name.slice(0, -5)))
          .flatMap((name) => read(name.slice(0, -5)) ?? []);
      } catch {
        return [];
      }
    },
    get: (id) => (isDocumentId(id) ? read(id) : undefined),
    put(record) {
      makeFolders(folder, 0o700);
      const temporary = `${file(record.id)}.new`;
      try {
        writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600 });
        renameSync(temporary, file(record.id));
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    },
    remove(id) {
      rmSync(file(id), { force: true });
    },
  };
}
