// How much of dbus-proxy/ the judges of the filter run: its unit tests, those on real buses and with whole sandboxes, the comparison with xdg-dbus-proxy, and the messages beside libdbus.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { it } from "node:test";
import { startProcess } from "../support/process.ts";
import { copyBuild } from "../support/sandbox.ts";
import { readCoverage } from "./branch-coverage.ts";
import { writeReport } from "./report.ts";

const LIMIT = 7_200_000;
/** Of the branches that any of the processes could tell apart. */
const WANTED = Number(process.env["TSBOX_COVERAGE_WANTED"] ?? 95);
const FILES = ["dbus-proxy", "long/messages.test.js", "differential/dbus-proxy.test.js", "differential/dbus-proxy-live.test.js", "boundary", "programs"];
/** Of the tests with whole sandboxes, those that are about the filter. */
const WITH_SANDBOXES =
  /(boundary\/(bus-|dbus|own-secrets|policy-change|portal|portals-|sound|pipewire|system-bus|event-log|two-apps|upgraded)|programs\/(bus-process-killed|broker-killed))[^/]*$/;

/** A build whose bus process runs from compiled files and tells what of them ran; where it tells it. */
function makeCoveredBuild(): { readonly build: string; readonly told: string; remove(): void } {
  const folder = mkdtempSync("/var/tmp/tsbox-coverage-");
  chmodSync(folder, 0o755);
  const build = join(folder, "build");
  copyBuild(build);
  for (const part of ["dbus-proxy", "native"]) cpSync(`build/js/${part}`, join(build, "js", part), { recursive: true });
  writeFileSync(join(build, "js/package.json"), '{ "type": "module" }\n');
  copyFileSync("test/fixtures/programs/covered_bus.cjs", join(build, "bus.cjs"));
  const told = join(build, "coverage");
  mkdirSync(told);
  chmodSync(told, 0o1777);
  return { build, told, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function testsIn(path: string): readonly string[] {
  if (path.endsWith(".js")) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? testsIn(join(path, entry.name)) : entry.name.endsWith(".test.js") ? [join(path, entry.name)] : [],
  );
}

it(`covers at least ${WANTED} % of the branches of dbus-proxy/`, { timeout: LIMIT }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-coverage-"));
  const covered = makeCoveredBuild();
  const beside = resolve("build/js/dbus-proxy/tsbox.node");
  if (!existsSync(beside)) symlinkSync(resolve("build/tsbox.node"), beside);
  try {
    // This test's own context would make the others part of it, and their reports are those of their own runs.
    const { NODE_TEST_CONTEXT: _, TSBOX_LONG_REPORT: __, ...environment } = process.env;
    const tests = FILES.flatMap((path) => testsIn(resolve("build/js/test", path))).filter(
      (path) => !/\/(boundary|programs)\//.test(path) || WITH_SANDBOXES.test(path),
    );
    // What these tests find, their own runs tell: here a proxy that is asked to leave leaves by itself, and all is slower.
    await startProcess([process.execPath, "--test", "--test-concurrency=1", ...tests], {
      environment: {
        ...(environment as Record<string, string>),
        NODE_V8_COVERAGE: folder,
        TSBOX_PROXY_ENTRY: resolve("build/js/dbus-proxy/command.js"),
        TSBOX_TEST_BUILD: covered.build,
        // All that they can show of the reader they show early; `messages` itself plays a million.
        TSBOX_FUZZ_MESSAGES: "100000",
        TSBOX_PATIENCE: process.env["TSBOX_PATIENCE"] ?? "4",
      },
      cwd: process.cwd(),
      limit: LIMIT,
    }).ended;
    const rows = readCoverage(
      [resolve("build"), covered.build].map((build) => join(build, "js/dbus-proxy/")),
      [folder, covered.told],
    );
    const lines = rows.map(({ path, all, ran }) => `${path.padEnd(40)} ${String(ran).padStart(4)} of ${String(all).padStart(4)} branches`);
    const sum = (key: "all" | "ran"): number => rows.reduce((total, row) => total + row[key], 0);
    const share = (100 * sum("ran")) / sum("all");
    lines.push(`branch coverage of dbus-proxy/: ${share.toFixed(1)} % (${sum("ran")} of ${sum("all")})`);
    console.log(lines.join("\n"));
    if (process.env["TSBOX_COVERAGE_LINES"] !== undefined) for (const { path, never } of rows) for (const line of never) console.log(`${path}: ${line}`);
    writeReport("coverage", lines);
    assert.ok(share >= WANTED, `${share.toFixed(1)} %`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    covered.remove();
  }
});
