// How layers merge: the tables are reference rules of Flatpak's manual and sources, one row each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseKeyfileText } from "../../launcher/manifest/keyfile.ts";
import { mergeLayers, type Merged, type PermissionLayer } from "../../launcher/manifest/layers.ts";
import type { LayerName } from "../../launcher/manifest/origin.ts";
import { findOption, layerFromOptions } from "../../launcher/manifest/options.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { plainPermissions } from "../manifest/permission-values.ts";
import { must } from "../manifest/must.ts";

function layer(name: LayerName, text: string): PermissionLayer {
  const keyfile = parseKeyfileText(`/${name}`, text);
  assert.ok(keyfile.ok, JSON.stringify(keyfile));
  const parsed = parseLayer(keyfile.value, name);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

/** The layers of these `[Context]` lines, lowest first: a manifest, then the overrides. */
function merge(...contexts: readonly string[]): Merged {
  const names: readonly LayerName[] = ["manifest", "system-global", "system-app", "user-global", "user-app"];
  return mergeLayers(contexts.map((context, index) => layer(names[index] ?? "user-app", `[Context]\n${context}\n`)));
}

function named(merged: Merged, list: "sockets" | "shared" | "devices" | "features"): Readonly<Record<string, string>> {
  const rows = [...merged.permissions[list].values()];
  return Object.fromEntries(rows.map((one) => [one.name, one.allowed ? "yes" : one.conditions.length > 0 ? `if ${one.conditions.join(" ")}` : "no"]));
}

test("one list is read from left to right", () => {
  const table: readonly (readonly [list: string, state: string])[] = [
    ["x11", "yes"],
    ["!x11", "no"],
    ["x11;!x11", "no"],
    ["!x11;x11", "yes"],
    ["x11;if:x11:!has-wayland", "if !has-wayland"],
    ["if:x11:true;x11", "yes"],
    ["x11;if:x11:true;x11", "yes"],
    ["if:x11:true;x11;if:x11:false", "if false true"],
    ["!x11;x11;if:x11:true", "if true"],
    ["if:x11:has-wayland;if:x11:false", "if false has-wayland"],
  ];
  for (const [list, state] of table) assert.equal(named(merge(`sockets=${list}`), "sockets")["x11"], state, list);
});

test("a higher layer decides, and conditions add up unless it resets", () => {
  const table: readonly (readonly [below: string, above: string, state: string])[] = [
    ["x11", "!x11", "no"],
    ["!x11", "x11", "yes"],
    ["x11", "if:x11:true", "if true"],
    ["!x11", "if:x11:true", "if true"],
    ["if:x11:true", "if:x11:false", "if false true"],
    ["if:x11:true", "x11", "yes"],
    ["if:x11:true", "!x11", "no"],
    ["if:x11:true", "!x11;x11;if:x11:false", "if false"],
    ["x11;if:x11:true", "x11;if:x11:false", "if false true"],
  ];
  for (const [below, above, state] of table) assert.equal(named(merge(`sockets=${below}`, `sockets=${above}`), "sockets")["x11"], state, `${below} | ${above}`);
});

test("a plain x11 above takes the fallback-x11 below away, a conditional one leaves it", () => {
  assert.deepEqual(named(merge("sockets=fallback-x11", "sockets=x11"), "sockets"), { x11: "yes" });
  assert.deepEqual(named(merge("sockets=fallback-x11", "sockets=!x11"), "sockets"), { x11: "no" });
  assert.deepEqual(named(merge("sockets=fallback-x11", "sockets=if:x11:true"), "sockets"), { "fallback-x11": "yes", x11: "if true" });
  assert.deepEqual(named(merge("sockets=fallback-x11", "sockets=fallback-x11;x11"), "sockets"), { x11: "yes", "fallback-x11": "yes" });
  assert.deepEqual(named(merge("sockets=x11", "sockets=fallback-x11"), "sockets"), { x11: "yes", "fallback-x11": "yes" });
});

test("the four override files count in their order: the user's global one beats the administrator's for one app", () => {
  const merged = merge("shared=network", "shared=!network", "shared=network", "shared=!network");
  assert.deepEqual(named(merged, "shared"), { network: "no" });
  assert.deepEqual(
    [merged.permissions.shared.get("network")?.origin.layer, merged.permissions.shared.get("network")?.origin.file],
    ["user-global", "/user-global"],
  );
  assert.deepEqual(
    merged.trace.get("shared=network")?.map((said) => `${said.origin.layer} ${said.text}`),
    ["manifest shared=network", "system-global shared=!network", "system-app shared=network", "user-global shared=!network"],
  );
});

function places(merged: Merged): readonly string[] {
  return [...merged.permissions.filesystems.values()].map((one) => `${one.location}:${one.mode}`);
}

test("places replace each other by their location alone: a denied home leaves what was given below it", () => {
  assert.deepEqual(places(merge("filesystems=home;~/foo;xdg-config/x:ro", "filesystems=!home;~/foo:ro")), ["xdg-config/x:ro", "home:none", "~/foo:ro"]);
  assert.deepEqual(places(merge("filesystems=~;home/foo//bar/./baz/")), ["home:rw", "~/foo/bar/baz:rw"]);
  assert.deepEqual(places(merge("filesystems=home:ro;home:create")), ["home:create"]);
});

test("`!host:reset` forgets the places of all lower layers, and only those", () => {
  assert.deepEqual(places(merge("filesystems=home;/opt", "filesystems=xdg-music;!host:reset;~/x:ro")), ["xdg-music:rw", "host:none", "~/x:ro"]);
  assert.deepEqual(places(merge("filesystems=host;/opt", "filesystems=!host-reset;host:ro", "filesystems=/srv")), ["host:ro", "/srv:rw"]);
});

test("`home:rw-all` and `home` are one permission in two strengths", () => {
  assert.deepEqual(places(merge("filesystems=home:rw-all")), ["home-all:rw"]);
  assert.deepEqual(places(merge("filesystems=home:rw-all", "filesystems=!home")), ["home:none"]);
  assert.deepEqual(places(merge("filesystems=home:rw-all", "filesystems=home:ro")), ["home:ro"]);
  assert.deepEqual(places(merge("filesystems=home", "filesystems=home:rw-all")), ["home-all:rw"]);
});

test("variables replace each other, one taken away too, and within a file taking away wins", () => {
  const merged = mergeLayers([
    layer("manifest", "[Environment]\nA=1\nB=2\nC=\n[Context]\nunset-environment=D;\n"),
    layer("user-app", "[Context]\nunset-environment=A;E;\n[Environment]\nD=4\nE=5\n"),
  ]);
  assert.deepEqual(plainPermissions(merged.permissions)["environment"], [
    ["A", null],
    ["B", "2"],
    ["C", ""],
    ["D", "4"],
    ["E", null],
  ]);
});

test("bus names replace each other one by one, `none` above hides `talk` below, a wildcard is a name of its own", () => {
  const merged = mergeLayers([
    layer("manifest", "[Session Bus Policy]\norg.a.B=talk\norg.a.C=own\n[System Bus Policy]\norg.s.T=see\n"),
    layer("user-app", "[Session Bus Policy]\norg.a.B=none\norg.a.*=none\n[System Bus Policy]\norg.s.T=talk\n"),
  ]);
  assert.deepEqual(plainPermissions(merged.permissions)["sessionBus"], [
    ["org.a.*", "none"],
    ["org.a.B", "none"],
    ["org.a.C", "own"],
  ]);
  assert.deepEqual(plainPermissions(merged.permissions)["systemBus"], [["org.s.T", "talk"]]);
});

test("persistent paths and USB queries add up; policies move their values", () => {
  const merged = mergeLayers([
    layer("manifest", "[Context]\npersistent=.a;.b;\n[Policy sub]\nkey=x;y;!z;\n[USB Devices]\nenumerable-devices=vnd:0FD9;\n"),
    layer(
      "user-app",
      "[Context]\npersistent=.b;.c;\n[Policy sub]\nkey=!x;z;\n[USB Devices]\nhidden-devices=vnd:0fd9+dev:0063;\nenumerable-devices=vnd:0fd9;all;\n",
    ),
  ]);
  assert.deepEqual(
    merged.permissions.persistent.map((one) => `${one.path} ${one.origin.layer}`),
    [".a manifest", ".b manifest", ".c user-app"],
  );
  assert.deepEqual([...merged.permissions.policies], [["sub.key", ["y", "!x", "z"]]]);
  assert.deepEqual(merged.permissions.usb, { enumerable: ["vnd:0fd9", "all"], hidden: ["vnd:0fd9+dev:0063"] });
});

test("lower levels are accepted by overrides and options, and taken back by `!`", () => {
  const accept = (name: LayerName, value: string): PermissionLayer => layer(name, `[X-Tsbox Accept]\nlower=${value}\n`);
  const accepted = mergeLayers([accept("user-global", "abstract-sockets-reachable;backend-bwrap"), accept("user-app", "!backend-bwrap")]);
  assert.deepEqual([...accepted.permissions.acceptedLowerLevels.keys()], ["abstract-sockets-reachable"]);
});

test("a command line is the highest layer, and its conditional options never weaken a plain one", () => {
  const option = (flag: string, raw: string) => ({ option: must(findOption(flag)), raw });
  const line = layerFromOptions([
    option("--socket", "x11"),
    option("--socket-if", "x11:false"),
    option("--socket-if", "wayland:true"),
    option("--socket-if", "wayland:false"),
  ]);
  assert.ok(line.ok);
  const merged = mergeLayers([layer("user-app", "[Context]\nsockets=!x11;!wayland;\n"), line.value]);
  assert.deepEqual(named(merged, "sockets"), { x11: "yes", wayland: "if false true" });
  assert.deepEqual(merged.permissions.sockets.get("x11")?.origin, { layer: "command-line", file: "", line: 0, column: 0, text: "--socket=x11" });
});
