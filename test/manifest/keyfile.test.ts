import assert from "node:assert/strict";
import { test } from "node:test";
import { entryOf, isGroupName, isKeyName, type Keyfile, parseKeyfile, parseKeyfileText, renderKeyfile } from "../../launcher/manifest/keyfile.ts";
import { decodeBoolean, decodeList, decodeString, encodeList, encodeString } from "../../launcher/manifest/keyfile-values.ts";
import { must } from "./must.ts";

const FILE = "/m/org.example.App.ini";

function read(text: string): Keyfile {
  const result = parseKeyfileText(FILE, text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function refusals(text: string | Uint8Array): readonly string[] {
  const result = parseKeyfile(FILE, typeof text === "string" ? Buffer.from(text) : text);
  assert.ok(!result.ok, "this was read");
  return result.problems.map((problem) => `${problem.line}:${problem.column} ${problem.key}`);
}

test("each entry knows its line, the column of its key and the column of its value", () => {
  const keyfile = read("# first\n\n[Context]\n  sockets =  x11;wayland;\nname=é=\n");
  const sockets = entryOf(keyfile, "Context", "sockets");
  assert.deepEqual(sockets, { group: "Context", key: "sockets", locale: null, rawValue: "x11;wayland;", file: FILE, line: 4, column: 3, valueColumn: 14 });
  assert.equal(entryOf(keyfile, "Context", "name")?.rawValue, "é=");
});

test("columns count characters, not bytes and not UTF-16 units", () => {
  const keyfile = read("[Environment]\n📦é=日本\n[Context]\npersistent=📦;x;\n");
  assert.equal(entryOf(keyfile, "Environment", "📦é")?.valueColumn, 4);
  const items = decodeList(must(entryOf(keyfile, "Context", "persistent")));
  assert.deepEqual(items.ok && items.value.map((item) => [item.value, item.column]), [
    ["📦", 12],
    ["x", 14],
  ]);
});

test("a group given twice is one group, and of a key given twice the last one counts", () => {
  const keyfile = read("[A]\nx=1\nx=2\n[B]\ny=1\n[A]\nx=3\nz=4\n");
  assert.deepEqual([...keyfile.groups.keys()], ["A", "B"]);
  assert.deepEqual(
    [...must(keyfile.groups.get("A")).entries.values()].map((entry) => `${entry.key}=${entry.rawValue}@${entry.line}`),
    ["x=3@7", "z=4@8"],
  );
});

test("a key with a language is a key of its own", () => {
  const keyfile = read("[A]\nName=a\nName[de]=b\nName[sr@latin]=c\n");
  assert.equal(entryOf(keyfile, "A", "Name")?.rawValue, "a");
  assert.deepEqual([entryOf(keyfile, "A", "Name[de]")?.locale, entryOf(keyfile, "A", "Name[sr@latin]")?.locale], ["de", "sr@latin"]);
});

test("comments, blanks, unknown groups, Windows line ends and a missing last one come back byte for byte", () => {
  for (const text of ["", "\n", "# x", "[A]\r\n  b = c \r\n\r\n#d\r\n", "[A]\nb=c", "\n\n[A] \t\n\n\nb=\n", "[Foreign Group]\nanything=goes here \n"]) {
    assert.equal(renderKeyfile(read(text)), text);
  }
});

test("malformed lines are refused with line and column, all of them", () => {
  const table: readonly (readonly [text: string | Uint8Array, expected: readonly string[]])[] = [
    ["a=b\n", ["1:1 manifest.no-group-yet"]],
    ["# c\n\n  a=b\n[A]\n", ["3:3 manifest.no-group-yet"]],
    ["[A]\nno equals sign\n", ["2:1 manifest.bad-line"]],
    ["[A]\n\t=value\n", ["2:2 manifest.bad-line"]],
    ["[A\nb=c\n", ["1:1 manifest.bad-group-line", "2:1 manifest.no-group-yet"]],
    ["[A]x\n", ["1:1 manifest.bad-group-line"]],
    ["[]\n", ["1:1 manifest.bad-group-name"]],
    ["[A[B]\n", ["1:1 manifest.bad-group-name"]],
    ["[A\u0001]\n", ["1:1 manifest.bad-group-name"]],
    ["[A]\nb[c=d\n", ["2:1 manifest.bad-key-name"]],
    ["[A]\nb]=d\nx\n", ["2:1 manifest.bad-key-name", "3:1 manifest.bad-line"]],
    ["[A]\nb[d e]=x\n", ["2:1 manifest.bad-key-name"]],
    ["[A]\nb=c\0d\n", ["2:4 manifest.nul"]],
    ["\ufeff[A]\n", ["1:1 manifest.byte-order-mark"]],
    [Buffer.from([0x5b, 0x41, 0x5d, 0x0a, 0x62, 0x3d, 0xc3, 0xa9, 0xff, 0x0a]), ["2:4 manifest.not-utf8"]],
    [Buffer.from([0xc3]), ["1:1 manifest.not-utf8"]],
    [Buffer.from([0x23, 0xef, 0xbf, 0xbd, 0xed, 0xa0, 0x80]), ["1:3 manifest.not-utf8"]],
  ];
  for (const [text, expected] of table) assert.deepEqual(refusals(text), expected, JSON.stringify(text.toString()));
});

test("escapes in strings are undone, and an unknown one is refused at its place", () => {
  const keyfile = read("[E]\na=\\sx\\n\\t\\r\\\\\\s\nb=é\\q\\\\\nc=end\\\nd=a\\;b\n");
  const value = (key: string): unknown => {
    const result = decodeString(must(entryOf(keyfile, "E", key)));
    return result.ok ? result.value : result.problems.map((problem) => `${problem.line}:${problem.column} ${problem.values["escape"]}`);
  };
  assert.equal(value("a"), " x\n\t\r\\ ");
  assert.deepEqual(value("b"), ["3:4 \\q"]);
  assert.deepEqual(value("c"), ["4:6 \\"]);
  assert.deepEqual(value("d"), ["5:4 \\;"]);
});

test("lists are split at semicolons that have no backslash in front", () => {
  const table: readonly (readonly [raw: string, items: readonly string[] | null])[] = [
    ["", []],
    ["a", ["a"]],
    ["a;", ["a"]],
    ["a;b", ["a", "b"]],
    [";", [""]],
    ["a;;b;", ["a", "", "b"]],
    ["a\\;b;c", ["a;b", "c"]],
    ["a\\\\;b", ["a\\", "b"]],
    [" a ; b ", ["a ", " b "]],
    ["a\\x;b", null],
  ];
  for (const [raw, items] of table) {
    const result = decodeList(must(entryOf(read(`[L]\nk=${raw}\n`), "L", "k")));
    assert.deepEqual(result.ok ? result.value.map((item) => item.value) : null, items, raw);
  }
});

test("booleans are GLib's four words", () => {
  const read1 = (raw: string): boolean | null => {
    const result = decodeBoolean(must(entryOf(read(`[L]\nk=${raw}\n`), "L", "k")));
    return result.ok ? result.value : null;
  };
  assert.deepEqual(["true", "1", "true  ", "false", "0", "yes", "TRUE", ""].map(read1), [true, true, true, false, false, null, null, null]);
});

test("what is written reads back as it was", () => {
  for (const text of ["", " x", "\tx", "  \t x ", "a\\b", "a\nb\rc", "a;b", "é📦"]) {
    const keyfile = read(`[W]\nk=${encodeString(text)}\nl=${encodeList([text, "y"])}\n`);
    const entry = must(entryOf(keyfile, "W", "k"));
    const list = decodeList(must(entryOf(keyfile, "W", "l")));
    assert.equal(decodeString(entry).ok && (decodeString(entry) as { value: string }).value, text);
    assert.deepEqual(list.ok && list.value.map((item) => item.value), [text, "y"]);
  }
});

test("names of groups and keys are GLib's", () => {
  assert.deepEqual(["A", "A B", " A", "", "A]", "A\t"].map(isGroupName), [true, true, true, false, false, false]);
  assert.deepEqual(["a", "a b", "org.x.*", "a[de]", "a[]", " a", "a ", "", "a=b", "a[d]e"].map(isKeyName), [
    true,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
