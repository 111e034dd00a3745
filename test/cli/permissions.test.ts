// `tsbox permissions`: what users read, and that what it prints is so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { permissionsCommand } from "../../launcher/cli/permissions.ts";
import { pickPermissionOptions } from "../../launcher/manifest/door.ts";
import { layerFromOptions } from "../../launcher/manifest/options.ts";
import { mergeLayers } from "../../launcher/manifest/layers.ts";
import { renderOptions } from "../../launcher/manifest/as-options.ts";
import { parseKeyfileText } from "../../launcher/manifest/keyfile.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { PERMISSION_MESSAGES } from "../../launcher/messages/permissions.ts";
import { PERMISSION_KINDS } from "../../launcher/permissions/list.ts";
import { plainPermissions } from "../manifest/permission-values.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { type LookingHome, withLookingHome } from "./looking-run.ts";

const ID = "org.example.App";
const GOLDEN = "messages/permissions";
const MANIFEST = `[Application]
name=${ID}
command=true

[Context]
shared=ipc;
sockets=pcsc;
devices=dri;
filesystems=home;!~/secret;xdg-run/pipewire-0;
persistent=.app;

[Session Bus Policy]
org.freedesktop.Flatpak=talk
org.example.*=talk
org.example.Hidden=none

[Environment]
A=b
`;

async function withApp(work: (home: LookingHome) => Promise<void>): Promise<void> {
  await withLookingHome(permissionsCommand, async (home) => {
    home.write(`catalogue/${ID}.ini`, MANIFEST);
    home.write("catalogue/org.example.Quiet.ini", "[Application]\nname=org.example.Quiet\ncommand=true\n");
    await work(home);
  });
}

const SHOWN: readonly (readonly [name: string, files: Readonly<Record<string, string>>, lines: readonly string[]])[] = [
  ["an-app", {}, [ID]],
  ["an-app-without-permissions", {}, ["org.example.Quiet"]],
  ["overrides-and-their-lines", { [`.local/share/tsbox/overrides/${ID}`]: "[Context]\nfilesystems=!home;~/notes:ro;\nshared=!ipc;\n" }, [ID]],
  [
    "secrets-of-others",
    { [`.local/share/tsbox/overrides/${ID}`]: `[X-Tsbox Session Bus Rules]\nsets=own-secrets:service=mail;own-secrets:${ID};\n` },
    [ID, "--who-can=talk-name=org.freedesktop.secrets"],
  ],
  ["for-all-apps", { ".local/share/tsbox/overrides/global": "[Context]\nshared=!network;\nfilesystems=~/Music:ro;\n" }, ["", "--as-command"]],
  ["nothing-for-all-apps", {}, ["", "--json", "--as-command"]],
  [
    "as-command",
    { [`.local/share/tsbox/overrides/${ID}`]: "[Environment]\nB=it's a b\n[Context]\nsockets=!x11;if:wayland:has-wayland;\n" },
    [`--as-command ${ID}`],
  ],
  [
    "who-can",
    { ".local/share/tsbox/overrides/org.example.Quiet": "[Context]\nfilesystems=~/Music:ro;\nsockets=if:x11:!has-wayland;pulseaudio;\n" },
    [
      "--who-can=filesystem=~/Music",
      "--who-can=filesystem=~/Music:rw",
      "--who-can=filesystem=~/secret/x",
      "--who-can=filesystem=home",
      "--who-can=socket=x11",
      "--who-can=share=ipc",
      "--who-can=talk-name=org.freedesktop.Flatpak",
      "--who-can=talk-name=org.example.Hidden",
      "--who-can=talk-name=org.example.Other",
      "--who-can=own-name=org.example.Other",
      "--who-can=audio=playback",
      "--who-can=audio=microphone",
      "--who-can=persist=.app",
      "--who-can=env=A",
      "--json --who-can=share=ipc",
    ],
  ],
  [
    "sound-by-pipewire",
    {
      [`.local/share/tsbox/overrides/${ID}`]: "[X-Tsbox Audio]\nmicrophone=true\n",
      ".local/share/tsbox/overrides/org.example.Quiet": "[Context]\nfilesystems=xdg-run/pipewire-0;\n[X-Tsbox Accept]\nlower=pipewire-plain-socket;\n",
    },
    [ID, "org.example.Quiet", "--who-can=audio=playback", "--who-can=audio=microphone", "--who-can=audio=monitor"],
  ],
  [
    "usage",
    { "catalogue/org.example.Broken.ini": "[Application\n" },
    [
      "--who-can=x11",
      "--who-can=sockets=",
      "--who-can=soket=x11",
      "--who-can=socket=x12",
      "--who-can=filesystem=music",
      "--who-can=talk-name=x",
      `--who-can=socket=x11 ${ID}`,
      "--as-command --json",
      "--as-command --who-can=socket=x11",
      "org.example.None",
      "org.example.Broken",
      "--who-can=socket=wayland",
    ],
  ],
];

for (const [name, files, lines] of SHOWN) {
  test(`what is said: ${name.replaceAll("-", " ")}`, async () => {
    await withApp(async (home) => {
      for (const [file, text] of Object.entries(files)) home.write(file, text);
      const said: string[] = [];
      for (const line of lines) {
        const ran = await home.run(...line.split(" ").filter((word) => word !== ""));
        said.push(`$ tsbox permissions ${line}\n${ran.errors}${ran.output}= ${ran.status}\n`);
      }
      assertGolden(GOLDEN, name, said.join(""));
    });
  });
}

