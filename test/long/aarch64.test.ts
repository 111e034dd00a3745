// The C part for aarch64: it compiles without a warning, and what needs no namespace runs under qemu-user just as the machine's own build does. qemu-user refuses
// clone with namespaces, so no sandbox is built here; the filter's rules for aarch64 are played by an interpreter in test/seccomp.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { buildFuzzer, corpusOf, runToEnd } from "../fuzz/build.ts";
import { writeReport } from "./report.ts";

const COMPILER = "aarch64-linux-gnu-gcc";
const EMULATOR = "qemu-aarch64-static";
const LIMIT = 900_000;
const WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wstrict-prototypes", "-Wmissing-prototypes", "-Wvla", "-Wformat=2", "-Werror"];
const FOLDER = resolve("build/arm64");

/** Command lines that end before anything is built: each must answer the same on both processors. */
const ANSWERED: readonly (readonly string[])[] = [
  ["--help"],
  ["--version"],
  [],
  ["--no-such-word"],
  ["--bind", "/"],
  ["--uid", "1x", "true"],
  ["--uid", "4294967296", "true"],
  ["--perms", "0999", "--dir", "/x", "true"],
  ["--size", "18446744073709551616", "--tmpfs", "/x", "true"],
  ["--seccomp", "77", "true"],
  ["--cap-add", "CAP_NONSENSE", "true"],
  ["--argv0", "a", "--argv0", "b"],
];

const report: string[] = [];
after(() => writeReport("aarch64", report));

before(() => {
  mkdirSync(FOLDER, { recursive: true });
});

test("it compiles for aarch64 without a warning", { timeout: LIMIT }, () => {
  const sources = readdirSync("native").filter((name) => name.endsWith(".c"));
  const flags = ["-std=gnu17", "-O2", "-D_GNU_SOURCE", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong", ...WARNINGS, "-static"];
  const result = spawnSync(COMPILER, [...flags, ...sources.map((name) => join("native", name)), "-o", join(FOLDER, "tsbox-bwrap")], { encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
  report.push(`${sources.length} files compiled by ${COMPILER} without a warning`);
});

test("its command line answers as the machine's own does", { timeout: LIMIT }, () => {
  const own = join(FOLDER, "own-bwrap");
  copyFileSync("build/tsbox", own);
  for (const words of ANSWERED) {
    const [here, there] = [
      spawnSync(own, words, { encoding: "utf8" }),
      spawnSync(EMULATOR, ["-0", own, join(FOLDER, "tsbox-bwrap"), ...words], { encoding: "utf8" }),
    ];
    assert.deepEqual([there.status, there.stdout, there.stderr], [here.status, here.stdout, here.stderr], words.join(" "));
  }
  report.push(`${ANSWERED.length} command lines answered as on x86-64`);
});

for (const fuzzer of ["plan", "front", "connector"] as const)
  test(`its decoders take the kept inputs of the ${fuzzer} fuzzer`, { timeout: LIMIT }, () => {
    const program = buildFuzzer(fuzzer, true, COMPILER);
    const inputs = readdirSync(corpusOf(fuzzer)).map((name) => join(corpusOf(fuzzer), name));
    const result = runToEnd(EMULATOR, [program, ...inputs], FOLDER);
    assert.equal(result.status, 0, result.stderr.slice(-2000));
    report.push(`${inputs.length} kept inputs of the ${fuzzer} fuzzer under ${EMULATOR}`);
  });

test("qemu-user builds no sandbox: it refuses namespaces, and the start is refused with it", () => {
  const result = spawnSync(EMULATOR, [join(FOLDER, "tsbox-bwrap"), "--ro-bind", "/", "/", "echo", "started"], { encoding: "utf8" });
  assert.deepEqual([result.status, result.stdout], [1, ""]);
  assert.match(result.stderr, /namespaces/);
});
