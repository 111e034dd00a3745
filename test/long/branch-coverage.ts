// What V8 tells of compiled files: which of their branches ran in any of the processes that told it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[] }[];
}

/** One compiled file: which of its characters ran in any process, and where branches begin. */
class FileCoverage {
  readonly #text: string;
  readonly #ran: Uint8Array;
  readonly #branches = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
    this.#ran = new Uint8Array(text.length);
  }

  /** Where each branch begins that never ran. */
  never(): readonly string[] {
    const starts = [...new Set([...this.#branches.values()].filter((at) => this.#ran[at] !== 1))].sort((a, b) => a - b);
    return starts.map(
      (at) =>
        `${this.#text.slice(0, at).split("\n").length}: ${this.#text
          .slice(at, at + 100)
          .split("\n")
          .join(" ")}`,
    );
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

export interface CoveredFile {
  readonly path: string;
  /** Branches that any of the processes could tell apart. */
  readonly all: number;
  readonly ran: number;
  /** `LINE: TEXT` of each that never ran. */
  readonly never: readonly string[];
}

/** Of the files below any of `roots` (with a slash at the end), from what lies in the folders `told`; the least covered first. */
export function readCoverage(roots: readonly string[], told: readonly string[]): readonly CoveredFile[] {
  const files = new Map<string, FileCoverage>();
  for (const from of told.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))))
    for (const script of scriptsIn(from)) {
      const path = script.url.startsWith("file:") ? fileURLToPath(script.url) : "";
      const root = roots.find((one) => path.startsWith(one));
      if (root === undefined) continue;
      const name = path.slice(root.length);
      const file = files.get(name) ?? new FileCoverage(readFileSync(path, "utf8"));
      files.set(name, file);
      file.add(script);
    }
  return [...files].map(([path, file]) => ({ path, ...file.counts, never: file.never() })).sort((a, b) => a.ran / a.all - b.ran / b.all);
}

/** A process that was killed while it told leaves half of it. */
function scriptsIn(path: string): readonly ScriptCoverage[] {
  try {
    return (JSON.parse(readFileSync(path, "utf8")) as { result: readonly ScriptCoverage[] }).result;
  } catch {
    return [];
  }
}
