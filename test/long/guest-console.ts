// What a guest told on its console: of each test file how many tests pass, and why the others cannot.
import { stripVTControlCharacters } from "node:util";

interface Known {
  /** In what a failed test says, or its name. */
  readonly said?: RegExp;
  readonly test?: RegExp;
  readonly reason: string;
}

/** What an older kernel lacks is refused by tsbox in words of its own, and not weakened; or SECURITY.md says what it lacks. */
const KNOWN: readonly Known[] = [
  {
    said: /the network is shared, and Linux [\d.]+ cannot close the host's abstract sockets \(6\.12 can\)/,
    reason: "refused, since the host's abstract sockets cannot be closed before Linux 6.12",
  },
  {
    test: /^closes signals to whatever is not the app's own, its pid 1 among them$/,
    reason: "about signals to the sandbox's own pid 1, which Landlock closes from Linux 6.12 on",
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
      const known = KNOWN.find((one) => one.said?.test(why) || one.test?.test(test));
      return { test: `${name}: ${test}`, ...(known && { reason: known.reason }) };
    });
  });
}

/** A line for a report. */
export function describeTold({ pass, tests, failed }: Told): string {
  const reasons = [...new Set(failed.map(({ reason }) => reason))];
  return [
    `${pass} of ${tests} pass`,
    ...reasons.map((reason) => {
      const of = failed.filter((one) => one.reason === reason);
      return reason === undefined ? of.map(({ test }) => `not known why: ${test}`).join("; ") : `${of.length} ${reason}`;
    }),
  ].join("; ");
}
