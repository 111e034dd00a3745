// Permission options in odd spellings: `flatpak override` of this machine beside ours, one command line each. Which are taken, and what the file then means.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { type Keyfile, parseKeyfileText } from "../../launcher/manifest/keyfile.ts";
import { emptyKeyfile } from "../../launcher/manifest/keyfile-edit.ts";
import { findOption, parseOptions } from "../../launcher/manifest/options.ts";
import type { Result } from "../../launcher/manifest/origin.ts";
import { layOver } from "../../launcher/manifest/override-edit.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { plainLayer } from "../manifest/permission-values.ts";

const ROUNDS = Number(process.env["TSBOX_DIFFERENTIAL_OPTIONS"] ?? 3000);

const joined = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((words) => words.join(""));
const PLACES = ["home", "~", "host", "host-os", "host-etc", "host-reset", "xdg-desktop", "xdg-documents", "xdg-download", "xdg-music", "xdg-pictures"];
const MORE_PLACES = ["xdg-public-share", "xdg-templates", "xdg-videos", "xdg-data", "xdg-cache", "xdg-config", "xdg-run", "", "/", "xdg-foo", "Home", "~user"];
const OTHER_PLACES = ["xdg-config-extra", "homex", "hosts", "run", ".", "..", "*", "-", "xdg-", "xdg-run-x", "/usr", "/tmp", "/run/media", "/run/user/1000/x"];
const place = fc.constantFrom(...PLACES, ...MORE_PLACES, ...OTHER_PLACES);
const piece = fc.constantFrom(
  "/",
  "//",
  "/.",
  "/../a",
  "/...",
  "/a",
  "/a b",
  "/.a",
  "/a.",
  "\\:",
  "\\\\",
  "\\",
  "\\a",
  "/é",
  "/日本",
  "/a;b",
  "/!",
  "/*",
  " ",
  "/~",
  "/host",
  "a",
  "/a..b",
);
const suffix = fc.constantFrom(
  "",
  "",
  "",
  ":ro",
  ":rw",
  ":create",
  ":reset",
  ":",
  ":x",
  ":RO",
  ":ro:create",
  ": ro",
  ":ro ",
  ":ro/",
  "::ro",
  "\\:ro",
  ":rw-once",
);
const mark = fc.constantFrom("", "", "", "", "!", " ", "\t", "\u00a0", "\u0007", "\u202e", "\u200b");
const filesystem = joined(
  mark,
  place,
  fc.array(piece, { maxLength: 3 }).map((all) => all.join("")),
  suffix,
  fc.constantFrom("", "", "", "/", " ", "\n"),
);

const NAMED = [
  "network",
  "ipc",
  "x11",
  "wayland",
  "pulseaudio",
  "session-bus",
  "system-bus",
  "fallback-x11",
  "ssh-auth",
  "pcsc",
  "cups",
  "gpg-agent",
  "dri",
  "all",
  "kvm",
  "shm",
];
const FEATURES = [
  "devel",
  "multiarch",
  "bluetooth",
  "canbus",
  "per-app-dev-shm",
  "",
  "X11",
  "x11 ",
  " x11",
  "!x11",
  "x11;wayland",
  "pipewire",
  "if:x11:true",
  "dri:ro",
  "x11-fallback",
];
const word = fc.constantFrom(...NAMED, ...FEATURES);

