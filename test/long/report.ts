// What a long test found, kept beside it: `npm run test:long` writes the file anew, so that it says for which commit and kernel it holds.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";

const FOLDER = "test/long/reports";

/** Writes test/long/reports/NAME.txt where `npm run test:long` runs; alone, a test leaves the report as it is. */
export function writeReport(name: string, lines: readonly string[]): void {
  if (process.env["TSBOX_LONG_REPORT"] !== "1") return;
  const head = [`date ${today()}`, `commit ${commit()}`, `kernel ${release()}`, `node ${process.version}`];
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/${name}.txt`, `${[...head, "", ...lines].join("\n")}\n`);
}

/** A line for each thing, with the day and the commit of its last run; what was not run keeps its line. */
export function writeReportLine(name: string, thing: string, result: string): void {
  if (process.env["TSBOX_LONG_REPORT"] !== "1") return;
  const file = `${FOLDER}/${name}.txt`;
  const kept = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const others = kept.filter((line) => line !== "" && !line.startsWith(`${thing}: `));
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, `${[...others, `${thing}: ${result} (${today()}, ${commit()}, kernel ${release()})`].sort().join("\n")}\n`);
}

const today = (): string => new Date().toISOString().slice(0, 10);
const commit = (): string => spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout?.trim() || "unknown";
