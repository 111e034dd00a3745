// The machine as it is, for the checks.
import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { release } from "node:os";
import type { Look, Machine } from "./check.ts";

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
    look,
    isFull,
    list: (path) => {
      try {
        return readdirSync(path);
      } catch {
        return [];
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

function look(path: string): Look | null {
  try {
    const found = statSync(path);
    const kind = found.isDirectory() ? "folder" : found.isFile() ? "file" : found.isSocket() ? "socket" : "other";
    return { kind, uid: found.uid, mode: found.mode & 0o7777, writable: isWritable(path) };
  } catch {
    return null;
  }
}

function isFull(path: string): boolean {
  try {
    const { blocks, bavail } = statfsSync(path);
    return blocks > 0 && bavail === 0;
  } catch {
    return false;
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
