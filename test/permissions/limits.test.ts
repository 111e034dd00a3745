// Limits of the administrator: applied last, they take away and never give.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseKeyfileText } from "../../launcher/manifest/keyfile.ts";
import { mergeLayers, type Merged, type PermissionLayer } from "../../launcher/manifest/layers.ts";
import type { AppId, Manifest } from "../../launcher/manifest/manifest.ts";
import type { LayerName, Result } from "../../launcher/manifest/origin.ts";
import { findOption, layerFromOptions } from "../../launcher/manifest/options.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { permissionsOfRun } from "../../launcher/manifest/run-permissions.ts";
import type { Permissions } from "../../launcher/permissions/permissions.ts";
import type { RunInputs } from "../../launcher/plan/inputs.ts";
import { sessionPolicy } from "../../launcher/plan/names.ts";
import { must } from "../manifest/must.ts";

function parse(name: LayerName, text: string): Result<PermissionLayer> {
  const keyfile = parseKeyfileText(`/${name}`, text);
  assert.ok(keyfile.ok);
  return parseLayer(keyfile.value, name);
}

function layer(name: LayerName, text: string): PermissionLayer {
  const parsed = parse(name, text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

function limited(granted: string, limit: string): Merged {
  return mergeLayers([layer("user-app", granted)], [layer("limit", limit)]);
}

test("what a limit denies is gone from the result, and the line that cut is named", () => {
  const merged = limited("[Context]\nshared=network;ipc;\n", "[Context]\nshared=!network;\n");
  assert.deepEqual(
    [...merged.permissions.shared.values()].map((one) => [one.name, one.allowed, one.origin.layer]),
    [
      ["network", false, "limit"],
      ["ipc", true, "user-app"],
    ],
  );
  assert.deepEqual(
    merged.cuts.map((cut) => [cut.granted, `${cut.wanted.file}:${cut.wanted.line}`, `${cut.limit.file}:${cut.limit.line}`]),
    [["shared=network", "/user-app:2", "/limit:2"]],
  );
  assert.equal(merged.trace.get("shared=network")?.at(-1)?.origin.layer, "limit");
});

test("a limit holds against conditions, and against wider words of the same thing", () => {
  assert.deepEqual(
    limited("[Context]\nsockets=if:x11:true;fallback-x11;\n", "[Context]\nsockets=!x11;\n").cuts.map((cut) => cut.granted),
    ["sockets=x11", "sockets=fallback-x11"],
  );
  const devices = limited("[Context]\ndevices=all;shm;\n", "[Context]\ndevices=!kvm;\n");
  assert.deepEqual(
    [...devices.permissions.devices.values()].filter((one) => one.allowed).map((one) => one.name),
    ["shm"],
  );
});

test("a limit on a device holds by whichever words it is granted: what it is for, or Flatpak's", () => {
  const GRANTED = "[Context]\ndevices=all;input;usb;dri;\nsockets=pcsc;cups;\n[X-Tsbox Devices]\nallow=camera;gamepad;usb:1050:0407;smartcard;fido;compute;\n";
  const cuts = (limit: string): readonly string[] => {
    const merged = limited(GRANTED, limit);
    const left = [...merged.permissions.devices.values(), ...merged.permissions.sockets.values()].filter((one) => one.allowed).map((one) => one.name);
    const uses = [...merged.permissions.deviceUses].filter(([, { allowed }]) => allowed).map(([word]) => word);
    for (const { granted } of merged.cuts) assert.ok(![...left, ...uses].includes(granted.slice(granted.indexOf("=") + 1)), granted);
    return merged.cuts.map(({ granted }) => granted);
  };
  assert.deepEqual(cuts("[X-Tsbox Devices]\nallow=!camera;\n"), ["allow=camera", "devices=all"]);
  assert.deepEqual(cuts("[X-Tsbox Devices]\nallow=!gamepad;\n"), ["allow=gamepad", "devices=input", "devices=all"]);
  assert.deepEqual(cuts("[X-Tsbox Devices]\nallow=!usb:1050:0407;\n"), ["allow=usb:1050:0407", "devices=usb", "devices=all"]);
  assert.deepEqual(cuts("[X-Tsbox Devices]\nallow=!smartcard;\n"), ["allow=smartcard", "sockets=pcsc"]);
  assert.deepEqual(cuts("[Context]\ndevices=!usb;\n"), ["devices=usb", "devices=all", "allow=usb:1050:0407"]);
  assert.deepEqual(cuts("[Context]\ndevices=!input;\n"), ["devices=input", "devices=all", "allow=gamepad"]);
  assert.deepEqual(cuts("[Context]\nsockets=!pcsc;\n"), ["sockets=pcsc", "allow=smartcard"]);
  assert.deepEqual(cuts("[Context]\ndevices=!dri;\n"), ["devices=dri", "devices=all", "allow=compute"]);
  assert.deepEqual(cuts("[Context]\ndevices=!all;\n"), ["devices=all"], "not all, but each of them");
});

test("a limit on a use of sound holds for the sound cards' nodes and for the server's plain socket too", () => {
  const user = "[Context]\ndevices=all;dri;\n[X-Tsbox Audio]\nmicrophone=true\n[X-Tsbox Accept]\nlower=pipewire-plain-socket;\n";
  const cuts = (limit: string): readonly string[] => {
    const merged = mergeLayers([layer("user-app", user)], [layer("limit", `[X-Tsbox Audio]\n${limit}\n`)]);
    assert.deepEqual([...merged.permissions.acceptedLowerLevels.keys()], []);
    return merged.cuts.map(({ granted }) => granted);
  };
  assert.deepEqual(cuts("microphone=false"), ["microphone=true", "lower=pipewire-plain-socket", "devices=all"]);
  assert.deepEqual(cuts("playback=false"), ["lower=pipewire-plain-socket", "devices=all"]);
  assert.deepEqual(cuts("monitor=false"), ["lower=pipewire-plain-socket"]);
});

test("a limit on a place holds for everything below it; on `host:reset`, for every place", () => {
  const granted = "[Context]\nfilesystems=home:rw-all;~/a;xdg-music/x;xdg-run/y;/opt/x;/optical;\n";
  const left = (limit: string): readonly string[] =>
    [...limited(granted, `[Context]\nfilesystems=${limit};\n`).permissions.filesystems.values()]
      .filter((one) => one.mode !== "none")
      .map((one) => one.location);
  assert.deepEqual(left("!home"), ["xdg-run/y", "/opt/x", "/optical"]);
  assert.deepEqual(left("!/opt"), ["home-all", "~/a", "xdg-music/x", "xdg-run/y", "/optical"]);
  assert.deepEqual(left("!host:reset"), []);
});

test("a limit on a place without one path takes wider words away; one on a path stays as a denial for the plan to cover", () => {
  const modes = (granted: string, limit: string): Readonly<Record<string, string>> => {
    const { permissions } = limited(`[Context]\nfilesystems=${granted};\n`, `[Context]\nfilesystems=${limit};\n`);
    return Object.fromEntries([...permissions.filesystems.values()].map((one) => [one.location, one.mode]));
  };
  assert.deepEqual(modes("host;host-root;/srv", "!home"), { host: "none", "host-root": "none", "/srv": "rw", home: "none" });
  assert.deepEqual(modes("host;host-os", "!host-etc"), { host: "none", "host-os": "rw", "host-etc": "none" });
  assert.deepEqual(modes("host;home", "!~/secret"), { host: "rw", home: "rw", "~/secret": "none" });
});

test("a limit sees through other spellings of a place, where the caller's paths are known", () => {
  const paths: Readonly<Record<string, string>> = { home: "/home/u", "~/a": "/home/u/a", "xdg-music": "/data/music" };
  const resolve = (location: string): string | null => (location.startsWith("/") ? location : (paths[location] ?? null));
  const left = (granted: string, limit: string): readonly string[] => {
    const merged = mergeLayers([layer("user-app", `[Context]\nfilesystems=${granted};\n`)], [layer("limit", `[Context]\nfilesystems=${limit};\n`)], resolve);
    return [...merged.permissions.filesystems.values()].filter((one) => one.mode !== "none").map((one) => one.location);
  };
  assert.deepEqual(left("/home/u/x;/home/u;/home;/home/other;/srv", "!home"), ["/home/other", "/srv"]);
  assert.deepEqual(left("/home/u/a/b;/home/u/ab", "!~/a"), ["/home/u/ab"]);
  assert.deepEqual(left("/data/music/x;/data", "!xdg-music"), ["/data"]);
});

test("a limit on a place holds for it under another name inside too, and a limit on that name", () => {
  const binds = "[X-Tsbox Data]\nbind=~/a:/opt/a;/srv/b:/opt/b:ro;\n";
  const left = (limit: string): readonly string[] => limited(binds, limit).permissions.binds.map(({ from, to, mode }) => `${from}:${to}:${mode}`);
  assert.deepEqual(left("[Context]\nfilesystems=!home;\n"), ["/srv/b:/opt/b:ro"]);
  assert.deepEqual(left("[Context]\nfilesystems=!/srv;\n"), ["~/a:/opt/a:rw"]);
  assert.deepEqual(left("[Context]\nfilesystems=!host:reset;\n"), []);
  assert.deepEqual(left("[X-Tsbox Data]\nbind=!/opt/a;\n"), ["/srv/b:/opt/b:ro"]);
});

test("a limit on bus names holds below a wildcard, and against the unfiltered bus", () => {
  const merged = limited(
    "[Context]\nsockets=session-bus;\n[Session Bus Policy]\norg.a.B=talk\norg.a.*=own\norg.ab.C=talk\n",
    "[Session Bus Policy]\norg.a.*=none\n",
  );
  assert.deepEqual(
    merged.cuts.map((cut) => cut.granted),
    ["org.a.B=talk", "org.a.*=own", "sockets=session-bus"],
  );
  assert.deepEqual(
    [...merged.permissions.sessionBus.values()].filter((one) => one.level !== "none").map((one) => one.name),
    ["org.ab.C"],
  );
});

test("a denied name below a granted wildcard stays hidden, whether a limit denies it or an override", () => {
  const grant = layer("manifest", "[Session Bus Policy]\norg.a.*=talk\n");
  const hiddenNames = (permissions: Permissions): readonly string[] => {
    const inputs = { manifest: { id: "org.example.App" }, permissions, caller: { runtimeDirectoryIsFallback: false } } as unknown as RunInputs;
    return sessionPolicy(inputs)
      .hidden.map((one) => one.name)
      .filter((name) => name.startsWith("org.a."));
  };
  const denial = "[Session Bus Policy]\norg.a.B=none\n";
  assert.deepEqual(hiddenNames(mergeLayers([grant], [layer("limit", denial)]).permissions), ["org.a.B"]);
  assert.deepEqual(hiddenNames(mergeLayers([grant, layer("user-app", denial)]).permissions), ["org.a.B"]);
});

test("variables and lower levels can be limited too", () => {
  const merged = limited(
    "[Environment]\nLD_PRELOAD=/x\n[X-Tsbox Accept]\nlower=backend-bwrap\n",
    "[Context]\nunset-environment=LD_PRELOAD;\n[X-Tsbox Accept]\nlower=!backend-bwrap\n",
  );
  assert.equal(merged.permissions.environment.get("LD_PRELOAD")?.value, null);
  assert.equal(merged.permissions.acceptedLowerLevels.size, 0);
  assert.equal(merged.cuts.length, 2);
});

test("a setting of a limit is the most that is given, whatever the manifest says or does not say", () => {
  const nested = (manifest: string, limit: string): readonly unknown[] => {
    const merged = limited(manifest === "" ? "" : `[X-Tsbox]\nnested=${manifest}\n`, `[X-Tsbox]\nnested=${limit}\n`);
    return [merged.permissions.settings.get("nested")?.word, merged.cuts.map((cut) => cut.granted)];
  };
  assert.deepEqual(nested("full", "isolate"), ["isolate", ["nested=full"]]);
  assert.deepEqual(nested("isolate", "none"), ["none", ["nested=isolate"]]);
  assert.deepEqual(nested("isolate", "isolate"), ["isolate", []]);
  assert.deepEqual(nested("none", "isolate"), ["none", []]);
  assert.equal(limited("", "[X-Tsbox]\nlive=none\n").permissions.settings.get("live")?.word, "none");
});

test("a limit that grants is refused with its line", () => {
  for (const [text, place] of [
    ["[Context]\nshared=!ipc;network;\n", "2:13"],
    ["[Session Bus Policy]\norg.a.B=talk\n", "2:1"],
    ["[Context]\npersistent=.x\n", "2:12"],
    ["[X-Tsbox]\nnested=full\n", "2:1"],
    ["[Environment]\nA=b\n", "2:1"],
  ] as const) {
    const parsed = parse("limit", text);
    assert.deepEqual(parsed.ok ? "read" : parsed.problems.map((problem) => `${problem.key} ${problem.line}:${problem.column}`), [
      `manifest.limit-grants ${place}`,
    ]);
  }
});

test("a run starts with what is left, but an option beyond a limit is refused with both (CVE-2024-5138)", () => {
  const manifest: Manifest = {
    id: "org.example.App" as AppId,
    file: "/m",
    programFolder: null,
    installed: null,
    instanceOf: null,
    deployment: null,
    command: null,
    layer: layer("manifest", "[Context]\nshared=network;\n"),
    runtime: { value: "host", origin: { layer: "default", file: "", line: 0, column: 0, text: "" } },
  };
  const overrides = { layers: [], limits: [layer("limit", "[Context]\nshared=!network;\n")] };
  const run = permissionsOfRun(manifest, overrides, null);
  assert.ok(run.ok && run.value.permissions.shared.get("network")?.allowed === false);
  const line = layerFromOptions([{ option: must(findOption("--share")), raw: "network" }]);
  assert.ok(line.ok);
  const refused = permissionsOfRun(manifest, overrides, line.value);
  assert.deepEqual(refused.ok ? "started" : refused.problems.map((problem) => [problem.key, problem.file, problem.line, problem.values]), [
    ["manifest.beyond-limit", "/limit", 2, { option: "--share=network", limit: "shared=!network" }],
  ]);
});
