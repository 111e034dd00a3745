// What a guest told on its console: of each test file how many tests pass, and why the others cannot.
import { stripVTControlCharacters } from "node:util";

interface Known {
  /** In what a failed test says. */
  readonly said: RegExp;
  readonly reason: string;
}

/** What an older kernel lacks is refused by tsbox, in these words, and not weakened. */
const KNOWN: readonly Known[] = [
  {
    said: /the network is shared, and Linux [\d.]+ cannot close the host's abstract sockets \(6\.12 can\)/,
    reason: "refused: the host's abstract sockets cannot be closed before Linux 6.12",
  },
];

export interface Failed {
  readonly test: string;
  /** Missing: nobody knows why. */
  readonly reason?: string;
}

export interface Told {
  readonly file: string;
  readonly pass: number;
  readonly tests: number;
  readonly failed: readonly Failed[];
}

export const plainConsole = (text: string): string => stripVTControlCharacters(text).replaceAll("\r", "");

/** Of each file that the guest came to the end of. */
export function readConsole(text: string): readonly Told[] {
  return [...text.matchAll(/^GUEST-FILE (\S+)$([\s\S]*?)^GUEST-FILE-END \1 \d+ at/gm)].map(([, file = "", said = ""]) => {
    const count = (name: string): number => Number(new RegExp(`^\\S+ ${name} (\\d+)$`, "m").exec(said)?.[1] ?? -1);
    return { file, pass: count("pass"), tests: count("tests"), failed: readFailed(said) };
  });
}

/** Each once, with its group; what it says stands below it, deeper. */
function readFailed(said: string): readonly Failed[] {
  const [tests = ""] = said.split("✖ failing tests:");
  return tests.split(/^▶ /m).flatMap((group) => {
    const name = group.slice(0, group.indexOf("\n"));
    return [...group.matchAll(/^ {2}✖ (.*?) \([\d.]+ms\)\n((?: {4}.*\n|\n)*)/gm)].map(([, test = "", why = ""]) => {
      const known = KNOWN.find((one) => one.said.test(why));
      return { test: `${name}: ${test}`, ...(known && { reason: known.reason }) };
    });
  });
}

/** Lines of a report. */
export function describeTold(told: readonly Told[]): readonly string[] {
  return told.flatMap(({ file, pass, tests, failed }) => [
    `${file}: ${pass} of ${tests} pass`,
    ...failed.map(({ test, reason }) => `  cannot be here: ${test}: ${reason ?? "not known"}`),
  ]);
}
