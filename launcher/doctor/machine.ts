// The machine as it is, for the checks.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import type { Machine } from "./check.ts";

const MOST_MILLISECONDS = 5000;
const NOT_FOUND = 127;
const SIGNALLED = 128;

export function readMachine(environment: ReadonlyMap<string, string>, runtimeDirectory: string | null, installation: string): Machine {
  return {
    environment,
    uid: process.geteuid?.() ?? -1,
    kernelRelease: release(),
    runtimeDirectory,
    installation,
    readText: (path) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return null;
      }
    },
    run: (path, words, name = path) => {
      const ended = spawnSync(path, words, {
        argv0: name,
        stdio: ["ignore", "pipe", "pipe"],
        encoding: "utf8",
        timeout: MOST_MILLISECONDS,
        env: { ...Object.fromEntries(environment), LC_ALL: "C" },
      });
      return { status: ended.status ?? (ended.signal === null ? NOT_FOUND : SIGNALLED), stdout: ended.stdout ?? "", stderr: ended.stderr ?? "" };
    },
  };
}
