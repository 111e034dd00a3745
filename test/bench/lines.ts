// A child's output by lines.
import type { ChildProcess } from "node:child_process";

export class Lines {
  readonly #child: ChildProcess;
  #text = "";
  #wake: () => void = () => {};

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (data: Buffer) => {
      this.#text += data.toString();
      this.#wake();
    });
    child.stdout?.once("end", () => {
      this.#text += "\n";
      this.#wake();
    });
  }

  async next(): Promise<string> {
    while (!this.#text.includes("\n")) await new Promise<void>((woken) => (this.#wake = woken));
    const at = this.#text.indexOf("\n");
    const line = this.#text.slice(0, at);
    this.#text = this.#text.slice(at + 1);
    if (line === "") throw new Error("a program of the bench ended early");
    return line;
  }

  tell(words: string): void {
    this.#child.stdin?.write(`${words}\n`);
  }

  /** What came so far and nobody read. */
  forget(): readonly string[] {
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    return lines;
  }
}
