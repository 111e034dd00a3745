// The faults that a long test plants are changes to compiled files: each must still fit the code, or that test plants nothing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { PLANTED_FAULTS } from "../long/planted-faults.ts";

it("every fault to be planted stands just once where it is to be planted, and there are five", () => {
  assert.equal(PLANTED_FAULTS.length, 5);
  for (const { file, from } of PLANTED_FAULTS) assert.equal(readFileSync(join("build/js/dbus-proxy", file), "utf8").split(from).length, 2, `${file}: ${from}`);
});
