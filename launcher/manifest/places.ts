// Where manifests, overrides and limits lie for one caller. Pure: everything comes from the caller's environment, nothing from this process.

export interface Places {
  /** `$XDG_DATA_HOME`, else `~/.local/share`. */
  readonly dataHome: string;
  /** `$XDG_DATA_DIRS`, else `/usr/local/share` and `/usr/share`. */
  readonly dataDirectories: readonly string[];
  /** The folder of manifests that is shipped with tsbox. */
  readonly catalogue: string;
  /** `/etc/tsbox`: the administrator's overrides and limits. */
  readonly systemConfig: string;
}

export const SYSTEM_CONFIG = "/etc/tsbox";

/** Relative paths in the variables do not count (XDG Base Directory Specification). */
export function placesOf(environment: ReadonlyMap<string, string>, home: string, catalogue: string): Places {
  const dataHome = environment.get("XDG_DATA_HOME") ?? "";
  const named = (environment.get("XDG_DATA_DIRS") ?? "").split(":").filter((path) => path.startsWith("/"));
  return {
    dataHome: dataHome.startsWith("/") ? dataHome : `${home}/.local/share`,
    dataDirectories: named.length > 0 ? named : ["/usr/local/share", "/usr/share"],
    catalogue,
    systemConfig: SYSTEM_CONFIG,
  };
}

/** The folders of manifests, first wins. */
export function manifestFolders(places: Places): readonly string[] {
  const folders = [places.dataHome, ...places.dataDirectories].map((path) => `${withoutSlash(path)}/tsbox/manifests`);
  return [...new Set([...folders, withoutSlash(places.catalogue)])];
}

export function userOverrideFolder(places: Places): string {
  return `${withoutSlash(places.dataHome)}/tsbox/overrides`;
}

export function systemOverrideFolder(places: Places): string {
  return `${withoutSlash(places.systemConfig)}/overrides`;
}

export function limitFolder(places: Places): string {
  return `${withoutSlash(places.systemConfig)}/limits`;
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}
