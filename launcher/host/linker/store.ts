// Keeps the linker's caches between starts, in tsbox's own cache folder, which no sandbox can reach.
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hmacSha256 } from "../hmac-sha256.ts";
import { makeFolders } from "../../../native/make-folders.ts";

/** Of no use any more after that time; one that is still wanted is made again. */
const KEPT_MILLISECONDS = 60 * 24 * 3600 * 1000;

/** `key` names everything that the bytes are made from. `write` false: for callers that only look. */
export function linkerStore(cacheHome: string, write: boolean): (key: string, make: () => Uint8Array) => Uint8Array {
  const folder = `${cacheHome}/tsbox/ld.so`;
  return (key, make) => {
    const file = `${folder}/${Buffer.from(hmacSha256(Buffer.from("tsbox ld.so"), Buffer.from(key))).toString("hex")}`;
    try {
      return readFileSync(file);
    } catch {
      const bytes = make();
      if (write) keep(folder, file, bytes);
      return bytes;
    }
  };
}

/** A cache that cannot be kept is made again next time; no start fails for it. */
function keep(folder: string, file: string, bytes: Uint8Array): void {
  try {
    makeFolders(folder, 0o700);
    for (const name of readdirSync(folder)) {
      const age = Date.now() - statSync(`${folder}/${name}`).mtimeMs;
      if (age > KEPT_MILLISECONDS) rmSync(`${folder}/${name}`);
    }
    const young = `${file}.${process.pid}`;
    writeFileSync(young, bytes, { mode: 0o600 });
    renameSync(young, file);
  } catch {
    return;
  }
}
