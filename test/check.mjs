// `npm run check`: what a contributor can break, in under a minute and with nothing installed: formatter and linter, types, walls, unit and golden tests.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folders whose tests need the built program, Debian's packages or minutes; `npm test` runs those. */
const NEEDS_MORE = ["boundary", "programs", "differential", "long", "fuzz", "bench", "support", "fixtures", "native", "broker", "dbus-proxy/live"].map(
  (folder) => `test/${folder}`,
);

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
// The tests read English; of other languages only one of its own (test/messages/languages.test.ts).
if (/^zh/.test(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "")) process.env.LC_ALL = "C.UTF-8";
const failures = [];
check("format and lint", "node_modules/.bin/biome", ["check", "--diagnostic-level=warn", "."]);
check("types", "node_modules/.bin/tsc", ["-p", "tsconfig.json"]);
check("unit and golden tests", process.execPath, [
  "--test",
  "--enable-source-maps",
  "--test-reporter=spec",
  "--test-concurrency=2",
  "--test-timeout=60000",
  ...compiledTests("test"),
]);
if (failures.length > 0) console.error(`\nnpm run check: failed: ${failures.join(", ")}`);
process.exit(failures.length > 0 ? 1 : 0);

function check(what, command, argv) {
  const started = Date.now();
  console.log(`=== ${what}`);
  const result = spawnSync(command, argv, { stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) failures.push(what);
  console.log(`=== ${what}: ${result.status === 0 ? "good" : "FAILED"}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function compiledTests(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NEEDS_MORE.includes(path) ? [] : compiledTests(path);
    return entry.name.endsWith(".test.ts") ? [`build/js/${path.replace(/\.ts$/, ".js")}`] : [];
  });
}
