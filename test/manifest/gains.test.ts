// What one manifest asks for beyond another: Flatpak's rules of an update, and the denials that go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gainsOf, withoutGains } from "../../launcher/manifest/gains.ts";
import { renderEntry } from "../../launcher/manifest/grammar/grammars.ts";
import { parseKeyfileText } from "../../launcher/manifest/keyfile.ts";
import { mergeLayers, type PermissionLayer } from "../../launcher/manifest/layers.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { mustSucceed } from "../export/must-succeed.ts";
import { plainPermissions } from "./permission-values.ts";

function layer(text: string): PermissionLayer {
  return mustSucceed(parseLayer(mustSucceed(parseKeyfileText("/m", text)), "manifest"));
}

function gains(older: string, newer: string): readonly string[] {
  const { granted, undenied } = gainsOf(layer(older), layer(newer));
  return [...granted.map(renderEntry), ...undenied.map((entry) => `gone ${renderEntry(entry)}`)];
}

const context = (lines: string): string => `[Context]\n${lines}\n`;
const X11 = "[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=";
const CASES: readonly (readonly [name: string, older: string, newer: string, gains: readonly string[]])[] = [
  ["the same", context("sockets=x11;"), context("sockets=x11;"), []],
  ["a new word", context("sockets=x11;"), context("sockets=x11;session-bus;"), ["sockets=session-bus"]],
  ["one that a wider word holds", context("devices=all;"), context("devices=dri;"), []],
  ["x11 where it was for want of Wayland", context("sockets=fallback-x11;"), context("sockets=x11;"), ["sockets=x11"]],
  ["the other way round", context("sockets=x11;"), context("sockets=fallback-x11;"), []],
  ["what never needs asking", context(""), context("features=multiarch;per-app-dev-shm;"), []],
  ["a word without its condition", context("sockets=x11;if:x11:!has-wayland;"), context("sockets=x11;"), ["sockets=x11"]],
  [
    "one more condition",
    context("sockets=x11;if:x11:!has-wayland;"),
    context("sockets=x11;if:x11:!has-wayland;if:x11:true;"),
    ["sockets=x11;if:x11:!has-wayland;if:x11:true"],
  ],
  ["writing", context("filesystems=home:ro;"), context("filesystems=home;"), ["filesystems=home"]],
  ["less of the same place", context("filesystems=~/a;home:rw-all;"), context("filesystems=~/a:ro;home;"), []],
  [
    "places below, of which each could have a guard that its own grant lifts",
    context("filesystems=home;"),
    context("filesystems=home;~/.bashrc;xdg-config/autostart;xdg-data/flatpak:ro;"),
    ["filesystems=~/.bashrc", "filesystems=xdg-config/autostart", "filesystems=xdg-data/flatpak:ro"],
  ],
  ["a folder that lies elsewhere for some", context("filesystems=home;"), context("filesystems=xdg-music;"), ["filesystems=xdg-music"]],
  ["places in the host", context("filesystems=host;"), context("filesystems=~/a;home;"), ["filesystems=~/a", "filesystems=home"]],
  [
    "another spelling of what was denied",
    context("filesystems=home;!xdg-documents;"),
    context("filesystems=home;!xdg-documents;~/Documents;"),
    ["filesystems=~/Documents"],
  ],
  ["what was only read becomes writable by itself", context("filesystems=home;~/keys:ro;"), context("filesystems=home;~/keys;"), ["filesystems=~/keys"]],
  ["what was only read becomes writable with its parent", context("filesystems=home;~/keys:ro;"), context("filesystems=home;"), ["gone filesystems=~/keys:ro"]],
  [
    "what was only read, by another spelling of the parent",
    context("filesystems=xdg-documents;~/Documents/keys:ro;"),
    context("filesystems=xdg-documents;"),
    ["gone filesystems=~/Documents/keys:ro"],
  ],
  ["what was only read goes, and nothing around it can be written", context("filesystems=~/a;~/b:ro;host-etc:ro;"), context("filesystems=~/a;"), []],
  [
    "a socket of the session, which the host does not hold",
    context("filesystems=host;"),
    context("filesystems=xdg-run/pipewire-0;"),
    ["filesystems=xdg-run/pipewire-0"],
  ],
  ["the strong form of home", context("filesystems=home;"), context("filesystems=home:rw-all;"), ["filesystems=home:rw-all"]],
  ["what was denied below", context("filesystems=home;!~/a;"), context("filesystems=home;~/a;"), ["filesystems=~/a"]],
  ["what is below what was denied", context("filesystems=home;!~/a;"), context("filesystems=home;!~/a;~/a/b;"), ["filesystems=~/a/b"]],
  ["a denial that goes", context("filesystems=home;!~/a;"), context("filesystems=home;"), ["gone filesystems=!~/a"]],
  ["a name", "[Session Bus Policy]\norg.a.B=see\n", "[Session Bus Policy]\norg.a.B=talk\n", ["org.a.B=talk"]],
  ["a name that a pattern holds", "[Session Bus Policy]\norg.a.*=talk\n", "[Session Bus Policy]\norg.a.B=talk\norg.a.*=see\n", []],
  ["the same name on another bus", "[Session Bus Policy]\norg.a.B=talk\n", "[System Bus Policy]\norg.a.B=talk\n", ["org.a.B=talk"]],
  ["a hidden name", "[Session Bus Policy]\norg.a.*=talk\norg.a.B=none\n", "[Session Bus Policy]\norg.a.*=talk\norg.a.B=talk\n", ["org.a.B=talk"]],
  ["a hidden name that goes", "[Session Bus Policy]\norg.a.*=talk\norg.a.B=none\n", "[Session Bus Policy]\norg.a.*=talk\n", ["gone org.a.B=none"]],
  [
    "names that no wildcard lifts",
    "[Session Bus Policy]\norg.freedesktop.*=talk\n",
    "[Session Bus Policy]\norg.freedesktop.*=talk\norg.freedesktop.systemd1=see\norg.freedesktop.Flatpak=see\norg.freedesktop.impl.portal.X=talk\n",
    ["org.freedesktop.systemd1=see", "org.freedesktop.Flatpak=see", "org.freedesktop.impl.portal.X=talk"],
  ],
  [
    "a name of a hidden family that was lifted before",
    "[Session Bus Policy]\norg.freedesktop.Flatpak.*=talk\n",
    "[Session Bus Policy]\norg.freedesktop.Flatpak=talk\n",
    [],
  ],
  ["variables and kept folders", context("unset-environment=A;"), "[Context]\npersistent=.x;\n[Environment]\nB=1\n", []],
  ["recording", context("sockets=pulseaudio;"), `${context("sockets=pulseaudio;")}[X-Tsbox Audio]\nmicrophone=true\nplayback=true\n`, ["microphone=true"]],
  ["a nested sandbox", context(""), "[X-Tsbox]\nnested=full\n", ["nested=full"]],
  ["a narrow X11 that goes", `${X11}untrusted\n`, context("sockets=x11;"), ["gone x11=untrusted"]],
  ["the narrowest X11 that goes", `${X11}nested\n`, context("sockets=x11;"), ["gone x11=nested"]],
  ["X11 as a stranger in the place of a server of its own", `${X11}nested\n`, `${X11}untrusted\n`, ["x11=untrusted"]],
  ["a server of its own in the place of X11 as a stranger", `${X11}untrusted\n`, `${X11}nested\n`, []],
  ["X11 as a stranger in the place of all", context("sockets=x11;"), `${X11}untrusted\n`, []],
  ["the whole X11, said", `${X11}untrusted\n`, `${X11}host\n`, ["x11=host"]],
  ["no places while it runs, which goes", "[X-Tsbox]\nlive=none\n", "[X-Tsbox]\n", ["gone live=none"]],
  ["a nested sandbox that goes or shrinks", "[X-Tsbox]\nnested=full\n", "[X-Tsbox]\nnested=isolate\n", []],
  ["a policy of a program", context(""), "[Policy Tracker3]\na=b;\n", ["Tracker3.a=b"]],
  ["USB", "[USB Devices]\nhidden-devices=vnd:0fd9;\n", "[USB Devices]\nenumerable-devices=all;\n", ["USB"]],
];

for (const [name, older, newer, expected] of CASES) {
  test(`a gain or none: ${name}`, () => {
    const found = gains(older, newer);
    if (expected[0] === "USB") assert.equal(found.length, 2, found.join());
    else
      assert.deepEqual(
        found.map((text) => text.replace(/^Policy /, "")),
        expected,
      );
  });

  test(`held back it grants no more than before: ${name}`, () => {
    const held = withoutGains(layer(older), layer(newer));
    const again = gainsOf(layer(older), held);
    assert.deepEqual([...again.granted, ...again.undenied].map(renderEntry), []);
    // What is no gain is given.
    if (expected.length === 0) assert.deepEqual(plainPermissions(mergeLayers([held]).permissions), plainPermissions(mergeLayers([layer(newer)]).permissions));
  });
}
