// Effective permissions: `flatpak info --show-permissions` of this machine against our merging, for the corpus and for random layers.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { parseKeyfileText } from "../../launcher/manifest/keyfile.ts";
import { mergeLayers, type PermissionLayer } from "../../launcher/manifest/layers.ts";
import type { LayerName } from "../../launcher/manifest/origin.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { renderPermissionsKeyfile } from "../../launcher/manifest/show-permissions.ts";
import { decodeList, decodeString } from "../../launcher/manifest/keyfile-values.ts";
import { plainPermissions } from "../manifest/permission-values.ts";
import { HEAD, ID, withInstallation } from "./flatpak-installation.ts";

const CORPUS = "test/fixtures/corpus";
const ROUNDS = 300;
function withPermissions(work: (ask: (metadata: string, global: string, app: string) => string) => void): void {
  withInstallation(new Map(), ({ ask }) =>
    work((metadata, global, app) => {
      const { status, output, errors } = ask(metadata, global, app);
      assert.equal(status, 0, errors);
      return output;
    }),
  );
}

function layer(name: LayerName, text: string): PermissionLayer {
  const keyfile = parseKeyfileText(`/${name}`, text);
  assert.ok(keyfile.ok, text);
  const parsed = parseLayer(keyfile.value, name);
  assert.ok(parsed.ok, `${text}${JSON.stringify(parsed)}`);
  return parsed.value;
}

/** What is given: Flatpak prints denials in part only, since nothing lies below them any more. */
function granted(layers: readonly PermissionLayer[]): unknown {
  const plain = plainPermissions(mergeLayers(layers).permissions);
  const rows = (key: string): readonly (readonly [string, unknown])[] => plain[key] as readonly (readonly [string, unknown])[];
  const without = (key: string, nothing: unknown): unknown => rows(key).filter((row) => row[1] !== nothing);
  return {
    shared: without("shared", false),
    sockets: without("sockets", false),
    devices: without("devices", false),
    features: without("features", false),
    filesystems: without("filesystems", "none"),
    persistent: plain["persistent"],
    environment: plain["environment"],
    sessionBus: without("sessionBus", "none"),
    systemBus: without("systemBus", "none"),
    policies: (plain["policies"] as readonly (readonly [string, readonly string[]])[])
      .map(([key, values]) => [key, values.filter((value) => !value.startsWith("!"))] as const)
      .filter(([, values]) => values.length > 0),
  };
}

