// `flatpak override --user` of this machine against ours: the same options in the same order leave overrides that mean the same.
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
import { layOver } from "../../launcher/manifest/override-edit.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { plainLayer } from "../manifest/permission-values.ts";

const ID = "org.example.App";
const ROUNDS = 120;

const name = fc.constantFrom("org.example.One", "org.example.Two", "org.example.*", "org.other.Name");
const place = fc.constantFrom("home", "host", "~/a", "~/a/b", "xdg-music", "xdg-run/x", "/opt", "home/a", "~", "~/c:d", "~/e\\:f", "xdg-data//y/", "~/sp ace");
const variable = fc.constantFrom("ONE", "TWO", "THREE");
const text = fc.constantFrom("", "x", " leading", "a;b", "back\\slash", "é", "tab\there", "trailing ");
const option = fc.oneof(
  fc.tuple(fc.constantFrom("--share", "--unshare"), fc.constantFrom("network", "ipc")),
  fc.tuple(fc.constantFrom("--socket", "--nosocket"), fc.constantFrom("x11", "wayland", "pulseaudio", "session-bus", "cups")),
  fc.tuple(fc.constantFrom("--device", "--nodevice"), fc.constantFrom("dri", "all", "kvm", "shm")),
  fc.tuple(fc.constantFrom("--allow", "--disallow"), fc.constantFrom("devel", "multiarch", "bluetooth", "canbus", "per-app-dev-shm")),
  fc.tuple(
    fc.constant("--filesystem"),
    fc.tuple(place, fc.constantFrom("", ":ro", ":rw", ":create")).map((parts) => parts.join("")),
  ),
  fc.tuple(fc.constant("--nofilesystem"), fc.oneof(place, fc.constant("host:reset"))),
  fc.tuple(fc.constant("--persist"), fc.constantFrom(".a", ".b", "c d")),
  fc.tuple(
    fc.constant("--env"),
    fc.tuple(variable, text).map((parts) => parts.join("=")),
  ),
  fc.tuple(fc.constant("--unset-env"), variable),
  fc.tuple(fc.constantFrom("--own-name", "--talk-name", "--no-talk-name", "--system-own-name", "--system-talk-name", "--system-no-talk-name"), name),
  fc.tuple(fc.constantFrom("--add-policy", "--remove-policy"), fc.constantFrom("sub.key=a", "sub.key=b", "sub.other=a", "two.key=c;d")),
);
/** Several commands after each other, each with several options. */
const session = fc.array(fc.array(option, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });

function askFlatpak(folder: string, options: readonly string[]): { status: number; output: string } {
  const environment = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: folder,
    LANG: "C.UTF-8",
    FLATPAK_USER_DIR: join(folder, "flatpak"),
    FLATPAK_SYSTEM_DIR: join(folder, "system"),
  };
  const result = spawnSync("flatpak", ["override", "--user", ...options, ID], { env: environment, timeout: 20_000, stdio: ["ignore", "pipe", "pipe"] });
  return { status: result.status ?? -1, output: result.stdout.toString() };
}

function editOurs(keyfile: Keyfile, options: readonly (readonly [string, string])[]): Keyfile | null {
  const given = options.map(([flag, raw]) => {
    const known = findOption(flag);
    assert.ok(known);
    return { option: known, raw };
  });
  const entries = parseOptions(given);
  return entries.ok ? layOver(keyfile, entries.value) : null;
}

function meaning(keyfile: Keyfile): Readonly<Record<string, unknown>> {
  const layer = parseLayer(keyfile, "user-app");
  assert.ok(layer.ok, JSON.stringify(layer));
  return plainLayer(layer.value);
}

test("random sequences of options leave overrides of the same meaning as Flatpak's", (context) => {
  const sessions = fc.sample(session, { numRuns: ROUNDS, seed: 1114 });
  let commands = 0;
  for (const commandsOfOne of sessions) {
    const folder = mkdtempSync(join(tmpdir(), "tsbox-override-"));
    try {
      let ours = emptyKeyfile("/override");
      for (const options of commandsOfOne) {
        const words = options.map(([flag, raw]) => `${flag}=${raw}`);
        const theirs = askFlatpak(folder, words);
        const edited = editOurs(ours, options);
        assert.equal(edited !== null, theirs.status === 0, words.join(" "));
        ours = edited ?? ours;
        commands += 1;
      }
      const stored = parseKeyfileText("/theirs", askFlatpak(folder, ["--show"]).output);
      assert.ok(stored.ok);
      assert.deepEqual(meaning(ours), meaning(stored.value), JSON.stringify(commandsOfOne));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  context.diagnostic(`${commands} commands compared`);
});
