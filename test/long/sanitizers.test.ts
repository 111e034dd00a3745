// The tests of native/, of the boundary that it makes and of the addon once more, on builds with the address and undefined-behaviour sanitizers. They run in a folder where everything is a link to
// the real thing but the program (build/tsbox), or with the addon in its place.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { writeReport } from "./report.ts";

const PLACE = resolve("build/sanitized");
const LIMIT = 1_800_000;
/** Not about the code that is sanitized, but about texts, other programs, and how the real program is linked. */
const NOT_HERE = ["tables", "faults", "frame-stream", "terminal", "hardening"];
/** Of the addon: it starts other programs one after the other and gives each a moment to connect; with the sanitizer preloaded the next one's turn has come by then. */
const ADDON_NOT_HERE = ["peer"];

/** What the boundary is made of, from the program's side. */
const BOUNDARY = ["isolation", "filesystem", "protected-paths", "system-calls", "landlock", "nested", "terminal", "attacks-inside"];

const report: string[] = [];
after(() => writeReport("sanitizers", report));

function linkEverything(): void {
  rmSync(PLACE, { recursive: true, force: true });
  mkdirSync(join(PLACE, "build"), { recursive: true });
  for (const name of readdirSync(".")) if (name !== "build" && name !== ".git") symlinkSync(resolve(name), join(PLACE, name));
  for (const entry of readdirSync("build", { withFileTypes: true }))
    if (entry.isFile()) copyFileSync(join("build", entry.name), join(PLACE, "build", entry.name));
  symlinkSync(resolve("build/js"), join(PLACE, "build/js"));
}

function runTests(
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
): { readonly pass: number; readonly fail: number; readonly text: string } {
  const seed = ["--import", join(resolve("."), "build/js/test/support/seed.js")];
  const argv = [...seed, "--test", "--test-reporter=spec", "--test-concurrency=1", "--test-timeout=300000", ...files];
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const result = spawnSync(process.execPath, argv, { cwd: PLACE, encoding: "utf8", maxBuffer: 1 << 28, env: { ...own, TSBOX_PATIENCE: "5", ...environment } });
  const text = `${result.stdout}${result.stderr}`;
  const count = (name: string): number => Number(new RegExp(`^\\S* ?${name} (\\d+)$`, "m").exec(result.stdout)?.[1] ?? -1);
  return { pass: count("pass"), fail: count("fail"), text };
}

function assertClean(what: string, outcome: ReturnType<typeof runTests>): void {
  assert.doesNotMatch(outcome.text, /AddressSanitizer|runtime error:|UndefinedBehaviorSanitizer/);
  assert.ok(outcome.fail === 0 && outcome.pass > 0, outcome.text.slice(-6000));
  report.push(`${what}: ${outcome.pass} tests pass with the address and undefined-behaviour sanitizers`);
}

before(() => linkEverything());

const compiled = (folder: string, names: readonly string[]): readonly string[] => names.map((name) => `build/js/test/${folder}/${name}.test.js`);

test("the tests of native and of the boundary pass with a sanitized program, and the sanitizers are in it", { timeout: 2 * LIMIT }, (context) => {
  const program = join(PLACE, "build/tsbox");
  execFileSync(process.execPath, ["native/build.mjs", `--sanitize=${program}`], { stdio: ["ignore", "inherit", "inherit"] });
  assert.ok(readFileSync(program).includes("AddressSanitizer"), "the program has the sanitizer");
  const names = readdirSync("test/native").filter((name) => name.endsWith(".test.ts"));
  const native = compiled(
    "native",
    names.map((name) => name.replace(".test.ts", "")).filter((name) => !NOT_HERE.includes(name)),
  );
  for (const [what, files] of [
    ["native", native],
    ["boundary", compiled("boundary", BOUNDARY)],
  ] as const) {
    const outcome = runTests(files, {});
    context.diagnostic(`${what}: ${outcome.pass} pass`);
    assertClean(what, outcome);
  }
});

test("the tests of the addon pass with a sanitized addon", { timeout: LIMIT }, (context) => {
  const headers = join(dirname(dirname(realpathSync(process.execPath))), "include/node");
  assert.ok(existsSync(headers), "node's headers lie beside it");
  const defines = [
    "NAPI_VERSION=8",
    "NODE_ADDON_API_CPP_EXCEPTIONS",
    "NODE_ADDON_API_DISABLE_DEPRECATED",
    "_GNU_SOURCE",
    "NODE_GYP_MODULE_NAME=tsbox",
    "BUILDING_NODE_EXTENSION",
  ];
  const own = readdirSync("native/addon")
    .filter((name) => name.endsWith(".cc"))
    .map((name) => join("native/addon", name));
  const sources = [...own, "native/peer.c"];
  const flags = [
    "-std=gnu++17",
    "-fexceptions",
    "-fPIC",
    "-shared",
    "-O1",
    "-g",
    "-w",
    "-fsanitize=address,undefined",
    "-fno-sanitize=vptr",
    "-fno-sanitize-recover=undefined",
  ];
  execFileSync(
    "g++",
    [...flags, ...defines.map((name) => `-D${name}`), `-I${headers}`, "-Inode_modules/node-addon-api", ...sources, "-o", join(PLACE, "build/tsbox.node")],
    {
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  const library = execFileSync("g++", ["-print-file-name=libasan.so"], { encoding: "utf8" }).trim();
  const files = readdirSync("test/native-addon")
    .filter((name) => name.endsWith(".test.ts") && !ADDON_NOT_HERE.includes(name.replace(".test.ts", "")))
    .map((name) => `build/js/test/native-addon/${name.replace(/\.ts$/, ".js")}`);
  const outcome = runTests(files, { LD_PRELOAD: realpathSync(library), ASAN_OPTIONS: "detect_leaks=0" });
  context.diagnostic(`${outcome.pass} pass`);
  assertClean("addon", outcome);
});
