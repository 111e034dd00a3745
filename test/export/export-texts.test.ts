// What `tsbox export` and `tsbox unexport` print, as golden texts.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { EXPORT_MESSAGES } from "../../launcher/messages/export.ts";
import { MESSAGES } from "../../launcher/messages/messages.ts";
import { renderProblem } from "../../launcher/messages/render.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { ENTRY, type Host, ID, MANIFEST, onHost } from "./export-run.ts";

const EXPORTED = "home/.local/share/applications/editor.desktop";
const SHIM = "home/.local/bin/editor";
const RECORDS = "home/.local/state/tsbox/exports.json";

const SHOWN: readonly (readonly [name: string, prepare: (host: Host) => void | Promise<void>, lines: readonly string[]])[] = [
  [
    "export-list-unexport",
    () => {},
    [`export --shim ${ID}`, `export ${ID}`, "export", "export --json", "export --check", "export --check --json", `unexport ${ID}`, `unexport ${ID}`, "export"],
  ],
  [
    "check",
    async (host) => {
      await host.run(`export --shim ${ID}`);
      host.write("share/applications/editor.desktop", `${ENTRY}\n`);
      rmSync(`${host.folder}/${SHIM}`);
      host.write("package/build/tsbox", "x", 0o644);
      rmSync(`${host.folder}/package/manifests/${ID}.ini`);
    },
    ["export --check", "export --check --json"],
  ],
  [
    "gone",
    async (host) => {
      await host.run(`export ${ID}`);
      rmSync(`${host.folder}/share/applications/editor.desktop`);
      host.write(EXPORTED, "x");
    },
    ["export --check", `export ${ID}`, "unexport --all", "unexport --all"],
  ],
  ["no-entry", (host) => rmSync(`${host.folder}/share/applications/editor.desktop`), [`export ${ID}`, `export --from=none.desktop ${ID}`]],
  [
    "bad-entries",
    (host) => {
      host.write("forged.desktop", ENTRY.replace("editor %U", "editor @@ /etc/passwd @@"));
      host.write("exported.desktop", `${ENTRY}`.replace("Type=", "X-Tsbox=org.example.Other\nType="));
      host.write("link.desktop", "[Desktop Entry]\nType=Link\n");
      host.write("broken.desktop", "[Desktop Entry\n");
      host.write("share/applications/-x.desktop", ENTRY);
    },
    ["forged", "exported", "link", "broken"].map((name) => `export --from=${name}.desktop ${ID}`).concat(`export ${ID}`),
  ],
  [
    "in-the-way",
    async (host) => {
      host.write(EXPORTED, ENTRY);
    },
    [`export ${ID}`],
  ],
  [
    "changed",
    async (host) => {
      await host.run(`export --shim ${ID}`);
      host.write(SHIM, "x");
      rmSync(`${host.folder}/${EXPORTED}`);
    },
    [`export --shim ${ID}`, `unexport ${ID}`],
  ],
  [
    "of-another-app",
    async (host) => {
      await host.run(`export --shim ${ID}`);
      host.write("package/manifests/org.example.Other.ini", "[Application]\nname=org.example.Other\ncommand=editor\n");
    },
    ["export org.example.Other"],
  ],
  [
    "entry-of-another-app",
    (host) => {
      host.write("share/applications/org.example.Other.desktop", ENTRY);
      host.write("package/manifests/org.example.Other.ini", "[Application]\nname=org.example.Other\ncommand=editor\n");
    },
    [`export ${ID}`, `export --from=share/applications/org.example.Other.desktop ${ID}`, "export --all"],
  ],
  [
    "folders",
    (host) => {
      mkdirSync(`${host.folder}/home/.local/share`, { recursive: true });
      symlinkSync("/tmp", `${host.folder}/home/.local/share/applications`);
      host.write("home/.local/state", "");
    },
    [`export ${ID}`],
  ],
  [
    "linked-folder",
    (host) => {
      mkdirSync(`${host.folder}/home/.local/share`, { recursive: true });
      symlinkSync("/tmp", `${host.folder}/home/.local/share/applications`);
    },
    [`export ${ID}`],
  ],
  [
    "notices",
    (host) => {
      host.write("share/applications/editor.desktop", `${ENTRY.replace("Type=", "DBusActivatable=true\nType=")}`);
      host.write("share/applications/org.example.Foreign.desktop", host.read("share/applications/editor.desktop"));
    },
    [`export --autostart ${ID}`],
  ],
  [
    "shim-name",
    (host) => void host.write(`package/manifests/${ID}.ini`, MANIFEST.replace("command=editor", "command=sh")),
    [`export --from=share/applications/editor.desktop --shim ${ID}`],
  ],
  [
    "not-installed",
    (host) => void host.write("own/org.example.Own.ini", "[Application]\nname=org.example.Own\ncommand=editor\n"),
    ["export ./own/org.example.Own.ini", "export --system ./own/org.example.Own.ini"],
  ],
  ["no-program", (host) => void host.write("package/build/tsbox", "#!/bin/sh\n", 0o755), [`export ${ID}`]],
  ["broken-list", (host) => void host.write(RECORDS, "{"), ["export", `export ${ID}`, "unexport --all"]],
  [
    "usage",
    () => {},
    [
      "unexport",
      `unexport --all ${ID}`,
      "unexport x",
      `export --all ${ID}`,
      "export --all --from=x",
      "export --shim",
      `export --json ${ID}`,
      `export --check ${ID}`,
      "export --check --shim",
      "export org.example.Missing",
    ],
  ],
];

for (const [name, prepare, lines] of SHOWN) {
  test(`what is printed is the golden text: ${name}`, () =>
    onHost(async (host) => {
      await prepare(host);
      let shown = "";
      for (const line of lines) {
        const { status, output, errors } = await host.run(line);
        shown += `$ tsbox ${line}\n${output}${errors}[${status}]\n`;
      }
      assertGolden("messages/export", name, shown);
    }));
}

/** They need another user, a full disk or a broken tool: rendered here as they would be told. */
const RARE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "export.folder": { system: "permission denied" },
  "export.folder-of-others": {},
  "export.write": { system: "no space left on device" },
  "export.locked": {},
  "export.trigger": { program: "update-desktop-database", answer: "The directory cannot be read" },
};

test("texts that a test cannot bring about are golden too", () => {
  const lines = Object.entries(RARE).map(([key, values]) =>
    renderProblem({ key, file: "/H/file", line: 0, column: 0, values, severity: key === "export.trigger" ? "notice" : "error" }, MESSAGES),
  );
  assertGolden("messages/export", "rare", lines.join(""));
});

test("every text of this area is in a golden file", () => {
  const golden = readdirSync("test/golden/messages/export")
    .map((name) => readFileSync(`test/golden/messages/export/${name}`, "utf8"))
    .join("");
  const isShown = (text: string): boolean =>
    new RegExp(
      text
        .split(/\{[a-z]+\}/)
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join(".+"),
    ).test(golden);
  assert.deepEqual(
    Object.entries(EXPORT_MESSAGES)
      .filter(([, { text }]) => !isShown(text))
      .map(([key]) => key),
    [],
  );
});

test("no golden text is left over", () => assertNoOrphans("messages/export", ["rare", ...SHOWN.map(([name]) => name)]));
