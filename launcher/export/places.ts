// Where exported files lie, and where the host's own are looked for: for one user, or for all. Pure.

export type ExportKind = "entry" | "service" | "autostart" | "shim";
export const EXPORT_KINDS: readonly ExportKind[] = ["entry", "service", "autostart", "shim"];

/** A folder of exports: `base` is the user's own choice and may be reached through links; `beneath` is not. */
export interface ExportFolder {
  readonly base: string;
  readonly beneath: string;
}

export interface ExportPlaces {
  readonly folders: Readonly<Record<ExportKind, ExportFolder>>;
  /** Folder of `exports.json`. */
  readonly state: ExportFolder;
  readonly isSystem: boolean;
  /** The host's own files, first wins. */
  readonly sources: { readonly applications: readonly string[]; readonly services: readonly string[]; readonly autostart: readonly string[] };
}

export const RECORD_FILE = "exports.json";

export function userExportPlaces(environment: ReadonlyMap<string, string>, home: string): ExportPlaces {
  const own = (name: string, usual: string): string => {
    const value = environment.get(name) ?? "";
    return value.startsWith("/") ? value.replace(/(?<=.)\/+$/, "") : `${home}/${usual}`;
  };
  const data = own("XDG_DATA_HOME", ".local/share");
  return {
    folders: {
      entry: { base: data, beneath: "applications" },
      service: { base: data, beneath: "dbus-1/services" },
      autostart: { base: own("XDG_CONFIG_HOME", ".config"), beneath: "autostart" },
      shim: { base: home, beneath: ".local/bin" },
    },
    state: { base: own("XDG_STATE_HOME", ".local/state"), beneath: "tsbox" },
    isSystem: false,
    sources: sourcesOf(environment),
  };
}

/** `root`: empty, but for tests. */
export function systemExportPlaces(environment: ReadonlyMap<string, string>, root: string): ExportPlaces {
  return {
    folders: {
      entry: { base: `${root}/usr/local/share`, beneath: "applications" },
      service: { base: `${root}/usr/local/share`, beneath: "dbus-1/services" },
      autostart: { base: `${root}/etc/xdg`, beneath: "autostart" },
      shim: { base: `${root}/usr/local`, beneath: "bin" },
    },
    state: { base: `${root}/var/lib`, beneath: "tsbox" },
    isSystem: true,
    sources: sourcesOf(environment),
  };
}

export function pathOf({ base, beneath }: ExportFolder, name: string): string {
  return `${base}/${beneath}/${name}`;
}

function sourcesOf(environment: ReadonlyMap<string, string>): ExportPlaces["sources"] {
  const list = (name: string, usual: readonly string[]): readonly string[] => {
    const named = (environment.get(name) ?? "").split(":").filter((path) => path.startsWith("/"));
    return [...new Set((named.length > 0 ? named : usual).map((path) => path.replace(/(?<=.)\/+$/, "")))];
  };
  const data = list("XDG_DATA_DIRS", ["/usr/local/share", "/usr/share"]);
  return {
    applications: data.map((folder) => `${folder}/applications`),
    services: data.map((folder) => `${folder}/dbus-1/services`),
    autostart: list("XDG_CONFIG_DIRS", ["/etc/xdg"]).map((folder) => `${folder}/autostart`),
  };
}
