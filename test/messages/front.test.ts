// The front's own texts: the table in C is the catalogue's, each in both languages; and what C gives as a value is known in Chinese.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { getSystemErrorMap } from "node:util";
import { FRONT_MESSAGES } from "../../launcher/messages/front.ts";
import { renderFrontTable } from "../../launcher/messages/front-table.ts";
import { FRONT_MESSAGES_ZH, FRONT_PHRASES_ZH } from "../../launcher/messages/zh_CN/front.ts";

const TABLE = "native/messages-table.c";

test("the table in C says what the catalogue says", () => {
  const made = renderFrontTable(getSystemErrorMap().values());
  if (process.env["TSBOX_UPDATE_GOLDEN"] === "1") writeFileSync(TABLE, made);
  assert.equal(readFileSync(TABLE, "utf8"), made, `${TABLE}: TSBOX_UPDATE_GOLDEN=1 npm run check makes it anew`);
});

test("every English text of the front has its Chinese, with the same values in it", () => {
  const values = (text: string | undefined): readonly string[] => [...(text ?? "").matchAll(/\{\w+\}/g)].map(([value]) => value).sort();
  for (const [key, { text, hint }] of Object.entries(FRONT_MESSAGES)) {
    const chinese = FRONT_MESSAGES_ZH[key];
    assert.ok(chinese !== undefined, key);
    assert.deepEqual([values(chinese.text), values(chinese.hint)], [values(text), values(hint)], key);
    assert.match(chinese.text, /\p{Script=Han}/u, key);
  }
});

test("every sentence that C gives as a value of a text has its Chinese", () => {
  const code = readdirSync("native")
    .filter((name) => name.endsWith(".c") && name !== "messages-table.c")
    .map((name) => readFileSync(`native/${name}`, "utf8"))
    .join("\n");
  const said = [
    ...code.matchAll(/message_print\("[a-z.-]+", "([^"]*)"/g),
    ...code.matchAll(/snprintf\(reason, REASON_BYTES, (?:"%s", [^;]*?)?"((?:it|others) [^"%]*)/g),
    ...code.matchAll(/\b(?:best|id\[256\]|\.why) = "([^"]*)"/g),
  ].map(([, words]) => words as string);
  const sentences = said.filter((words) => words.includes(" "));
  assert.ok(sentences.length >= 10, sentences.join("; "));
  for (const sentence of sentences) assert.ok(FRONT_PHRASES_ZH[sentence] !== undefined, `${sentence}: add it to launcher/messages/zh_CN/front.ts`);
});
