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
  /** `$XDG_STATE_HOME/tsbox`. */
  readonly state: string;
  readonly flatpak: FlatpakPlaces;
}

/** Flatpak's own folders, by its own variables. */
export interface FlatpakPlaces {
  readonly user: string;
  readonly system: string;
  readonly config: string;
}

const SYSTEM_CONFIG = "/etc/tsbox";

/** Relative paths in the variables do not count (XDG Base Directory Specification). */
export function placesOf(environment: ReadonlyMap<string, string>, home: string, catalogue: string): Places {
  const dataHome = environment.get("XDG_DATA_HOME") ?? "";
  const named = (environment.get("XDG_DATA_DIRS") ?? "").split(":").filter((path) => path.startsWith("/"));
  const absolute = (name: string, usual: string): string => (environment.get(name)?.startsWith("/") ? withoutSlash(environment.get(name) as string) : usual);
  const ownData = dataHome.startsWith("/") ? dataHome : `${home}/.local/share`;
  return {
    dataHome: ownData,
    dataDirectories: named.length > 0 ? named : ["/usr/local/share", "/usr/share"],
    catalogue,
    systemConfig: SYSTEM_CONFIG,
    state: `${absolute("XDG_STATE_HOME", `${home}/.local/state`)}/tsbox`,
    flatpak: {
      user: absolute("FLATPAK_USER_DIR", `${withoutSlash(ownData)}/flatpak`),
      system: absolute("FLATPAK_SYSTEM_DIR", "/var/lib/flatpak"),
      config: absolute("FLATPAK_CONFIG_DIR", "/etc/flatpak"),
    },
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
