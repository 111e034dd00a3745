// How much of dbus-proxy/ the judges of the filter run: its unit tests, those on real buses, and the messages beside libdbus.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { startProcess } from "../support/process.ts";

const LIMIT = 1_800_000;
/** Of the branches that any of the processes could tell apart. */
const WANTED = Number(process.env["TSBOX_COVERAGE_WANTED"] ?? 85);
const FILES = ["dbus-proxy", "long/messages.test.js"];

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[] }[];
}

/** One compiled file: which of its characters ran in any process, and where branches begin. */
class FileCoverage {
  readonly #ran: Uint8Array;
  readonly #branches = new Map<string, number>();

  constructor(length: number) {
    this.#ran = new Uint8Array(length);
  }

  add({ functions }: ScriptCoverage): void {
    const ran = new Uint8Array(this.#ran.length);
    // Outer ranges come before inner ones.
    for (const { ranges } of functions)
      for (const { startOffset, endOffset, count } of ranges) {
        ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
        this.#branches.set(`${startOffset} ${endOffset}`, startOffset);
      }
    for (let at = 0; at < ran.length; at++) if (ran[at] === 1) this.#ran[at] = 1;
  }

  get counts(): { readonly all: number; readonly ran: number } {
    const starts = [...this.#branches.values()];
    return { all: starts.length, ran: starts.filter((at) => this.#ran[at] === 1).length };
  }
}

function testsIn(path: string): readonly string[] {
  if (path.endsWith(".js")) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? testsIn(join(path, entry.name)) : entry.name.endsWith(".test.js") ? [join(path, entry.name)] : [],
  );
}

it(`covers at least ${WANTED} % of the branches of dbus-proxy/`, { timeout: LIMIT }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-coverage-"));
  const beside = resolve("build/js/dbus-proxy/tsbox.node");
  if (!existsSync(beside)) symlinkSync(resolve("build/tsbox.node"), beside);
  try {
    // This test's own context would make the others part of it.
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const tests = FILES.flatMap((path) => testsIn(resolve("build/js/test", path)));
    // What these tests find, their own runs tell: here a proxy that is asked to leave leaves by itself, and all is slower.
    await startProcess([process.execPath, "--test", "--test-concurrency=1", ...tests], {
      environment: {
        ...(environment as Record<string, string>),
        NODE_V8_COVERAGE: folder,
        TSBOX_PROXY_ENTRY: resolve("build/js/dbus-proxy/command.js"),
      },
      cwd: process.cwd(),
      limit: LIMIT,
    }).ended;
    const files = new Map<string, FileCoverage>();
    const root = resolve("build/js/dbus-proxy");
    for (const name of readdirSync(folder)) {
      const { result } = JSON.parse(readFileSync(join(folder, name), "utf8")) as { result: readonly ScriptCoverage[] };
      for (const script of result) {
        const path = script.url.startsWith("file:") ? fileURLToPath(script.url) : "";
        if (!path.startsWith(`${root}/`)) continue;
        const file = files.get(path) ?? new FileCoverage(readFileSync(path, "utf8").length);
        files.set(path, file);
        file.add(script);
      }
    }
    const rows = [...files].map(([path, file]) => ({ path: path.slice(root.length + 1), ...file.counts })).sort((a, b) => a.ran / a.all - b.ran / b.all);
    for (const { path, all, ran } of rows) console.log(`${path.padEnd(40)} ${String(ran).padStart(4)} of ${String(all).padStart(4)} branches`);
    const sum = (key: "all" | "ran"): number => rows.reduce((total, row) => total + row[key], 0);
    const share = (100 * sum("ran")) / sum("all");
    console.log(`branch coverage of dbus-proxy/: ${share.toFixed(1)} % (${sum("ran")} of ${sum("all")})`);
    assert.ok(share >= WANTED, `${share.toFixed(1)} %`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
