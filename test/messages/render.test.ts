import assert from "node:assert/strict";
import { test } from "node:test";
import { MESSAGE_TABLES } from "../../launcher/messages/messages.ts";
import { renderJsonText, renderOutsideLines, renderOutsideText, renderProblem } from "../../launcher/messages/render.ts";

const TABLE = { "a.b": { text: "no `{name}` here", hint: "try `{other}`" } };
const PROBLEM = { key: "a.b", file: "", line: 0, column: 0, values: { name: "x", other: "y" }, severity: "error" } as const;

test("a problem is one line and its hint another", () => {
  assert.equal(renderProblem(PROBLEM, TABLE), "tsbox: no `x` here\nhint: try `y`\n");
});

test("the place stands before the text, as far as it is known", () => {
  assert.equal(renderProblem({ ...PROBLEM, file: "/a.ini", line: 3, column: 7 }, TABLE).split("\n")[0], "tsbox: /a.ini:3:7: no `x` here");
  assert.equal(renderProblem({ ...PROBLEM, file: "/a.ini", line: 3 }, TABLE).split("\n")[0], "tsbox: /a.ini:3: no `x` here");
  assert.equal(renderProblem({ ...PROBLEM, file: "/a.ini" }, TABLE).split("\n")[0], "tsbox: /a.ini: no `x` here");
  assert.equal(renderProblem({ ...PROBLEM, severity: "notice" }, TABLE).split("\n")[0], "tsbox: notice: no `x` here");
});

test("outside text can neither repaint the terminal, nor reorder the line, nor start a new one", () => {
  assert.equal(renderOutsideText("a\x1b[2Jb\n\t\x7f\x9b"), "a\\x1b[2Jb\\n\\t\\x7f\\x9b");
  assert.equal(renderOutsideText("\u202egpj.exe\u2066\u200f\u2028\ufeff"), "\\u202egpj.exe\\u2066\\u200f\\u2028\\ufeff");
  assert.equal(renderOutsideText("\ud800x\udc00"), "\\ud800x\\udc00");
  assert.equal(renderOutsideText("grüße 📦 日本"), "grüße 📦 日本");
  assert.ok(!renderProblem({ ...PROBLEM, values: { name: "\u001b]0;x\u0007", other: "" }, file: "/\n" }, TABLE).includes("\u001b"));
});

test("JSON holds no character that a terminal obeys, and reads back the same", () => {
  const value = { a: "\x1b[2J\x9b\u202e\u2028\ufeff", b: ["line\nend", "grüße 📦"] };
  const text = renderJsonText(value, 2);
  assert.equal(renderOutsideLines(text), text);
  assert.deepEqual(JSON.parse(text), value);
});

test("a value is never read as a placeholder", () => {
  assert.equal(renderProblem({ ...PROBLEM, values: { name: "{other}", other: "y" } }, TABLE).split("\n")[0], "tsbox: no `{other}` here");
});

test("a key without a text still says what it knows", () => {
  assert.match(renderProblem({ ...PROBLEM, key: "no.such" }, TABLE), /no\.such .*"name":"x"/);
});

test("no key stands in two tables", () => {
  const keys = MESSAGE_TABLES.flatMap((table) => Object.keys(table));
  assert.deepEqual(
    keys.filter((key, index) => keys.indexOf(key) !== index),
    [],
  );
});

const BUTTON = /^portal\..*(accept|refuse)$/;

test("every text is in the house's form: lower case, no full stop, input in backticks", () => {
  for (const table of MESSAGE_TABLES) {
    for (const [key, { text, hint }] of Object.entries(table)) {
      for (const line of [text, hint ?? ""]) {
        assert.doesNotMatch(line, /\.$/, key);
        assert.doesNotMatch(line, /\n/, key);
        // Words on a button are a sentence of their own.
        if (BUTTON.test(key)) continue;
        assert.doesNotMatch(line, /^(?!Linux|Landlock|AppArmor|Wayland|Flatpak)[A-Z][a-z]/, key);
      }
    }
  }
});
