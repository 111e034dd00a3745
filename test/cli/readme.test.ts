// Every command that the README or a command's own help shows is one that tsbox takes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { allCommands } from "../../launcher/cli/commands.ts";
import { parseWithCommander } from "../../launcher/cli/program.ts";

const commands = allCommands(() => "/catalogue");

/** Indented lines, of which one may hold several, and words between backticks; what a shell does with its part of a line is left out. */
function shownIn(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^ {4}(tsbox .*)$/gm)].flatMap(([, line = ""]) => line.replace(/ +# .*$/, "").split("; "));
  // A command's bare name is no line.
  const spans = [...page.matchAll(/`(tsbox [^`\s]+ [^`\n]+)`/g)].map(([, span = ""]) => span);
  return [...blocks, ...spans].map((line) => line.replace(/ (?:>|&&) .*$/, "").trim()).filter((line) => !line.includes("…") && !line.includes("|"));
}

function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", "")).slice(1);
}

test("the README's commands are taken as they stand there", () => {
  const lines = shownIn(readFileSync("README.md", "utf8"));
  assert.ok(lines.length > 60, `only ${lines.length} were found`);
  for (const line of lines) {
    const parsed = parseWithCommander(wordsOf(line), commands);
    assert.equal(parsed.kind, "command", `${line}: ${JSON.stringify(parsed)}`);
  }
});

test("the examples of `--help` are taken as they stand there", () => {
  const lines = commands.flatMap(({ details }) => shownIn(details.join("\n")));
  assert.ok(lines.length > 15, `only ${lines.length} were found`);
  for (const line of lines) {
    const parsed = parseWithCommander(wordsOf(line), commands);
    assert.equal(parsed.kind, "command", `${line}: ${JSON.stringify(parsed)}`);
  }
});
