// Which program opens a MIME type (freedesktop.org, "MIME applications associations"): read from mimeapps.list, mimeinfo.cache and desktop entries of the user outside.
import { existsSync, readFileSync } from "node:fs";

export interface Application {
  /** `org.example.App.desktop`. */
  readonly id: string;
  readonly name: string;
  readonly file: string;
}

type Environment = Readonly<Record<string, string>>;

export interface Handlers {
  readonly preferred: Application | undefined;
  readonly all: readonly Application[];
}

export function handlersOf(type: string, environment: Environment): Handlers {
  const folders = dataFolders(environment).map((folder) => `${folder}/applications`);
  const desktops = (environment["XDG_CURRENT_DESKTOP"] ?? "")
    .toLowerCase()
    .split(":")
    .filter((name) => /^[a-z0-9_-]+$/.test(name));
  const lists = [...configFolders(environment), ...folders].flatMap((folder) => [
    ...desktops.map((name) => `${folder}/${name}-mimeapps.list`),
    `${folder}/mimeapps.list`,
  ]);
  const defaults: string[] = [];
  const added: string[] = [];
  const removed = new Set<string>();
  for (const list of lists) {
    const groups = readGroups(list);
    defaults.push(...itemsOf(groups, "Default Applications", type));
    added.push(...itemsOf(groups, "Added Associations", type).filter((id) => !removed.has(id)));
    for (const id of itemsOf(groups, "Removed Associations", type)) removed.add(id);
  }
  const cached = folders.flatMap((folder) => itemsOf(readGroups(`${folder}/mimeinfo.cache`), "MIME Cache", type)).filter((id) => !removed.has(id));
  const find = (id: string): Application | undefined => findApplication(id, folders);
  const all = [...new Set([...defaults, ...added, ...cached])].flatMap((id) => find(id) ?? []);
  return { preferred: defaults.map(find).find((application) => application !== undefined) ?? all[0], all };
}

function dataFolders(environment: Environment): readonly string[] {
  const home = environment["XDG_DATA_HOME"] || `${environment["HOME"] ?? ""}/.local/share`;
  return [home, ...(environment["XDG_DATA_DIRS"] || "/usr/local/share:/usr/share").split(":")].filter((folder) => folder.startsWith("/"));
}

function configFolders(environment: Environment): readonly string[] {
  const home = environment["XDG_CONFIG_HOME"] || `${environment["HOME"] ?? ""}/.config`;
  return [home, ...(environment["XDG_CONFIG_DIRS"] || "/etc/xdg").split(":")].filter((folder) => folder.startsWith("/"));
}

function findApplication(id: string, folders: readonly string[]): Application | undefined {
  if (!/^[A-Za-z0-9._+-]+\.desktop$/.test(id)) return undefined;
  const file = folders.map((folder) => `${folder}/${id}`).find((path) => existsSync(path));
  if (file === undefined) return undefined;
  const entry = readGroups(file).get("Desktop Entry");
  if (entry === undefined || entry.get("Hidden") === "true") return undefined;
  return { id, file, name: entry.get("Name") ?? id };
}

function itemsOf(groups: ReadonlyMap<string, ReadonlyMap<string, string>>, group: string, type: string): readonly string[] {
  return (groups.get(group)?.get(type) ?? "").split(";").filter((item) => item !== "");
}

/** Groups and keys of a keyfile; what is no such line is passed over. */
function readGroups(file: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const groups = new Map<string, Map<string, string>>();
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return groups;
  }
  let current = new Map<string, string>();
  for (const line of text.split("\n")) {
    const group = /^\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (group !== undefined) {
      current = groups.get(group) ?? new Map<string, string>();
      groups.set(group, current);
      continue;
    }
    const at = line.indexOf("=");
    if (at > 0 && !line.startsWith("#")) current.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return groups;
}
