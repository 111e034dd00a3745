// What stands in C and in TypeScript must be the same.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { FRONT_MESSAGES } from "../../launcher/messages/front.ts";
import { NATIVE_MESSAGES } from "../../launcher/messages/native.ts";
import { ConnectorFrame, FRAME_HEADER_BYTES, FrontFrame, MAX_FRAME_BYTES, PROTOCOL_VERSION } from "../../native/frames.ts";
import { OWN_WORDS } from "../../native/plan-language.ts";
import { STAGES } from "../../native/stages.ts";

const code = new Map(
  readdirSync("native")
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => [name, readFileSync(`native/${name}`, "utf8")]),
);
const all = [...code.values()].join("\n");
const file = (name: string): string => code.get(name) ?? assert.fail(`no native/${name}`);

describe("native", () => {
  it("fails only at stages that are listed and have a text on both sides", () => {
    const used = new Set<string>();
    for (const match of all.matchAll(
      /(?:sandbox_stop\([^;]*?,|\bfail(?:ed|_with)?\((?:\w|[.>-])+,(?: [A-Z_]+,)?|refuse\(&?decoder,|failure_set\((?:\w|[.>&-])+,) "([a-z-]+)"/g,
    ))
      used.add(match[1] ?? "");
    assert.ok(used.size > 30, `${used.size} found`);
    for (const stage of used) assert.ok((STAGES as readonly string[]).includes(stage) || stage === "front", `${stage} is not in stages.ts`);
    for (const stage of STAGES) {
      assert.ok(all.includes(`"${stage}"`), `${stage} is used nowhere in C`);
      assert.ok(FRONT_MESSAGES[`sandbox.${stage}`] !== undefined, `sandbox.${stage} has no text`);
      assert.ok(
        Object.keys(NATIVE_MESSAGES).some((key) => key === `native.${stage}` || key.startsWith(`native.${stage}.`)),
        `native.${stage} has no text`,
      );
    }
  });

  it("knows a text for every key that C prints", () => {
    for (const match of all.matchAll(/"(front\.[a-z-]+)"/g)) assert.ok(FRONT_MESSAGES[match[1] as string] !== undefined, match[1]);
  });

  it("reads every word of the plan's language", () => {
    for (const word of OWN_WORDS) assert.ok(file("plan-words.c").includes(`{"${word}",`), word);
  });

  it("numbers frames as TypeScript does", () => {
    const header = file("frames.h");
    for (const [name, value] of Object.entries(FrontFrame)) assert.match(header, new RegExp(`FRAME_${name} = ${value},`));
    for (const [name, value] of Object.entries(ConnectorFrame)) assert.match(header, new RegExp(`CONNECTOR_${name} = ${value},`));
    assert.match(header, new RegExp(`FRAME_HEADER_BYTES ${FRAME_HEADER_BYTES}\\n`));
    assert.match(header, new RegExp(`PROTOCOL_VERSION "${PROTOCOL_VERSION}"`));
    assert.equal(MAX_FRAME_BYTES, 16 * 1024 * 1024);
    assert.match(header, /MAX_FRAME_BYTES \(16 \* 1024 \* 1024\)/);
  });

  it("stays within its sizes", () => {
    for (const [name, text] of code) assert.ok(text.split("\n").length <= 401, `${name} is too long`);
  });
});
