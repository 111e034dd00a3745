// A manifest given by its path, wherever it lies and whoever else has its id: to look at, not to run.
import { readdirSync, statSync } from "node:fs";
import { posix } from "node:path";
import { type Manifest, readManifest, type Result } from "../manifest/door.ts";
import { commandProblem } from "./command.ts";

/** A file, or a folder with just one manifest in it. */
export function readManifestAt(raw: string, cwd: string): Result<Manifest> {
  const path = posix.resolve(cwd, raw);
  const fail = (key: string, values: Readonly<Record<string, string>> = {}): Result<never> => ({
    ok: false,
    problems: [{ ...commandProblem(key, values), file: raw }],
  });
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return fail("install.no-file");
  const names = found.isDirectory() ? readdirSync(path).filter((name) => name.endsWith(".ini")) : null;
  if (names !== null && names.length !== 1) return fail("install.folder", { count: String(names.length) });
  const read = readManifest(names === null ? path : `${path}/${names[0]}`);
  return read === "absent" ? fail("install.no-file") : read;
}
