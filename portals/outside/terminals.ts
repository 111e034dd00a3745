// Which terminals a process can read and write: by their device numbers, which are the same in every process that has them.
import { readdirSync, readFileSync, statSync } from "node:fs";

const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;
/** `/dev/tty` is whatever terminal controls a process, and that is counted by itself (Linux, Documentation/admin-guide/devices.txt). */
const TTY_MAJORS: readonly (readonly [from: number, to: number])[] = [
  [4, 4],
  [5, 5],
  [136, 143],
  [204, 204],
  [229, 229],
];
const CURRENT_TTY = 0x500;

/** Of its open descriptors and its controlling terminal. Empty where there are none, or the process is not ours to look at. */
export function terminalsOf(pid: number | "self"): readonly number[] {
  const found = new Set<number>();
  const controlling = readControlling(pid);
  if (controlling !== 0) found.add(controlling);
  for (const name of descriptorsOf(pid)) {
    const number = terminalAt(`/proc/${pid}/fd/${name}`);
    if (number !== undefined) found.add(number);
  }
  return [...found];
}

/** Undefined where it is no terminal. */
export function terminalAt(path: string): number | undefined {
  try {
    const { mode, rdev } = statSync(path);
    const major = (rdev >> 8) & 0xfff;
    const isTerminal = (mode & S_IFMT) === S_IFCHR && rdev !== CURRENT_TTY && TTY_MAJORS.some(([from, to]) => major >= from && major <= to);
    return isTerminal ? rdev : undefined;
  } catch {
    return undefined;
  }
}

/** Field 7 of proc_pid_stat(5), behind the name, which may hold anything. */
function readControlling(pid: number | "self"): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[4] ?? 0);
  } catch {
    return 0;
  }
}

function descriptorsOf(pid: number | "self"): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}
