// `tsbox explain`: what users read, and that the answers are those of the filter.
import { symlinkSync } from "node:fs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { explainCommand } from "../../launcher/cli/explain.ts";
import { EXPLAIN_MESSAGES } from "../../launcher/messages/explain.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { withLookingHome } from "./looking-run.ts";

const ID = "org.example.App";
const GOLDEN = "messages/explain";
const FILES: Readonly<Record<string, string>> = {
  [`catalogue/${ID}.ini`]: `[Application]
name=${ID}
command=true

[Session Bus Policy]
org.example.Talk=talk
org.example.See=see
org.example.Gone=talk
`,
  "catalogue/org.example.Files.ini":
    "[Application]\nname=org.example.Files\ncommand=true\n[Context]\nshared=network;\ndevices=all;\nfilesystems=~/docs;~/read:ro;!~/docs/secret;\n",
  "docs/a": "",
  "docs/secret/b": "",
  "read/a": "",
  "catalogue/org.example.Machine.ini": "[Application]\nname=org.example.Machine\n[Context]\nsockets=session-bus;\n[System Bus Policy]\norg.example.Talk=talk\n",
  [`.local/share/tsbox/overrides/${ID}`]: "[Session Bus Policy]\norg.example.Gone=none\n",
};

const CASES: readonly (readonly [name: string, lines: readonly (readonly string[])[]])[] = [
  [
    "bus-names",
    [
      [ID, "--bus=org.example.Talk", "--bus=org.example.See", "--bus=org.example.Gone", "--bus=org.example.Other", `--bus=${ID}.Part`],
      [ID, "--bus=org.freedesktop.portal.Desktop", "--bus=org.freedesktop.portal.Flatpak", "--bus=org.freedesktop.systemd1", "--bus=org.freedesktop.DBus"],
    ],
  ],
  [
    "bus-calls",
    [
      [ID, "--bus=org.example.Talk/a org.example.I.M", "--bus=org.example.See/a org.example.I.M", "--bus=org.example.Other org.example.I.M"],
      [ID, "--bus=org.freedesktop.portal.Desktop/org/freedesktop/portal/desktop", "--bus=org.freedesktop.DBus/ org.freedesktop.DBus.BecomeMonitor"],
      [ID, "--bus=org.freedesktop.DBus org.freedesktop.DBus.ListNames", "--bus=org.freedesktop.DBus org.freedesktop.DBus.GetNameOwner"],
    ],
  ],
  [
    "other-buses",
    [
      [ID, "--system-bus=org.freedesktop.login1", "--a11y-bus=org.a11y.atspi.Registry", "--a11y-bus=org.a11y.atspi.Registry org.a11y.atspi.Socket.Embed"],
      ["org.example.Machine", "--system-bus=org.example.Talk", "--bus=org.example.Any/a org.example.I.M"],
    ],
  ],
  ["json", [[ID, "--json", "--bus=org.example.Talk/a org.example.I.M", "--a11y-bus=org.a11y.atspi.Registry"]]],
  [
    "paths",
    [
      [
        "org.example.Files",
        "--path=docs/a",
        "--path=docs/secret/b",
        "--path=read/a",
        "--path=read",
        "--path=/etc/shadow",
        "--path=/usr/bin/env",
        "--path=/proc/1/mem",
      ],
      ["org.example.Files", "--path=link/a", "--path=docs/none", "--json", "--path=read/a"],
      ["org.example.Files", "--path=~/docs/a", "--path=~", "--path=./~"],
    ],
  ],
  [
    "devices-and-addresses",
    [
      [
        ID,
        "--device=/dev/null",
        "--device=full",
        "--device=/dev/no-such-device",
        "--connect=example.org:443",
        "--connect=@/tmp/.X11-unix/X0",
        "--connect=/run/no-such.sock",
      ],
      ["org.example.Files", "--device=/dev/full", "--device=docs/a", "--connect=[::1]:80"],
    ],
  ],
  [
    "questions-that-are-none",
    [
      [ID, "--path="],
      [ID, "--connect=host"],
      [ID, "--connect=host:0"],
      [ID],
      [ID, "--bus=nodots"],
      [ID, "--bus=:1.5"],
      [ID, "--bus=org.example.A//x"],
      [ID, "--bus=org.example.A /x"],
    ],
  ],
];

for (const [name, lines] of CASES) {
  test(`explain: ${name.replaceAll("-", " ")}`, async () => {
    await withLookingHome(explainCommand, async (home) => {
      for (const [file, text] of Object.entries(FILES)) home.write(file, text);
      symlinkSync("docs", `${home.path}/link`);
      const texts: string[] = [];
      for (const words of lines) {
        const { status, output, errors } = await home.run(...words);
        texts.push(`$ tsbox explain ${words.join(" ")}\n${output}${errors}-> ${status}\n`);
      }
      assertGolden(GOLDEN, name, texts.join("\n"));
    });
  });
}

test("no golden file is without its case, and every text is in one", async () => {
  assertNoOrphans(
    GOLDEN,
    CASES.map(([name]) => name),
  );
  assert.ok(Object.keys(EXPLAIN_MESSAGES).length > 0);
});
