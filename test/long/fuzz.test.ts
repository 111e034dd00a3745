// Coverage-guided search for inputs that break the decoders: plans and command lines, the front's and the connector's protocol, the addon's functions. Begins with
// the kept inputs (test/fuzz/corpus), which also pass under valgrind. TSBOX_FUZZ_SECONDS is for each of the four.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { buildFuzzer, corpusOf, FUZZERS, type Fuzzer, runToEnd } from "../fuzz/build.ts";
import { writeReport } from "./report.ts";

const SECONDS = Number(process.env["TSBOX_FUZZ_SECONDS"] ?? 120);
const LIMIT = (SECONDS + 600) * 1000;
/** Of one input. */
const HANG_SECONDS = 20;

/** A program that tries whatever it is told, where nothing can be spoilt: all is read-only but /tmp and the folder for what it finds. */
function confined(writable: string, argv: readonly string[]): readonly string[] {
  const place = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run"];
  const options = ["--setenv", "ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1", "--bind", writable, "/mnt", "--chdir", "/mnt", "--"];
  return [...place, ...options, ...argv];
}

const report: string[] = [];
after(() => writeReport("fuzz", report));

for (const fuzzer of FUZZERS) {
  test(`${fuzzer}: no input within ${SECONDS} seconds breaks it`, { timeout: LIMIT }, (context) => {
    const program = buildFuzzer(fuzzer, false);
    const found = resolve("build/fuzz", `found-${fuzzer}`);
    mkdirSync(found, { recursive: true });
    const options = [
      `-max_total_time=${SECONDS}`,
      "-max_len=4096",
      `-timeout=${HANG_SECONDS}`,
      "-rss_limit_mb=2000",
      "-print_final_stats=1",
      "-artifact_prefix=/mnt/",
    ];
    const result = runToEnd("bwrap", confined(found, [program, ...options, "/mnt", corpusOf(fuzzer)]), resolve("build/fuzz"));
    const runs = /stat::number_of_executed_units:\s*(\d+)/.exec(result.stderr)?.[1] ?? "0";
    const coverage = [...result.stderr.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? "0";
    const line = `${fuzzer}: ${runs} inputs in ${SECONDS} s, ${coverage} edges, ended with ${result.status}`;
    context.diagnostic(line);
    report.push(line);
    assert.equal(result.status, 0, result.stderr.slice(-4000));
    assert.ok(Number(runs) > readdirSync(corpusOf(fuzzer)).length, result.stderr.slice(-2000));
  });

  test(`${fuzzer}: valgrind finds nothing wrong with the kept inputs`, { timeout: LIMIT }, (context) => {
    const line = `${fuzzer}: ${underValgrind(fuzzer)} kept inputs under valgrind`;
    context.diagnostic(line);
    report.push(line);
  });
}

function underValgrind(fuzzer: Fuzzer): number {
  const program = buildFuzzer(fuzzer, true);
  const inputs = readdirSync(corpusOf(fuzzer)).map((name) => join(corpusOf(fuzzer), name));
  const folder = resolve("build/fuzz", `found-${fuzzer}`);
  mkdirSync(folder, { recursive: true });
  const result = runToEnd("bwrap", confined(folder, ["valgrind", "-q", "--error-exitcode=99", "--leak-check=no", program, ...inputs]), resolve("build/fuzz"));
  assert.equal(result.status, 0, `${result.stdout}${result.stderr}`.slice(-4000));
  assert.match(result.stderr, new RegExp(`^${inputs.length} inputs$`, "m"));
  assert.doesNotMatch(result.stderr, /==\d+==\s+(Invalid|Conditional|Use of|Syscall param)/);
  return inputs.length;
}
