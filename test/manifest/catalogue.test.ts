// What the shipped manifests keep to: each permission with its reason above it and a run without it in test/long/catalogue, nothing that gives everything, no program's own sandbox switched off.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PROGRAMS } from "../long/catalogue/programs.ts";

const GROUPS_WITH_REASONS = /^\[(Context|Session Bus Policy|System Bus Policy|X-Tsbox.*)\]$/;
/** Whoever has one of these has the user's rights; a manifest that asks for one says in its header why nothing less will do. */
const EVERYTHING = /^(filesystems=(.*;)?(home|host|~)(;|$|:(?!ro))|sockets=(.*;)?session-bus|devices=(.*;)?all(;|$))/;
const WHY = /nothing less/;
/** Ways to switch a program's own sandbox off. */
const WITHOUT_SANDBOX =
  /--no-sandbox|--disable-seccomp-filter-sandbox|--disable-setuid-sandbox|MOZ_DISABLE_.*SANDBOX|QTWEBENGINE_DISABLE_SANDBOX|WEBKIT_.*DISABLE_SANDBOX/;

/** Options of `run` that take single words of these keys away. */
const TAKEN_BY: Readonly<Record<string, string>> = { sockets: "--nosocket", filesystems: "--nofilesystem", shared: "--unshare", devices: "--nodevice" };
/** Not played from document to saved change, and where they are started instead. */
const PLAYED_ELSEWHERE: readonly string[] = [
  "org.gnome.Calculator", // test/programs
  "org.kde.kcalc", // test/programs
  "org.tsbox.Tour", // asks for nothing
];

/** Permissions that no test takes away, with the reason. */
const NOT_TAKEN: readonly (readonly [line: RegExp, reason: string])[] = [
  [/^devices=dri$/, "the machines that the tests run on have no graphics card"],
  [/^allow=gamepad$/, "nor a game controller; that its nodes come with this line alone, test/boundary/devices shows with made ones"],
  [/^persistent=\.pki$/, "certificates that a user added: no test makes one"],
  [/^org\.mozilla\.firefox org\.freedesktop\.Notifications=talk$/, "the page's notification did not arrive in the test, with it or without; why is not known"],
  [/^org\.mozilla\.firefox\.\*=own$/, "no test starts a second one beside the first"],
];

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

  test(`${name} is played, and once more without each of its permissions`, () => {
    const id = name.replace(/\.ini$/, "");
    if (PLAYED_ELSEWHERE.includes(id)) return;
    const taken = PROGRAMS.filter((program) => program.id === id).flatMap(({ needs }) => needs.flatMap(({ without }) => without.split(" ")));
    let group = "";
    for (const line of lines) {
      if (line.startsWith("[")) group = line;
      const [key = "", value = ""] = line.split("=", 2);
      if (!GROUPS_WITH_REASONS.test(group) || !/^[^#\s[]/.test(line) || NOT_TAKEN.some(([untaken]) => untaken.test(line) || untaken.test(`${id} ${line}`)))
        continue;
      // Grants nothing by itself: a command asks the user.
      if (group === "[X-Tsbox Data]") continue;
      if (key === "nested") assert.ok(taken.includes("--nested=none"), line);
      if (key === "nested") continue;
      const options = /=talk$/.test(line)
        ? [`--no-talk-name=${key}`]
        : key in TAKEN_BY
          ? value.split(";").map((word) => `${TAKEN_BY[key]}=${word.replace(/:[a-z]+$/, "")}`)
          : [line];
      for (const option of options) assert.ok(taken.includes(option), `nothing is played without ${option} of ${line}`);
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
