// Lines for whoever looks after the process: written beside the loop of events, and bounded, since an app can cause them at will.
import { write as writeFile } from "node:fs";

const MOST_WAITING = 100;
const MOST_BYTES = 4 * 1024 * 1024;

type Write = (fd: number, text: string, done: (error: Error | null, written: number) => void) => void;

export class LogWriter {
  readonly #fd: number;
  readonly #prefix: string;
  readonly #write: Write;
  readonly #waiting: string[] = [];
  #busy = false;
  #leftOut = 0;
  #bytesLeft = MOST_BYTES;

  constructor(fd: number, prefix: string, write: Write = (target, text, done) => writeFile(target, text, (error, written) => done(error, written))) {
    this.#fd = fd;
    this.#prefix = prefix;
    this.#write = write;
  }

  readonly add = (text: string): void => {
    if (this.#waiting.length >= MOST_WAITING) this.#leftOut++;
    else this.#waiting.push(`${this.#prefix}: ${text}\n`);
    if (!this.#busy) this.#next();
  };

  #next(): void {
    const lines = this.#waiting.splice(0);
    if (this.#leftOut > 0) lines.push(`${this.#prefix}: ${this.#leftOut} more lines left out\n`);
    this.#leftOut = 0;
    if (lines.length === 0 || this.#bytesLeft <= 0) return;
    const text = lines.join("");
    this.#bytesLeft -= text.length;
    this.#busy = true;
    // What a full pipe or disk does not take is lost: a log is no reason to wait, or to end.
    this.#write(this.#fd, this.#bytesLeft > 0 ? text : `${text}${this.#prefix}: no more lines from this process\n`, () => {
      this.#busy = false;
      this.#next();
    });
  }
}
