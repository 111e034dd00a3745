// The permission store: what the user allowed or refused for an app, in tables as xdg-permission-store has them, one JSON file each. Apps never reach it.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { makeFolders } from "../../native/make-folders.ts";

/** By object id, then by app id: the permissions, such as `yes`, `no`, `ask`. */
export type PermissionTable = Record<string, Record<string, readonly string[]>>;

export interface PermissionStore {
  tables(): readonly string[];
  table(name: string): PermissionTable;
  lookup(table: string, id: string, app: string): readonly string[];
  set(table: string, id: string, app: string, permissions: readonly string[]): void;
  /** Without `app`: of every app. True where there was something. */
  remove(table: string, id: string, app?: string): boolean;
  /** Everything of one app, or all. */
  reset(app?: string): number;
}

/** `$XDG_STATE_HOME/tsbox` of the user whose environment this is. */
export function stateFolderOf(environment: { get(name: string): string | undefined }): string {
  const state = environment.get("XDG_STATE_HOME");
  return `${state?.startsWith("/") === true ? state : `${environment.get("HOME") ?? ""}/.local/state`}/tsbox`;
}

/** `folder` need not exist. Every read is anew: command line and broker write the same files. */
export function openPermissionStore(folder: string): PermissionStore {
  const file = (table: string): string => `${folder}/permissions/${table}.json`;
  const read = (table: string): PermissionTable => {
    if (!isTableName(table)) return {};
    try {
      return parseTable(readFileSync(file(table), "utf8"));
    } catch {
      return {};
    }
  };
  const write = (table: string, content: PermissionTable): void => {
    makeFolders(`${folder}/permissions`, 0o700);
    const temporary = `${file(table)}.${process.pid}`;
    try {
      writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
      renameSync(temporary, file(table));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  };
  const store: PermissionStore = {
    tables() {
      try {
        return readdirSync(`${folder}/permissions`)
          .filter((name) => name.endsWith(".json"))
          .map((name) => name.slice(0, -".json".length))
          .filter(isTableName)
          .sort();
      } catch {
        return [];
      }
    },
    table: read,
    lookup: (table, id, app) => read(table)[id]?.[app] ?? [],
    set(table, id, app, permissions) {
      if (!isTableName(table)) throw new RangeError(`no table can be called ${table}`);
      const content = read(table);
      const apps = Object.hasOwn(content, id) ? content[id] : {};
      write(table, { ...content, [id]: { ...apps, [app]: permissions } });
    },
    remove(table, id, app) {
      const content = read(table);
      const apps = Object.hasOwn(content, id) ? content[id] : undefined;
      if (apps === undefined || (app !== undefined && !Object.hasOwn(apps, app))) return false;
      const left = Object.fromEntries(Object.entries(apps).filter(([name]) => app !== undefined && name !== app));
      const others = Object.fromEntries(Object.entries(content).filter(([name]) => name !== id));
      write(table, Object.keys(left).length === 0 ? others : { ...others, [id]: left });
      return true;
    },
    reset(app) {
      let count = 0;
      for (const table of store.tables()) {
        for (const [id, apps] of Object.entries(read(table))) {
          for (const name of Object.keys(apps)) if ((app === undefined || name === app) && store.remove(table, id, name)) count++;
        }
      }
      return count;
    },
  };
  return store;
}

/** As file names: letters, digits, `-` and `_`. */
function isTableName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,100}$/.test(name);
}

/** What is of another form is left out: a store that cannot be read grants nothing. */
function parseTable(text: string): PermissionTable {
  const raw = JSON.parse(text) as unknown;
  const table: PermissionTable = {};
  for (const [id, apps] of entriesOf(raw)) {
    const kept = entriesOf(apps).filter((entry): entry is [string, string[]] => Array.isArray(entry[1]) && entry[1].every((one) => typeof one === "string"));
    if (kept.length > 0) table[id] = Object.fromEntries(kept);
  }
  return table;
}

function entriesOf(raw: unknown): [string, unknown][] {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : [];
}
