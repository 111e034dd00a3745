import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { entryOf, type Keyfile, parseKeyfileText, renderKeyfile } from "../../launcher/manifest/keyfile.ts";
import { emptyKeyfile, removeKey, setKey } from "../../launcher/manifest/keyfile-edit.ts";
import { itemsOf, replaceItems } from "../../launcher/manifest/keyfile-lists.ts";

function read(text: string): Keyfile {
  const result = parseKeyfileText("/f", text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

const group = fc.constantFrom("Context", "Environment", "X-Other Group", "Session Bus Policy");
const key = fc.constantFrom("sockets", "filesystems", "a", "b c", "Name[de]", "org.example.*");
const value = fc.constantFrom("", "x;", "x;y;", "a\\;b;", "\\sx", "é", "=", "# no comment");
const end = fc.constantFrom("\n", "\r\n");
const line = fc.oneof(
  fc.tuple(key, fc.constantFrom("=", " = ", "=  "), value, fc.constantFrom("", " ")).map((parts) => parts.join("")),
  fc.constantFrom("", "  ", "# comment", "#[Context]", "  # indented"),
  group.map((name) => `[${name}]`),
);
const file = fc
  .tuple(fc.array(fc.constantFrom("", "# top"), { maxLength: 2 }), group, fc.array(line, { maxLength: 12 }), end, fc.boolean())
  .map(([top, first, lines, lineEnd, closed]) => {
    const text = [...top, `[${first}]`, ...lines].join(lineEnd);
    return closed ? `${text}${lineEnd}` : text;
  });

test("setting a key that is there changes its value and no other byte", () => {
  fc.assert(
    fc.property(file, group, key, value, (text, inGroup, name, raw) => {
      const before = read(text);
      const old = entryOf(before, inGroup, name);
      fc.pre(old !== null);
      const after = setKey(before, inGroup, name, raw);
      const lines = text.split("\n");
      const changed = renderKeyfile(after).split("\n");
      assert.equal(changed.length, lines.length);
      for (const [index, one] of changed.entries()) {
        if (index !== old.line - 1) assert.equal(one, lines[index]);
        else
          assert.equal(
            one.slice(0, one.length - (one.endsWith("\r") ? 1 : 0) - raw.length),
            lines[index]?.slice(0, [...(lines[index] ?? "")].slice(0, old.valueColumn - 1).join("").length),
          );
      }
      assert.equal(entryOf(after, inGroup, name)?.rawValue, raw);
    }),
  );
});

test("setting a key that is not there adds its line and changes no other", () => {
  fc.assert(
    fc.property(file, group, key, value, (text, inGroup, name, raw) => {
      const before = read(text);
      fc.pre(entryOf(before, inGroup, name) === null);
      const after = setKey(before, inGroup, name, raw);
      assert.equal(entryOf(after, inGroup, name)?.rawValue, raw);
      const added = new Set([`${name}=${raw}`, `[${inGroup}]`, ""]);
      const kept = renderKeyfile(after).split(/\r?\n/);
      for (const one of text.split(/\r?\n/)) {
        const at = kept.indexOf(one);
        if (at >= 0) kept.splice(at, 1);
        else assert.equal(one, "");
      }
      assert.ok(
        kept.every((one) => added.has(one)),
        JSON.stringify(kept),
      );
    }),
  );
});

test("what was set and is taken away again leaves the file as it was", () => {
  fc.assert(
    fc.property(file, group, key, value, (text, inGroup, name, raw) => {
      const before = read(text);
      fc.pre(before.groups.has(inGroup) && entryOf(before, inGroup, name) === null && /\n$/.test(text));
      assert.equal(renderKeyfile(removeKey(setKey(before, inGroup, name, raw), inGroup, name)), text);
    }),
  );
});

test("taking a key away takes all its lines, and only those", () => {
  fc.assert(
    fc.property(file, group, key, (text, inGroup, name) => {
      const after = removeKey(read(text), inGroup, name);
      assert.equal(entryOf(after, inGroup, name), null);
      const lines = read(text).lines.filter((one) => !(one.kind === "entry" && one.entry.group === inGroup && one.entry.key === name));
      assert.equal(renderKeyfile(after), lines.map((one) => one.text).join(""));
    }),
  );
});

test("a changed list keeps the spelling of the items that stay", () => {
  const before = read("[Context]\nfilesystems=~/a\\\\:b;home;~/x\\;y\n");
  const after = replaceItems(before, "Context", "filesystems", (item) => item === "home", ["!home"]);
  assert.equal(renderKeyfile(after), "[Context]\nfilesystems=~/a\\\\:b;!home;~/x\\;y;\n");
  assert.deepEqual(
    itemsOf(after, "Context", "filesystems").map((item) => item.value),
    ["~/a\\:b", "!home", "~/x;y"],
  );
});

test("an emptied list loses its key, and nothing to change changes nothing", () => {
  const before = read("[Context]\n# why\nsockets=x11\n");
  assert.equal(renderKeyfile(replaceItems(before, "Context", "sockets", (item) => item === "x11", [])), "[Context]\n# why\n");
  assert.equal(
    replaceItems(before, "Context", "sockets", (item) => item === "x11", ["x11"]),
    before,
  );
  assert.equal(
    replaceItems(before, "Context", "devices", () => true, []),
    before,
  );
});

test("a new file gets its groups one after the other, with a blank line between", () => {
  const one = setKey(setKey(setKey(emptyKeyfile("/f"), "Context", "sockets", "x11;"), "Environment", "A", "b"), "Context", "shared", "ipc;");
  assert.equal(renderKeyfile(one), "[Context]\nsockets=x11;\nshared=ipc;\n\n[Environment]\nA=b\n");
});

test("what the dialect cannot hold is refused by an exception, never written", () => {
  for (const [badGroup, badKey, badValue] of [
    ["A]", "k", "v"],
    ["A", "k=", "v"],
    ["A", " k", "v"],
    ["A", "k", "v\n[B]"],
    ["A", "k", "\0"],
  ] as const) {
    assert.throws(() => setKey(emptyKeyfile("/f"), badGroup, badKey, badValue), RangeError);
  }
});
