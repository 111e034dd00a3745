// How much room the data of each app takes.
import { namesIn } from "../manifest/door.ts";
import { folderSize } from "../host/door.ts";
import { parseAppId } from "../manifest/door.ts";

export interface DataSize {
  readonly id: string;
  readonly folder: string;
  readonly bytes: number;
}

/** Largest first. `root`: `~/.var/app`. */
export function dataSizes(root: string): readonly DataSize[] {
  const sizes = namesIn(root).flatMap((id) => {
    const bytes = parseAppId(id).ok ? folderSize(`${root}/${id}`) : null;
    return bytes === null ? [] : [{ id, folder: `${root}/${id}`, bytes }];
  });
  return [...sizes].sort((one, other) => other.bytes - one.bytes || (one.id < other.id ? -1 : 1));
}
