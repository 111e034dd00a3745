// `tsbox list` and `tsbox info`: what users read, and that the access to files is what the plan gives.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { infoCommand } from "../../launcher/cli/info.ts";
import { listCommand } from "../../launcher/cli/list.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { type LookingHome, withLookingHome } from "./looking-run.ts";

const ID = "org.example.App";
const GOLDEN = "messages/looking";
const MANIFEST = `[Application]
name=${ID}
command=true

[Context]
filesystems=~/notes:ro;~/music;!~/music/private;
sockets=x11;if:wayland:has-wayland;
shared=!ipc;
unset-environment=B;

[Session Bus Policy]
org.example.B=talk
org.example.C=none

[Environment]
A=x\\\\y

[Policy p]
k=v;
`;

async function withApps(make: Parameters<typeof withLookingHome>[0], work: (home: LookingHome) => Promise<void>): Promise<void> {
  await withLookingHome(make, async (home) => {
    home.write(`catalogue/${ID}.ini`, MANIFEST);
    home.write(`system/tsbox/manifests/${ID}.ini`, MANIFEST);
    home.write("system/tsbox/manifests/org.example.System.ini", "[Application]\nname=org.example.System\nruntime=org.example.Platform/x86_64/1\n");
    home.write(".local/share/tsbox/manifests/org.example.Mine.ini", "[Application]\nname=org.example.Mine\ncommand=mine\n");
    home.write(`.local/share/tsbox/overrides/${ID}`, "[Context]\nshared=network;\n");
    home.write(".local/share/tsbox/overrides/global", "[Context]\ndevices=!all;\n");
    await work(home);
  });
}

const SHOWN = [
  ["list", listCommand, ["", "--json", "--columns=application,overrides", "--columns=help", "--columns=nothing"]],
  [
    "info",
    infoCommand,
    [
      ID,
      "org.example.Mine",
      "org.example.System",
      "mine",
      `--json ${ID}`,
      `-m org.example.Mine`,
      `-M ${ID}`,
      `-M org.example.Mine`,
      `-l ${ID}`,
      `-s ${ID}`,
      "--show-runtime org.example.System",
      `-m -M ${ID}`,
      "org.example.None",
      "",
      "--file-access=/x none",
    ],
  ],
] as const;

for (const [name, make, lines] of SHOWN) {
  test(`what is said: ${name}`, async () => {
    await withApps(make, async (home) => {
      const said: string[] = [];
      for (const line of lines) {
        const ran = await home.run(...line.split(" ").filter((word) => word !== ""));
        said.push(`$ tsbox ${name} ${line}\n${ran.errors}${ran.output}= ${ran.status}\n`);
      }
      assertGolden(GOLDEN, name, said.join(""));
    });
  });
}

test("no golden file is without its case", () => {
  assertNoOrphans(
    GOLDEN,
    SHOWN.map(([name]) => name),
  );
});

test("a broken manifest is told, and hides no other", async () => {
  await withApps(listCommand, async (home) => {
    home.write(".local/share/tsbox/manifests/org.example.Broken.ini", "[Application\n");
    const ran = await home.run("--columns=application");
    assert.deepEqual([ran.status, ran.output.split("\n")], [0, ["org.example.App", "org.example.Mine", "org.example.System", ""]]);
    assert.match(ran.errors, /org\.example\.Broken\.ini:1:1: /);
  });
});

test("the access to a file is what the plan of a start gives: grants, denials, links and the sandbox's own places", async () => {
  await withApps(infoCommand, async (home) => {
    home.write("notes/a", "");
    home.write("music/song", "");
    home.write("music/private/diary", "");
    home.write("secret", "");
    symlinkSync(`${home.path}/music/song`, `${home.path}/hidden-link`);
    symlinkSync(`${home.path}/secret`, `${home.path}/music/to-secret`);
    mkdirSync(`${home.path}/.var/app/${ID}`, { recursive: true });
    const table: readonly (readonly [path: string, access: string])[] = [
      [`${home.path}/notes`, "read-only"],
      [`${home.path}/notes/a`, "read-only"],
      [`${home.path}/notes/absent`, "read-only"],
      [`${home.path}/music/song`, "read-write"],
      [`${home.path}/music/private`, "hidden"],
      [`${home.path}/music/private/diary`, "hidden"],
      [`${home.path}/secret`, "hidden"],
      [`${home.path}/music/to-secret`, "hidden"],
      [`${home.path}/hidden-link`, "hidden"],
      [home.path, "hidden"],
      [`${home.path}/.var/app/${ID}`, "read-write"],
      [`${home.path}/.var/app/org.example.Mine`, "hidden"],
      ["/usr/bin/env", "read-only"],
      ["/bin/sh", "read-only"],
      ["/etc/shadow", "hidden"],
      ["/tmp", "hidden"],
      ["/proc/1", "hidden"],
      ["notes/a", "read-only"],
      ["~/music/song", "read-write"],
      ["~", "hidden"],
    ];
    for (const [path, access] of table)
      assert.deepEqual([path, await home.run(`--file-access=${path}`, ID)], [path, { status: 0, output: `${access}\n`, errors: "" }]);
  });
});
