// A program on a pseudo terminal, driven step by step as a user at a shell would.
import type { RunOptions, Session } from "./session.ts";
import { serverScript } from "./server-script.ts";

/** See test/fixtures/servers/terminal.py. Seconds come last. */
export type TerminalStep =
  | readonly ["send", string]
  | readonly ["expect", string, number]
  | readonly ["absent", string, number]
  | readonly ["resize", number, number]
  | readonly ["hang-up"]
  | readonly ["end", number];

export interface TerminalResult {
  readonly output: string;
  /** Exit status; negative for a signal's number; null where it had to be left behind. */
  readonly status: number | null;
  /** The step that was not met. */
  readonly failed: TerminalStep | null;
}

export async function onTerminal(session: Session, argv: readonly string[], steps: readonly TerminalStep[], options: RunOptions = {}): Promise<TerminalResult> {
  const input = JSON.stringify({ argv, steps });
  const environment = { TERM: "xterm", PS1: "prompt> ", ...options.environment };
  const result = await session.run(["/usr/bin/python3", serverScript(session, "terminal.py")], { limit: 60_000, ...options, environment, input });
  if (result.status !== 0) throw new Error(`the terminal's driver ended with ${result.status ?? result.signal}\n${result.stderr}`);
  return JSON.parse(result.stdout) as TerminalResult;
}
