// A file that the user named to save into: written beside and renamed, in a folder that is held, with no link of the app's on the way.
import { randomBytes } from "node:crypto";
import { constants, type PathLike, promises } from "node:fs";
import { basename, dirname } from "node:path";
import type { PortalInstance } from "../core/instance.ts";
import { PortalError } from "../core/portal-error.ts";
import { followPicked, type GivenPlace, mayWrite } from "../documents/app-places.ts";
import { openFolder } from "../documents/held-folder.ts";
import { S_IFMT, S_IFREG } from "./descriptor-path.ts";

const CHUNK_BYTES = 256 * 1024;
const MAX_BYTES = 1024 * 1024 * 1024;

/** Where the picked path leads. Throws NotAllowed where the app may have put a link on the way. */
export function targetOf(instance: PortalInstance, picked: string, given: readonly GivenPlace[]): string {
  const { path, planted } = followPicked(picked, (folder) => mayWrite(instance, given, folder));
  if (planted) throw new PortalError("NotAllowed", "a link that the app may have made leads there");
  return path;
}

/**
 * Copies what the app's descriptor holds. `begin`: what it must begin with. The copy is made piece by piece, while others are served; only regular files are read, as
 * nothing else is sure to answer.
 */
export async function saveCopy({ addon }: PortalInstance, fd: number, path: string, begin: string): Promise<void> {
  if ((addon.fstat(fd).mode & S_IFMT) !== S_IFREG) throw new PortalError("InvalidArgument", "the descriptor is no regular file");
  const folder = openFolder(addon, dirname(path));
  const way = `/proc/self/fd/${folder}`;
  const temporary = `${way}/.${basename(path).slice(0, 200)}.${randomBytes(6).toString("hex")}`;
  let made = false;
  try {
    // By a name of its own: the app moves the position of the descriptor that it shares with us.
    const source = await promises.open(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const target = await promises.open(temporary, "wx", 0o666);
      made = true;
      try {
        await copy(source, target, begin);
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
    await promises.rename(temporary, `${way}/${basename(path)}`);
    made = false;
  } finally {
    if (made) await remove(temporary);
    addon.close(folder);
  }
}

async function copy(source: promises.FileHandle, target: promises.FileHandle, begin: string): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let at = 0; ; ) {
    const { bytesRead } = await source.read(chunk, 0, chunk.length, at);
    if (at === 0 && !new TextDecoder("latin1").decode(chunk.subarray(0, Math.min(bytesRead, begin.length))).startsWith(begin))
      throw new PortalError("InvalidArgument", `what is to be saved does not begin with \`${begin}\``);
    if (bytesRead === 0) return;
    at += bytesRead;
    if (at > MAX_BYTES) throw new PortalError("Failed", "too large");
    await target.write(chunk, 0, bytesRead);
  }
}

async function remove(path: PathLike): Promise<void> {
  await promises.rm(path, { force: true }).catch(() => {});
}
