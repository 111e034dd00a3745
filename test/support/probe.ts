// The static probe of test/fixtures/programs: compiled once, run outside and inside, its answers as values.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const SOURCES = resolve("test/fixtures/programs");
const FOLDER = resolve("build/test");

/** Absolute path of the probe's binary; compiled where it is missing or older than a source. */
export function buildProbe(): string {
  const binary = join(FOLDER, "probe");
  const sources = readdirSync(SOURCES)
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(SOURCES, name));
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  if (existsSync(binary) && statSync(binary).mtimeMs > newest) return binary;
  mkdirSync(FOLDER, { recursive: true });
  const fresh = `${binary}.${process.pid}`;
  execFileSync("cc", ["-static", "-O1", "-Wall", "-o", fresh, ...sources.filter((path) => path.endsWith(".c"))], { stdio: ["ignore", "inherit", "inherit"] });
  renameSync(fresh, binary);
  return binary;
}

/** What `probe facts` prints. Directories map a name to a link's target or to the letter of its type. */
export interface ProbeFacts {
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly egid: number;
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly group: number;
  readonly groups: readonly number[];
  readonly umask: number;
  readonly directory: string;
  readonly hostname: string;
  readonly environment: readonly string[];
  readonly status: string;
  readonly mountinfo: string;
  readonly uidMap: string;
  readonly setgroups: string;
  readonly netDevices: string;
  readonly identity: string;
  readonly descriptors: Readonly<Record<string, string>>;
  readonly initDescriptors: Readonly<Record<string, string>>;
  readonly namespaces: Readonly<Record<string, string>>;
  readonly processes: Readonly<Record<string, string>>;
  readonly interfaces: Readonly<Record<string, string>>;
  readonly devices: Readonly<Record<string, string>>;
  readonly root: Readonly<Record<string, string>>;
  readonly run: Readonly<Record<string, string>>;
  readonly runtimeDirectory: Readonly<Record<string, string>>;
}

/** A line of /proc/PID/status, without its name. */
export function statusField(facts: Pick<ProbeFacts, "status">, name: string): string {
  for (const line of facts.status.split("\n")) if (line.startsWith(`${name}:`)) return line.slice(name.length + 1).trim();
  throw new Error(`no ${name} in /proc/self/status`);
}

export interface MountLine {
  readonly id: number;
  readonly device: string;
  readonly root: string;
  readonly target: string;
  readonly options: readonly string[];
  /** `shared:N`, `master:N` and such. */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly superOptions: readonly string[];
}

export function parseMountinfo(text: string): readonly MountLine[] {
  const plain = (path: string): string => path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const fields = line.split(" ");
      const dash = fields.indexOf("-");
      return {
        id: Number(fields[0]),
        device: fields[2] ?? "",
        root: plain(fields[3] ?? ""),
        target: plain(fields[4] ?? ""),
        options: (fields[5] ?? "").split(","),
        propagation: fields.slice(6, dash),
        type: fields[dash + 1] ?? "",
        superOptions: (fields[dash + 3] ?? "").split(","),
      };
    });
}
