// A plain command line is read without commander; it must say exactly what commander says.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Command } from "../../launcher/cli/command.ts";
import { allCommands, brokerCommands } from "../../launcher/cli/commands.ts";
import { readPlainLine } from "../../launcher/cli/plain-line.ts";
import { parseCommandLine, parseWithCommander } from "../../launcher/cli/program.ts";

const commands = brokerCommands();
const run = commands.find(({ name }) => name === "run");
const longs = (run?.options ?? []).flatMap(({ flags }) => /--[a-z0-9-]+/.exec(flags) ?? []);

/** 1 where the line is plain: what is not, commander reads either way. Beside the others a command is read as alone, and alone ten times as fast. */
function compare(argv: readonly string[], all: readonly Command[]): 0 | 1 {
  const plain = readPlainLine(argv, all);
  if (plain === undefined) return 0;
  assert.deepEqual({ kind: "command", ...plain }, parseWithCommander(argv, [plain.command]), argv.join(" "));
  return 1;
}

describe("a plain command line", () => {
  it("says what commander says, for whatever is put together of real options, values and odd words", () => {
    const odd = fc.constantFrom(
      "org.a.App",
      "./file.ini",
      "--",
      "-p",
      "-h",
      "--help",
      "--version",
      "--no-such",
      "",
      "=",
      "-",
      "--fd",
      "a b",
      "--filesystem=home",
      "--dry-run=json",
    );
    const option = fc.oneof(
      fc.constantFrom(...longs),
      fc.tuple(fc.constantFrom(...longs), fc.constantFrom("", "value", "-x", "a=b", "~/x:ro")).map(([long, value]) => `${long}=${value}`),
    );
    let plain = 0;
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: option }, { weight: 1, arbitrary: odd }, { weight: 1, arbitrary: fc.constant("value") }), { maxLength: 6 }),
        (words) => {
          const argv = ["run", ...words];
          plain += compare(argv, commands);
        },
      ),
      { numRuns: 10_000 },
    );
    assert.ok(plain > 1500, `only ${plain} were plain`);
  });

  it("says what commander says of every other command too", () => {
    const all = allCommands(() => "/catalogue");
    let plain = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...all).chain((command) => {
          const flags = command.options.flatMap(({ flags }) => /--[a-z0-9-]+/.exec(flags) ?? []);
          const option = flags.length === 0 ? fc.constant("--none") : fc.constantFrom(...flags);
          const word = fc.oneof(
            { weight: 3, arbitrary: option },
            { weight: 1, arbitrary: fc.tuple(option, fc.constantFrom("", "value", "-x")).map(([long, value]) => `${long}=${value}`) },
            { weight: 3, arbitrary: fc.constantFrom("org.a.App", "list", "value") },
            { weight: 1, arbitrary: fc.constantFrom("--", "-j", "-h", "--help", "--no-such", "", "-") },
          );
          return fc.tuple(fc.constant(command.name), fc.array(word, { maxLength: 5 }));
        }),
        ([name, words]) => {
          const argv = [name, ...words];
          plain += compare(argv, all);
        },
      ),
      { numRuns: 10_000 },
    );
    assert.ok(plain > 1500, `only ${plain} were plain`);
  });

  it("is every line that a desktop entry of ours has", () => {
    for (const argv of [
      ["run", "org.a.App"],
      ["run", "--command=x", "--file-forwarding", "org.a.App", "@@u", "--not-ours", "@@"],
      ["run", "--filesystem", "~/x", "./a.ini", "--help"],
    ]) {
      assert.ok(readPlainLine(argv, commands) !== undefined, argv.join(" "));
      assert.deepEqual(parseCommandLine(argv, commands), parseWithCommander(argv, commands), argv.join(" "));
    }
  });
});
