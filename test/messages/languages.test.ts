// Every text is there in every language, with the same values; and a process speaks the language that its environment asks for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BUS_SETS } from "../../dbus-proxy/policy/sets/list.ts";
import { allCommands } from "../../launcher/cli/commands.ts";
import { REFUSED_NAME_SPACES } from "../../launcher/manifest/refused-name-spaces.ts";
import { languageOf } from "../../launcher/messages/language.ts";
import { MESSAGE_TABLES, messagesFor } from "../../launcher/messages/messages.ts";
import { renderPhrase, renderProblem } from "../../launcher/messages/render.ts";
import { CHINESE } from "../../launcher/messages/zh_CN/messages.ts";
import { PERMISSION_KINDS } from "../../launcher/permissions/list.ts";
import { LOWER_LEVELS } from "../../launcher/permissions/lower-levels.ts";
import { NOT_GIVEN } from "../../launcher/permissions/not-given.ts";

const HAN = /\p{Script=Han}/u;
const ENGLISH = Object.assign({}, ...MESSAGE_TABLES) as (typeof MESSAGE_TABLES)[number];
const TO_MEND = "add it to launcher/messages/zh_CN";

/** Sentences that stand beside what they speak of, and that somebody is shown. */
function phrases(): ReadonlySet<string> {
  const commands = allCommands(() => "");
  const help = commands.flatMap(({ summary, options, details }) => [summary, ...options.map((option) => option.summary), ...details]);
  const reasons = ["launcher/plan/login-set.ts", "launcher/plan/protected-paths.ts"].flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/(?:reason: |const [A-Z_]+ = )"([^"]+)"/g)].map((match) => match[1] as string),
  );
  return new Set([
    ...["runs desktop programs in a sandbox", "print the version", "print this help", "Usage:", "Options:", "Commands:"],
    // What is an example of a command line is the same in every language.
    ...help.filter((text) => !text.startsWith("Example:")),
    ...PERMISSION_KINDS.map(({ words }) => words),
    ...NOT_GIVEN.map(({ words }) => words),
    ...BUS_SETS.flatMap(({ words, parameter }) => [words, ...(parameter === null ? [] : [parameter.words])]),
    ...LOWER_LEVELS.map(({ risk }) => risk),
    ...REFUSED_NAME_SPACES.map(({ reason }) => reason),
    ...reasons,
  ]);
}

function placeholders(text: string | undefined): readonly string[] {
  return [...new Set([...(text ?? "").matchAll(/\{([a-z][a-zA-Z-]*)\}/g)].map((match) => match[1] as string))].sort();
}

test("every message is there in Chinese, with the same values and with a hint where there is one", () => {
  for (const [key, { text, hint }] of Object.entries(ENGLISH)) {
    const chinese = CHINESE[key];
    assert.ok(chinese !== undefined, `${key}: ${TO_MEND}`);
    assert.deepEqual(placeholders(chinese.text), placeholders(text), key);
    assert.deepEqual(placeholders(chinese.hint), placeholders(hint), `${key}, hint`);
    assert.equal(chinese.hint === undefined, hint === undefined, `${key}: a hint in one language alone`);
  }
});

test("every sentence of help, permissions and reasons is there in Chinese", () => {
  const wanted = phrases();
  assert.ok(wanted.size > 250);
  for (const english of wanted) assert.ok(CHINESE[english] !== undefined, `${english}: ${TO_MEND}`);
});

test("nothing is left over in Chinese, and all of it is Chinese", () => {
  const wanted = phrases();
  const system = readFileSync("launcher/messages/zh_CN/phrases-system.ts", "utf8");
  for (const [key, { text }] of Object.entries(CHINESE)) {
    assert.ok(ENGLISH[key] !== undefined || wanted.has(key) || system.includes(`"${key}"`), `nobody says: ${key}`);
    // What is in backticks or a value is the same in both.
    const words = (ENGLISH[key]?.text ?? key).replace(/`[^`]*`|\{[^}]*\}/g, "");
    if (/[A-Za-z]{4}/.test(words) && !/^[^a-z]*Linux[^a-z]*$/.test(words)) assert.match(text, HAN, key);
    assert.doesNotMatch(ENGLISH[key] === undefined ? "" : text, /。$/, key);
  }
});

test("a message in Chinese has its values, its sentences and its hint in Chinese", () => {
  const problem = { key: "file.unreadable", file: "/m.ini", line: 0, column: 0, severity: "error" } as const;
  assert.equal(
    renderProblem({ ...problem, values: { system: "permission denied (EACCES)" } }, CHINESE),
    "tsbox: /m.ini: 无法读取该文件：权限不够 (EACCES)\n提示：请更改其权限，或把它移走\n",
  );
  assert.equal(
    renderProblem({ ...problem, key: "plan.protected", severity: "notice", values: { path: "/a", reason: "shells read it at every start" } }, CHINESE),
    "tsbox: 注意：/m.ini: 没有给予 `/a`：shell 每次启动都会读取它\n",
  );
  assert.equal(renderPhrase("nobody has said this", CHINESE), "nobody has said this");
});

test("the language is that of LC_ALL, else LC_MESSAGES, else LANG; English where the encoding could not show Chinese", () => {
  const language = (environment: Readonly<Record<string, string>>): string => languageOf((name) => environment[name]);
  assert.equal(language({ LANG: "zh_CN.UTF-8" }), "zh_CN");
  assert.equal(language({ LANG: "zh_CN.UTF-8", LC_MESSAGES: "de_DE.UTF-8" }), "en");
  assert.equal(language({ LANG: "de_DE.UTF-8", LC_MESSAGES: "zh_CN.utf8" }), "zh_CN");
  assert.equal(language({ LANG: "zh_CN.UTF-8", LC_MESSAGES: "zh_CN.UTF-8", LC_ALL: "C" }), "en");
  assert.equal(language({ LC_ALL: "", LANG: "zh_SG.UTF-8" }), "zh_CN");
  for (const named of ["zh", "zh_CN", "zh_Hans_CN.UTF-8"]) assert.equal(language({ LANG: named }), "zh_CN", named);
  for (const named of ["zh_TW.UTF-8", "zh_CN.GB18030", "en_GB.UTF-8", "zhuang", ""]) assert.equal(language({ LANG: named }), "en", named);
  assert.equal(messagesFor(new Map([["LANG", "zh_CN.UTF-8"]])), CHINESE);
  assert.deepEqual(messagesFor(new Map()), ENGLISH);
});