/** A printed keyfile as `[group] key` to its items, sorted: both sides have an order of their own. What is denied is printed by Flatpak in part only. */
function printed(text: string): Readonly<Record<string, readonly string[]>> {
  const keyfile = parseKeyfileText("/printed", text);
  assert.ok(keyfile.ok, text);
  const rows = [...keyfile.value.groups.values()].flatMap((group) =>
    [...group.entries.values()].flatMap((entry) => {
      const isList = group.name === "Context" || group.name.startsWith("Policy ");
      const items = isList ? decodeList(entry) : decodeString(entry);
      assert.ok(items.ok, entry.rawValue);
      const words = typeof items.value === "string" ? [items.value] : items.value.map(({ value }) => value);
      const given = words.filter((word) => !(isList && word.startsWith("!")) && !(group.name.endsWith(" Bus Policy") && word === "none"));
      return given.length === 0 ? [] : [[`[${group.name}] ${entry.key}`, given.sort()] as const];
    }),
  );
  return Object.fromEntries(rows.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function shown(layers: readonly PermissionLayer[]): Readonly<Record<string, readonly string[]>> {
  return printed(renderPermissionsKeyfile(mergeLayers(layers).permissions));
}

test("for every manifest of the corpus our permissions are Flatpak's", (context) => {
  withPermissions((ask) => {
    const apps = ["apps", "history"].flatMap((folder) => readdirSync(`${CORPUS}/${folder}`).map((app) => `${CORPUS}/${folder}/${app}`));
    let compared = 0;
    for (const app of apps) {
      const metadata = readFileSync(`${app}/metadata`, "utf8").replace(/^name=.*$/m, `name=${ID}`);
      // Words newer than 1.14, put into the corpus by hand: it drops them.
      const known = metadata
        .replace(/;?\binput;/, ";")
        .replace(/;?\binherit-wayland-socket;/, ";")
        .replace(/^(\w+)=;$/m, "$1=");
      const theirs = ask(metadata, "", "");
      assert.deepEqual(granted([layer("manifest", known)]), granted([layer("manifest", theirs)]), app);
      assert.deepEqual(shown([layer("manifest", known)]), printed(theirs), `${app}: as it is printed`);
      compared += 1;
    }
    context.diagnostic(`${compared} manifests compared`);
  });
});

const list = (words: readonly string[]) =>
  fc.array(
    fc.tuple(fc.constantFrom("", "", "!"), fc.constantFrom(...words)).map((parts) => parts.join("")),
    { maxLength: 3 },
  );
const line = (key: string, words: readonly string[]) => list(words).map((items) => (items.length === 0 ? "" : `${key}=${items.join(";")};\n`));
const places = ["home", "home:ro", "host", "host:ro", "~/a", "~/a:ro", "~/a/b:create", "xdg-music", "xdg-run/x", "/opt/y:ro"];
const context = fc
  .tuple(
    line("shared", ["network", "ipc"]),
    line("sockets", ["x11", "wayland", "pulseaudio", "session-bus"]),
    line("devices", ["dri", "all", "kvm", "shm"]),
    line("features", ["devel", "multiarch"]),
    fc
      .array(fc.oneof(fc.constantFrom(...places), fc.constantFrom("!home", "!host", "!~/a", "!xdg-music", "!host:reset")), { maxLength: 4 })
      .map((items) => (items.length === 0 ? "" : `filesystems=${items.join(";")};\n`)),
    fc.subarray([".a", ".b", "c"]).map((items) => (items.length === 0 ? "" : `persistent=${items.join(";")};\n`)),
    fc.subarray(["ONE", "TWO"], { maxLength: 1 }).map((items) => (items.length === 0 ? "" : `unset-environment=${items.join(";")};\n`)),
  )
  .map((lines) => `[Context]\n${lines.join("")}`);
const policy = (bus: string) =>
  fc.dictionary(fc.constantFrom("org.a.B", "org.a.C", "org.a.*", "org.d.E"), fc.constantFrom("none", "see", "talk", "own"), { maxKeys: 3 }).map(
    (names) =>
      `\n[${bus} Bus Policy]\n${Object.entries(names)
        .map(([name, level]) => `${name}=${level}\n`)
        .join("")}`,
  );
const variables = fc.dictionary(fc.constantFrom("ONE", "TWO", "THREE"), fc.constantFrom("", "1", "a b"), { maxKeys: 2 }).map(
  (set) =>
    `\n[Environment]\n${Object.entries(set)
      .map(([name, value]) => `${name}=${value}\n`)
      .join("")}`,
);
const generic = fc
  .array(fc.constantFrom("x", "y", "!x", "!y"), { maxLength: 2 })
  .map((items) => (items.length === 0 ? "" : `\n[Policy sub]\nkey=${items.join(";")};\n`));
const someLayer = fc.tuple(context, policy("Session"), policy("System"), variables, generic).map((parts) => parts.join(""));

test("for random manifests below a global override and one for the app our permissions are Flatpak's", () => {
  withPermissions((ask) => {
    for (const [manifest, global, app] of fc.sample(fc.tuple(someLayer, someLayer, someLayer), { numRuns: ROUNDS, seed: 41 })) {
      const text = ask(HEAD + manifest, global, app);
      const layers = [layer("manifest", HEAD + manifest), layer("user-global", global), layer("user-app", app)];
      const about = `${manifest}\n--- global\n${global}\n--- app\n${app}`;
      assert.deepEqual(granted(layers), granted([layer("manifest", text)]), about);
      assert.deepEqual(shown(layers), printed(text), about);
    }
  });
});
