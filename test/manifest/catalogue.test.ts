// What the shipped manifests keep to: each permission with its reason above it, nothing that gives everything, no program's own sandbox switched off.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const GROUPS_WITH_REASONS = /^\[(Context|Session Bus Policy|System Bus Policy|X-Tsbox.*)\]$/;
/** Whoever has one of these has the user's rights; a manifest that asks for one says in its header why nothing less will do. */
const EVERYTHING = /^(filesystems=(.*;)?(home|host|~)(;|$|:(?!ro))|sockets=(.*;)?session-bus|devices=(.*;)?all(;|$))/;
const WHY = /nothing less/;
/** Ways to switch a program's own sandbox off. */
const WITHOUT_SANDBOX =
  /--no-sandbox|--disable-seccomp-filter-sandbox|--disable-setuid-sandbox|MOZ_DISABLE_.*SANDBOX|QTWEBENGINE_DISABLE_SANDBOX|WEBKIT_.*DISABLE_SANDBOX/;

const manifests = readdirSync("manifests").filter((name) => name.endsWith(".ini"));

for (const name of manifests) {
  const lines = readFileSync(`manifests/${name}`, "utf8").split("\n");

  test(`${name} says in its first line what the program is for`, () => {
    assert.match(lines[0] ?? "", /^# .{20,}/);
  });

  test(`${name} gives a reason above each permission`, () => {
    let group = "";
    for (const [index, line] of lines.entries()) {
      if (line.startsWith("[")) group = line;
      else if (GROUPS_WITH_REASONS.test(group) && /^[^#\s]/.test(line)) assert.match(lines[index - 1] ?? "", /^# /, `line ${index + 1}: ${line}`);
    }
  });

  test(`${name} asks for nothing that gives everything, or says why nothing less will do, and leaves the program's own sandbox on`, () => {
    const header = lines.slice(0, lines.indexOf("[Application]")).join("\n");
    for (const line of lines) {
      if (EVERYTHING.test(line)) assert.match(header, WHY, line);
      assert.doesNotMatch(line, WITHOUT_SANDBOX);
    }
  });
}
