// Where Flatpak keeps what it installed: the user's folder, the system's, and those that an administrator named in installations.d (flatpak-installation(5)).
import { namesIn } from "../folder-names.ts";
import { entryOf, type Keyfile, parseKeyfile } from "../keyfile.ts";
import { decodeString } from "../keyfile-values.ts";
import type { FlatpakPlaces } from "../places.ts";
import { readRegularFile } from "../regular-file.ts";

export interface Installation {
  /** `user`, `default` for the system's own, else the name that the administrator gave it. */
  readonly name: string;
  readonly folder: string;
}

const GROUP = /^Installation "(.*)"$/;

/** In the order in which Flatpak looks: the user's, the system's, the others by falling priority. A file that cannot be read names no installation. */
export function flatpakInstallations(places: FlatpakPlaces): readonly Installation[] {
  const extra = installationFiles(places)
    .flatMap(readExtra)
    .sort((one, other) => other.priority - one.priority);
  return [{ name: "user", folder: places.user }, { name: "default", folder: places.system }, ...extra.map(({ name, path }) => ({ name, folder: path }))];
}

/** The files that name others than the user's and the system's. */
export function installationFiles(places: FlatpakPlaces): readonly string[] {
  const folder = `${places.config}/installations.d`;
  return namesIn(folder)
    .filter((name) => name.endsWith(".conf"))
    .map((name) => `${folder}/${name}`);
}

function readExtra(file: string): readonly { readonly name: string; readonly path: string; readonly priority: number }[] {
  const read = readRegularFile(file);
  const keyfile = read.kind === "read" ? parseKeyfile(file, read.bytes) : null;
  if (keyfile === null || !keyfile.ok) return [];
  return [...keyfile.value.groups.keys()].flatMap((group) => {
    const name = GROUP.exec(group)?.[1];
    const path = textOf(keyfile.value, group, "Path");
    if (name === undefined || path === null || !path.startsWith("/")) return [];
    return [{ name, path: path.replace(/(?<=.)\/+$/, ""), priority: Number(textOf(keyfile.value, group, "Priority")) || 0 }];
  });
}

/** The text of a key, or null where it is not there or does not decode. */
export function textOf(keyfile: Keyfile, group: string, key: string): string | null {
  const entry = entryOf(keyfile, group, key);
  const value = entry === null ? null : decodeString(entry);
  return value?.ok ? value.value : null;
}