test("that nobody can do a thing is a sentence on a terminal, and an empty listing elsewhere", async () => {
  for (const [stdoutIsTerminal, said] of [
    [true, "no app can do this: `device=kvm`\n"],
    [false, ""],
  ] as const)
    await withLookingHome(
      permissionsCommand,
      async (home) => assert.deepEqual(await home.run("--who-can=device=kvm"), { status: 0, output: said, errors: "" }),
      { stdoutIsTerminal },
    );
});

test("no golden file is without its case", () => {
  assertNoOrphans(
    GOLDEN,
    SHOWN.map(([name]) => name),
  );
});

test("what only portals and other programs go by is among what an app may do, and what is denied of it is not", async () => {
  await withLookingHome(permissionsCommand, async (home) => {
    home.write(`catalogue/${ID}.ini`, `[Application]\nname=${ID}\ncommand=true\n[USB Devices]\nenumerable-devices=all;\n[Policy store]\nkey=one;two;!three;\n`);
    const told = async (): Promise<readonly string[]> => [...(await home.run("permissions", ID)).output.matchAll(/^low +(.*)$/gm)].map(([, what = ""]) => what);
    assert.deepEqual(await told(), ["enumerable-devices=all", "policy store.key=one", "policy store.key=two"]);
    home.write(`.local/share/tsbox/overrides/${ID}`, "[Policy store]\nkey=!one;\n");
    assert.deepEqual(await told(), ["enumerable-devices=all", "policy store.key=two"]);
  });
});

test("each permission has a sentence of its own of at most 120 characters", () => {
  const sentences = Object.entries(PERMISSION_MESSAGES).filter(([key]) => /^permissions\.(?:place|bus|audio|persistent|environment|policy|usb)/.test(key));
  const texts = [...sentences.map(([, { text }]) => `${text}.`), ...PERMISSION_KINDS.map(({ words }) => words)];
  assert.ok(texts.length > 60);
  assert.deepEqual(
    texts.filter((text) => text.length > 120),
    [],
  );
  assert.deepEqual(
    texts.filter((text, at) => texts.indexOf(text) !== at),
    [],
  );
});

test("JSON has the same keys whatever is granted, and each row its place", async () => {
  await withApp(async (home) => {
    const keys = ["app", "manifest", "permissions", "takenAway", "lowerLevels", "notGiven", "obstacles"];
    for (const app of [ID, "org.example.Quiet"]) assert.deepEqual(Object.keys(JSON.parse((await home.run("--json", app)).output)), keys);
    const shown = JSON.parse((await home.run("--json", ID)).output) as {
      permissions: { permission: string; file: string; line: number; risk: string; here: string }[];
    };
    const place = shown.permissions.find(({ permission }) => permission === "filesystems=home");
    assert.deepEqual([place?.file, place?.line, place?.risk, place?.here], [`/usr/lib/tsbox/manifests/${ID}.ini`, 9, "high", "/home/u"]);
    assert.equal(shown.permissions[0]?.risk, "escape");
  });
});

test("the options of `--as-command` lead back to the same permissions", () => {
  const text = `[Context]\nshared=network;!ipc;\nsockets=fallback-x11;!x11;wayland;if:pcsc:has-wayland;\nfilesystems=home:rw-all;!~/a\\\\:b;/x:ro;xdg-run/y:create;!host:reset;
persistent=.a;b c;\nunset-environment=Z;\n[Session Bus Policy]\norg.a.B=talk\norg.a.*=none\n[System Bus Policy]\norg.c.D=own\n[Environment]\nA=x y\n[Policy p]\nk=v;!w;
[USB Devices]\nenumerable-devices=vnd:1234;\nhidden-devices=cls:01:*;\n[X-Tsbox Audio]\nmicrophone=true\nplayback=false\n[X-Tsbox Accept]\nlower=abstract-sockets-reachable;\n`;
  const keyfile = parseKeyfileText("/f", text);
  assert.ok(keyfile.ok);
  const layer = parseLayer(keyfile.value, "user-app");
  assert.ok(layer.ok, JSON.stringify(layer));
  const merged = mergeLayers([layer.value]);
  const given = renderOptions(merged).map((word) => ({ name: word.slice(2, word.indexOf("=")), value: word.slice(word.indexOf("=") + 1) }));
  const again = layerFromOptions(pickPermissionOptions(given));
  assert.ok(again.ok, JSON.stringify(again));
  assert.deepEqual(plainPermissions(mergeLayers([again.value]).permissions), plainPermissions(merged.permissions));
});

test("no control character of a manifest reaches the terminal (CVE-2023-28101)", async () => {
  await withApp(async (home) => {
    home.write("catalogue/org.example.Odd.ini", "[Application]\nname=org.example.Odd\ncommand=true\n[Environment]\nA=\u001b]0;title\u0007\n");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come.
    for (const options of [[], ["--as-command"], ["--json"]]) assert.doesNotMatch((await home.run(...options, "org.example.Odd")).output, /[\u001b\u0007]/);
  });
});
