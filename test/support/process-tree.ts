// The processes of a running program, looked at from outside: which namespaces they are in, and how many filters of system calls lie on them.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Running } from "./process.ts";
import { readArguments } from "./session.ts";

export interface Process {
  readonly argv: readonly string[];
  /** Of the kind to its number. */
  readonly namespaces: Readonly<Record<"user" | "pid" | "net", string>>;
  /** How many filters of system calls lie on each other. */
  readonly filters: number;
}

/** Descendants of this run whose command line matches. */
export function processes(run: Running, matches: (argv: readonly string[]) => boolean): readonly Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const argv = readArguments(Number(pid));
      if (!matches(argv)) return [];
      try {
        if (!descends(Number(pid), run.pid)) return [];
        const namespace = (kind: string): string => readlinkSync(`/proc/${pid}/ns/${kind}`);
        const filters = Number(/^Seccomp_filters:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
        return [{ argv, namespaces: { user: namespace("user"), pid: namespace("pid"), net: namespace("net") }, filters }];
      } catch {
        return []; // it ended in between
      }
    });
}

function descends(pid: number, from: number): boolean {
  for (let at = pid; at > 1; at = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${at}/status`, "utf8"))?.[1])) if (at === from) return true;
  return false;
}

/** Of a program of Mozilla's: one that holds pages. Newer ones are forked, and write over the line that they were started with: one word, padded. */
export function isContentProcess(argv: readonly string[]): boolean {
  return /(?:^| )-contentproc .* tab\s*$/.test(argv.join(" "));
}

/** `name`: of its executable. */
export function isMozillaMain(argv: readonly string[], name: string): boolean {
  return argv[0]?.endsWith(name) === true && !argv.join(" ").includes("-contentproc");
}
