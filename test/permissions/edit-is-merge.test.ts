// The law of overrides: a file changed by options means what its layer and the options' layer merge to. And: the reader survives anything.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Keyfile, parseKeyfile, parseKeyfileText, renderKeyfile } from "../../launcher/manifest/keyfile.ts";
import { emptyKeyfile } from "../../launcher/manifest/keyfile-edit.ts";
import { layerOf, mergeLayers, type PermissionLayer } from "../../launcher/manifest/layers.ts";
import { findOption, parseOptions } from "../../launcher/manifest/options.ts";
import { layOver, takeOut } from "../../launcher/manifest/override-edit.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { parseManifest } from "../../launcher/manifest/parse-manifest.ts";
import type { PermissionEntry } from "../../launcher/permissions/entries.ts";
import { must } from "../manifest/must.ts";
import { plainPermissions } from "../manifest/permission-values.ts";

const RUNS = 20_000;

const pair = (flags: readonly string[], values: readonly string[]) => fc.tuple(fc.constantFrom(...flags), fc.constantFrom(...values));
const option = fc.oneof(
  pair(["--socket", "--nosocket"], ["x11", "fallback-x11", "wayland"]),
  pair(["--socket-if"], ["x11:true", "x11:!has-wayland", "wayland:false"]),
  pair(["--share", "--unshare"], ["network", "ipc"]),
  pair(["--device-if"], ["dri:true", "dri:false"]),
  pair(["--filesystem"], ["home", "home:rw-all", "home:ro", "~/a", "~/a:create", "host", "xdg-music:ro"]),
  pair(["--nofilesystem"], ["home", "host", "~/a", "host:reset"]),
  pair(["--bind"], ["/a:/x", "~/b:/x:ro", "/a;b:~/y", "/a://x/./"]),
  pair(["--nobind"], ["/x", "~/y"]),
  pair(["--persist"], [".a", ".b"]),
  pair(["--env"], ["A=1", "A=", "B= x;y\\"]),
  pair(["--unset-env"], ["A", "B"]),
  pair(["--own-name", "--see-name", "--no-talk-name", "--system-see-name"], ["org.a.B", "org.a.*"]),
  pair(
    ["--bus-rule", "--no-bus-rule", "--system-bus-rule"],
    ["org.a.B=call i.j.M", "org.a.B=call  i.j.M@/*", "org.a.B=broadcast i.j.S arg0='x y;'", "org.a.*=call *@/p"],
  ),
  pair(["--bus-set", "--no-bus-set"], ["tray", "own-secrets", "own-secrets:a=b"]),
  pair(["--add-policy", "--remove-policy"], ["s.k=v", "s.k=w"]),
  pair(["--usb", "--nousb"], ["all", "vnd:0FD9"]),
  pair(["--audio", "--no-audio"], ["playback", "microphone"]),
  pair(["--nested"], ["none", "isolate", "full"]),
  pair(["--live"], ["none", "all"]),
  pair(["--allow-device", "--disallow-device"], ["camera", "usb:1050:0407"]),
  pair(["--accept-lower"], ["backend-bwrap", "abstract-sockets-reachable"]),
);
const options = fc.array(option, { minLength: 1, maxLength: 5 });

function entriesOf(given: readonly (readonly [string, string])[]): readonly PermissionEntry[] {
  const entries = parseOptions(given.map(([flag, raw]) => ({ option: must(findOption(flag)), raw })));
  assert.ok(entries.ok);
  return entries.value;
}

function layerOfFile(keyfile: Keyfile): PermissionLayer {
  const layer = parseLayer(keyfile, "user-app");
  assert.ok(layer.ok, JSON.stringify(layer));
  return layer.value;
}

function meaning(...layers: readonly PermissionLayer[]): Readonly<Record<string, unknown>> {
  return plainPermissions(mergeLayers(layers).permissions);
}

test("an override changed by options means what file and options merge to", () => {
  fc.assert(
    fc.property(options, options, (first, second) => {
      const before = layOver(emptyKeyfile("/f"), entriesOf(first));
      const after = layOver(before, entriesOf(second));
      assert.deepEqual(meaning(layerOfFile(after)), meaning(layerOfFile(before), layerOf("command-line", "", entriesOf(second))), renderKeyfile(after));
    }),
    { numRuns: RUNS / 10 },
  );
});

test("the same options once more change nothing", () => {
  // `x11` takes `fallback-x11` away, and the same line gives it again: behind the others.
  const isStill = ([, raw]: readonly [string, string]): boolean => raw !== "fallback-x11" && raw !== "host:reset";
  fc.assert(
    fc.property(
      options.map((given) => given.filter(isStill)),
      (given) => {
        const once = layOver(emptyKeyfile("/f"), entriesOf(given));
        assert.equal(renderKeyfile(layOver(once, entriesOf(given))), renderKeyfile(once));
      },
    ),
    { numRuns: RUNS / 10 },
  );
});

test("what is taken out says nothing any more, and nothing else goes", () => {
  // `!host:reset` denies `host` by itself: it is one item and two entries, of which none can be taken out alone.
  const isPlain = ([, raw]: readonly [string, string]): boolean => raw !== "host:reset";
  fc.assert(
    fc.property(
      options.map((given) => given.filter(isPlain)),
      option.filter(isPlain),
      (given, one) => {
        const before = layOver(emptyKeyfile("/f"), entriesOf(given));
        const { keyfile, missing } = takeOut(before, entriesOf([one]));
        assert.deepEqual(takeOut(keyfile, entriesOf([one])).keyfile, keyfile);
        if (missing.length > 0) return;
        const gone = layerOfFile(before).entries.length - layerOfFile(keyfile).entries.length;
        assert.equal(gone, 1);
      },
    ),
    { numRuns: RUNS / 10 },
  );
});

test("no bytes make the reader throw", () => {
  const words = fc.constantFrom(
    "[Application]\n",
    "[Context]\n",
    "[X-Tsbox]\n",
    "[X-Tsbox Accept]\n",
    "[USB Devices]\n",
    "[Policy x]\n",
    "[Session Bus Policy]\n",
    "name=",
    "sockets=",
    "filesystems=",
    "=",
    ";",
    "!",
    ":",
    "if:",
    "\\",
    "\n",
    "~/",
    "..",
    "lower=",
    "format=",
    "\u0000",
    "é",
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(fc.oneof(words, fc.string({ maxLength: 3 })), { maxLength: 20 }).map((pieces) => Buffer.from(pieces.join(""))),
  );
  fc.assert(
    fc.property(bytes, (file) => {
      const keyfile = parseKeyfile("/f", file);
      if (keyfile.ok) for (const layer of ["manifest", "user-app", "limit"] as const) parseLayer(keyfile.value, layer);
      parseManifest({ file: "/f", bytes: file, from: "tsbox", expectedId: null, programFolder: null });
      if (keyfile.ok) assert.ok(parseKeyfileText("/f", renderKeyfile(keyfile.value)).ok);
    }),
    { numRuns: RUNS },
  );
});
