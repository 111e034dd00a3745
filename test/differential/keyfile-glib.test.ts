// Our reader of keyfiles against GLib's own, through ctypes: the same files, the same groups, keys, strings, lists and booleans, and the same refusals.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { type Keyfile, parseKeyfile } from "../../launcher/manifest/keyfile.ts";
import { decodeBoolean, decodeLeniently, decodeList, decodeString } from "../../launcher/manifest/keyfile-values.ts";
import type { Result } from "../../launcher/manifest/origin.ts";

type KeyReading = [key: string, text: string | null, list: string[] | null, truth: boolean | null, lenient: string];
type Reading = { ok: false } | { ok: true; groups: [string, KeyReading[]][] };

const CASES = Number(process.env["TSBOX_DIFFERENTIAL_KEYFILES"] ?? 20_000);
/** Not more in one process and its answer. */
const AT_ONCE = 20_000;

/** Pieces that meet the corners of the dialect often. */
const piece = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "a",
      "b",
      "key",
      "Key-2",
      "[",
      "]",
      "[G]",
      "[G H]",
      "=",
      " = ",
      ";",
      "\\;",
      "\\s",
      "\\n",
      "\\t",
      "\\\\",
      "\\x",
      "\\",
      " ",
      "\t",
      "#",
      "\n",
      "\n\n",
      "\r\n",
      "\r",
      "\ufeff",
      "\\;;",
      "\\\n",
      "\n\n[G]\n",
      ";;",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("true", "false", "1", "0", "!x11", "[de]", "[de_DE.UTF-8@euro]", "é", "日本", "\v", "\f", "\u00a0", "\u0001", "%", "."),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }) },
);
const loose = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("a", "b", "Name", "Name[de]", "a b", " c"),
      fc.constantFrom("=", " = ", "=\t"),
      loose.map((text) => text.replaceAll("\n", "")),
    )
    .map((parts) => parts.join("")),
  fc.constantFrom("[G]", "[Context]", " [G]", "[G] ", "[G]x", "# comment", "", "   ", "[a=b]", "[a=b"),
  loose,
);
/** Taken by both, so that it is the values that are compared. */
const entry = fc
  .tuple(
    fc.constantFrom("a", "b", "Name", "Name[de]", "a b", "é", "-x.y"),
    fc.constantFrom("=", " = ", "=\t", "  ="),
    loose.map((text) => text.replaceAll(/[\n\0]/g, "")),
  )
  .map((parts) => parts.join(""));
const file = fc.oneof(
  loose,
  fc
    .array(fc.oneof({ weight: 6, arbitrary: entry }, { weight: 1, arbitrary: fc.constantFrom("[G]", "[H I]", "#x", "", "  ") }), { maxLength: 10 })
    .map((lines) => `[G]\n${lines.join("\n")}\n`),
  fc.array(line, { maxLength: 10 }).map((lines) => `[G]\n${lines.join("\n")}`),
  fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\r\n")),
);

function askGlib(texts: readonly string[]): Reading[] {
  const input = texts.map((text) => `${JSON.stringify({ bytes: Buffer.from(text, "utf8").toString("base64") })}\n`).join("");
  const result = spawnSync("python3", ["test/differential/glib-keyfile.py"], { input, timeout: 120_000, maxBuffer: 1 << 28 });
  assert.equal(result.status, 0, result.stderr.toString());
  return result.stdout
    .toString()
    .trim()
    .split("\n")
    .map((one) => JSON.parse(one) as Reading);
}

function value<T>(result: Result<T>): T | null {
  return result.ok ? result.value : null;
}

function readOurs(text: string): Reading {
  const keyfile: Result<Keyfile> = parseKeyfile("/x", Buffer.from(text, "utf8"));
  if (!keyfile.ok) return { ok: false };
  const groups = [...keyfile.value.groups.values()].map((group): [string, KeyReading[]] => [
    group.name,
    [...group.entries.values()].map(
      (entry): KeyReading => [
        entry.key,
        value(decodeString(entry)),
        value(decodeList(entry))?.map((item) => item.value) ?? null,
        value(decodeBoolean(entry)),
        decodeLeniently(entry).value,
      ],
    ),
  ]);
  return { ok: true, groups };
}

/** The order of keys is ours to keep (the place of the one in force); GLib keeps that of the first. Compared without it. */
function unordered(reading: Reading): unknown {
  return reading.ok
    ? { ok: true, groups: Object.fromEntries(reading.groups.map(([name, keys]) => [name, Object.fromEntries(keys.map((key) => [key[0], key]))])) }
    : reading;
}

test("the same file means the same to GLib and to us", (context) => {
  let refused = 0;
  let compared = 0;
  for (let done = 0; done < CASES; done += AT_ONCE) {
    const seed = process.env["TSBOX_SEED"] === "random" ? Math.trunc(Math.random() * 0x7fff_ffff) : 20261122 + done;
    const texts = fc.sample(file, { numRuns: Math.min(AT_ONCE, CASES - done), seed }).filter((text) => !text.includes("\0"));
    const theirs = askGlib(texts);
    assert.equal(theirs.length, texts.length);
    refused += theirs.filter((one) => !one.ok).length;
    compared += texts.length;
    for (const [index, text] of texts.entries()) {
      assert.deepEqual(unordered(readOurs(text)), unordered(theirs[index] as Reading), JSON.stringify(text));
    }
  }
  context.diagnostic(`${compared} files, ${refused} of them refused`);
  assert.ok(refused > CASES / 20 && refused < CASES * 0.95, `the generator must meet both: ${refused} of ${compared} refused`);
});
