// What a long test found, kept beside it: `npm run test:long` writes the file anew, so that it says for which commit and kernel it holds.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { release } from "node:os";

/** Writes test/long/reports/NAME.txt where `npm run test:long` runs; alone, a test leaves the report as it is. */
export function writeReport(name: string, lines: readonly string[]): void {
  if (process.env["TSBOX_LONG_REPORT"] !== "1") return;
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout?.trim() || "unknown";
  const head = [`date ${new Date().toISOString().slice(0, 10)}`, `commit ${commit}`, `kernel ${release()}`, `node ${process.version}`];
  mkdirSync("test/long/reports", { recursive: true });
  writeFileSync(`test/long/reports/${name}.txt`, `${[...head, "", ...lines].join("\n")}\n`);
}
