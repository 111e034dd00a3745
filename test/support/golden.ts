// Golden files: one text per case. A text that differs, a missing file and an orphan file all fail; TSBOX_UPDATE_GOLDEN=1 writes them anew, to be read in the diff.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const isUpdate = process.env["TSBOX_UPDATE_GOLDEN"] === "1";

/** Compares with `test/golden/FOLDER/NAME.txt`. */
export function assertGolden(folder: string, name: string, text: string): void {
  const directory = join("test/golden", folder);
  const file = join(directory, `${name}.txt`);
  if (isUpdate) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, text);
    return;
  }
  assert.equal(text, readGolden(file), `${file} differs`);
}

/** Every file of the folder must belong to a case. */
export function assertNoOrphans(folder: string, names: readonly string[]): void {
  const directory = join("test/golden", folder);
  const orphans = readdirSync(directory).filter((file) => !names.includes(file.replace(/\.txt$/, "")));
  if (isUpdate) for (const orphan of orphans) rmSync(join(directory, orphan));
  else assert.deepEqual(orphans, []);
}

function readGolden(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return assert.fail(`${file} is missing: TSBOX_UPDATE_GOLDEN=1 writes it`);
  }
}