const element = fc.constantFrom("org", "a", "B", "a-b", "-a", "_x", "a_", "1", "1a", "", "*", "a*", "é", "a b", " ", "a/b", ":1", "x".repeat(120));
const name = joined(
  fc.array(element, { minLength: 1, maxLength: 4 }).map((all) => all.join(".")),
  fc.constantFrom("", "", ".*", "*", ".", ".**", ".*.*", " "),
);
const variable = fc.constantFrom(
  "ONE",
  "A_B",
  "a",
  "",
  "1",
  "A B",
  " A",
  "A ",
  "A-B",
  "A.B",
  "[A]",
  "é",
  "A\tB",
  "A#",
  "#A",
  "A;B",
  "%A",
  "A\nB",
  "BASH_FUNC_x%%",
  "A\\B",
);
const value = fc.constantFrom(
  "",
  "x",
  " x",
  "x ",
  "a=b",
  "=",
  "a;b",
  "a\\sb",
  "\\",
  "\\n",
  "a\nb",
  "\n",
  "\t",
  "\ta",
  "é",
  '"x"',
  "$HOME",
  "#x",
  "a\rb",
  "\u0001",
  ";",
  "%s",
);
const persist = fc.constantFrom(
  ".a",
  "",
  ".",
  "..",
  "/",
  "/a",
  "a/",
  "a//b",
  "a/../b",
  "~/x",
  "~",
  "a b",
  "a;b",
  "!a",
  "\\a",
  "a:ro",
  "é",
  "a\tb",
  "a\nb",
  "\u202e",
);
const policy = fc.constantFrom(
  "a.b=c",
  "a.b=",
  "a.b",
  "a=b",
  ".b=c",
  "a.=c",
  "a.b.c=d",
  "a.b=!c",
  "a.b=c;d",
  "a.b==c",
  "a b.c=d",
  "a.b c=d",
  "a].b=c",
  "a[.b=c",
  "a.b]=c",
  "a.b[=c",
  "a. b=c",
  "a.b =c",
  "a.b= c",
  "é.ü=ö",
  "a\n.b=c",
  "a.b\n=c",
  "a.b=c\nd",
  "=.=",
  "a.#b=c",
  "a.b=\\",
);
const flag = (flags: readonly string[], raw: fc.Arbitrary<string>) => fc.tuple(fc.constantFrom(...flags), raw);
const option = fc.oneof(
  { weight: 6, arbitrary: flag(["--filesystem", "--filesystem", "--nofilesystem"], filesystem) },
  { weight: 2, arbitrary: flag(["--share", "--unshare", "--socket", "--nosocket", "--device", "--nodevice", "--allow", "--disallow"], word) },
  { weight: 3, arbitrary: flag(["--own-name", "--talk-name", "--no-talk-name", "--system-own-name", "--system-talk-name", "--system-no-talk-name"], name) },
  { weight: 2, arbitrary: flag(["--env"], joined(variable, fc.constantFrom("=", "=", "=", ""), value)) },
  { weight: 1, arbitrary: flag(["--unset-env"], joined(variable, fc.constantFrom("", "", "="))) },
  { weight: 1, arbitrary: flag(["--persist"], persist) },
  { weight: 2, arbitrary: flag(["--add-policy", "--remove-policy"], policy) },
);
const commandLine = fc.oneof(
  { weight: 3, arbitrary: fc.array(option, { minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.array(option, { minLength: 2, maxLength: 5 }) },
);

/** Refused here alone: GLib cannot write such a group or key, so that Flatpak says yes and keeps nothing, or it would begin a line of its own. */
const STRICTER: readonly string[] = ["option.variable-name", "option.policy-form"];

type Reading = { readonly ok: true; readonly plain: unknown } | { readonly ok: false; readonly keys: readonly string[] };

function askFlatpak(folder: string, words: readonly string[]): { readonly status: number; readonly output: string; readonly errors: string } {
  const environment = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: folder,
    LANG: "C.UTF-8",
    FLATPAK_USER_DIR: join(folder, "flatpak"),
    FLATPAK_SYSTEM_DIR: join(folder, "system"),
  };
  const result = spawnSync("flatpak", ["override", "--user", ...words], { env: environment, timeout: 20_000, stdio: ["ignore", "pipe", "pipe"] });
  return { status: result.status ?? -1, output: result.stdout.toString(), errors: result.stderr.toString() };
}

function meaningOf(text: Result<Keyfile>): Reading {
  const layer = text.ok ? parseLayer(text.value, "user-app") : text;
  return layer.ok ? { ok: true, plain: plainLayer(layer.value) } : { ok: false, keys: layer.problems.map(({ key }) => key) };
}

function readOurs(options: readonly (readonly [string, string])[]): Reading {
  const given = options.map(([name, raw]) => {
    const known = findOption(name);
    assert.ok(known);
    return { option: known, raw };
  });
  const entries = parseOptions(given);
  if (!entries.ok) return { ok: false, keys: entries.problems.map(({ key }) => key) };
  return meaningOf({ ok: true, value: layOver(emptyKeyfile("/override"), entries.value), notices: [] });
}

test("odd options are taken where Flatpak takes them, and mean the same in the file", (context) => {
  const counts = { same: 0, bothRefuse: 0, stricter: 0 };
  const folder = mkdtempSync(join(tmpdir(), "tsbox-options-"));
  try {
    for (const [at, options] of fc.sample(commandLine, ROUNDS).entries()) {
      const id = `org.example.App${at}`;
      const words = options.map(([name, raw]) => `${name}=${raw}`);
      const about = JSON.stringify(words);
      const theirs = askFlatpak(folder, [...words, id]);
      const ours = readOurs(options);
      if (ours.ok) {
        assert.equal(theirs.status, 0, `Flatpak alone refuses ${about}: ${theirs.errors}`);
        assert.deepEqual(ours, meaningOf(parseKeyfileText("/theirs", askFlatpak(folder, ["--show", id]).output)), about);
        counts.same += 1;
      } else if (theirs.status !== 0) counts.bothRefuse += 1;
      else {
        assert.ok(
          ours.keys.some((key) => STRICTER.includes(key)),
          `${ours.keys.join(", ")}: ${about}`,
        );
        counts.stricter += 1;
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  context.diagnostic(JSON.stringify(counts));
  assert.ok(counts.same > ROUNDS / 10 && counts.bothRefuse > ROUNDS / 20, "the generator must make options that both take, and that both refuse");
});
