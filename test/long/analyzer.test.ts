// GCC's analyzer over every file of the C part. Memory that is not freed is no finding: these processes execute another program or end.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";

describe("GCC's analyzer", () => {
  for (const name of readdirSync("native").filter((file) => file.endsWith(".c"))) {
    it(`finds nothing in native/${name}`, () => {
      const words = ["-std=gnu17", "-O2", "-D_GNU_SOURCE", "-fanalyzer", "-Wno-analyzer-malloc-leak", "-Werror", "-c", `native/${name}`, "-o", "/dev/null"];
      const { status, stderr } = spawnSync("gcc", words, { encoding: "utf8", timeout: 120_000 });
      assert.equal(status, 0, stderr);
    });
  }
});
