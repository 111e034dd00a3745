// `tsbox lint`: what packagers read, what fails, and that nothing in real manifests confuses it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { lintCommand } from "../../launcher/cli/lint.ts";
import { NAMED_WORDS } from "../../launcher/manifest/grammar/words.ts";
import { codeOf, type Finding } from "../../launcher/manifest/lint/finding.ts";
import { lintFile } from "../../launcher/manifest/lint/lint.ts";
import { LINT_MESSAGES } from "../../launcher/messages/lint.ts";
import { MANIFEST_MESSAGES } from "../../launcher/messages/manifest.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { withLookingHome } from "./looking-run.ts";

const GOLDEN = "messages/lint";
const CORPUS = "test/fixtures/corpus";
const HEAD = "[Application]\nname=org.example.App\ncommand=true\n";

const SHOWN: readonly (readonly [name: string, file: string, text: string])[] = [
  ["good", "good.ini", `${HEAD}[Context]\nsockets=wayland;\nfilesystems=xdg-music:ro;\n`],
  [
    "misspelt",
    "a.ini",
    `${HEAD}comand=x\n[Contxt]\nx=y\n[Context]\nsokets=x11;\nsockets=x12;waylnd;!x13;if:wayland:has-waylnd;\nfilesystems=xdg-musik/a;hom;~/a:rox;../x;!hme;\n[Session Bus Policy]\norg.example.A=tlak\nnoname=talk\n`,
  ],
  [
    "twice-and-undone",
    "a.ini",
    `${HEAD}[Context]\nshared=network;\nfilesystems=~/a;~/a:ro;\nsockets=wayland;!wayland;cups;cups;!x11;x11;\ndevices=\n[Environment]\n[Context]\nshared=ipc;\n`,
  ],
  ["nested", "a.ini", `${HEAD}[X-Tsbox]\nnested=full\nlive=none\n`],
  [
    "without-effect",
    "a.ini",
    `${HEAD}[Context]\nsockets=x11;fallback-x11;session-bus;\ndevices=all;dri;\nfilesystems=home;xdg-music;~/a:ro;!~/b;~/b/c;xdg-config/x;\npersistent=.x;\n[Session Bus Policy]\norg.example.B=talk\norg.example.C=none\n[Accessibility Bus Policy]\na.b=own\n[Instance]\na=b\n`,
  ],
  [
    "fallback-condition",
    "a.ini",
    `${HEAD}[Context]\nsockets=if:fallback-x11:has-wayland;\n[Session Bus Policy]\norg.example.App.x=own\norg.freedesktop.portal.Desktop=talk\n`,
  ],
  [
    "dangers",
    "a.ini",
    `${HEAD}[Context]\nshared=network;\nsockets=x11;session-bus;pcsc;\ndevices=all;\nfilesystems=host;home:rw-all;~/.ssh:ro;/run/docker.sock;\n[Session Bus Policy]\norg.freedesktop.Flatpak=talk\norg.freedesktop.*=talk\n`,
  ],
  [
    "secrets-of-others",
    "a.ini",
    `${HEAD}[X-Tsbox Session Bus Rules]\nsets=own-secrets;own-secrets:org.example.App;own-secrets:org.example.App.Sub;own-secrets:app=org.example.App;own-secrets:org.example.Apple;own-secrets:org.gnome.Other;own-secrets:service=mail;!own-secrets:a=b;\n`,
  ],
  [
    "own-sandbox-off",
    "a.ini",
    "[Application]\nname=org.example.App\ncommand=browser --no-sandbox\n[Environment]\nQTWEBENGINE_DISABLE_SANDBOX=1\nFLAGS=-a --disable-setuid-sandbox -b\nMOZ_DISABLE_CONTENT_SANDBOX=\n",
  ],
  ["blanks-in-the-command", "a.ini", "[Application]\nname=org.example.App\ncommand=editor -x\n"],
  ["no-command", "a.ini", "[Application]\nname=org.example.App\n"],
  ["set-uid-program", "a.ini", "[Application]\nname=org.example.App\ncommand=/usr/bin/passwd\n"],
  ["not-a-keyfile", "a.ini", "[Application\nx\n"],
  ["a-runtime", "metadata", "[Runtime]\nname=org.example.Platform\n"],
  ["an-override", "org.example.App", "[Context]\nsockets=!x11;!waylnd;cups;\nfilesystems=home;\n"],
  ["a-limit", "limits/global", "[Context]\nsockets=x11;!wayland;\n"],
  ["name-differs", "manifests/org.example.Other.ini", HEAD],
];

for (const [name, file, text] of SHOWN) {
  test(`what is said: ${name.replaceAll("-", " ")}`, async () => {
    await withLookingHome(
      () => lintCommand,
      async (home) => {
        home.write(file, text);
        const said: string[] = [];
        for (const options of [[], ["--strict"]]) {
          const ran = await home.run(...options, file);
          said.push(`$ tsbox lint ${[...options, file].join(" ")}\n${ran.errors}${options.length === 0 ? ran.output : ""}= ${ran.status}\n`);
        }
        assertGolden(GOLDEN, name, said.join(""));
      },
    );
  });
}

test("no golden file is without its case", () => {
  assertNoOrphans(
    GOLDEN,
    SHOWN.map(([name]) => name),
  );
});

test("several files are told together, a missing one among them, and JSON has one row for each finding", async () => {
  await withLookingHome(
    () => lintCommand,
    async (home) => {
      home.write("a.ini", `${HEAD}[Context]\nsockets=waylnd;\n`);
      const ran = await home.run("--json", "a.ini", "absent.ini");
      assert.equal(ran.status, 1);
      assert.deepEqual(JSON.parse(ran.output), [
        {
          file: "a.ini",
          line: 5,
          column: 9,
          severity: "warning",
          code: "named-unknown",
          text: "`waylnd` is no word of `sockets=`, and is passed over",
          hint: "did you mean `wayland`?",
          nearest: "wayland",
        },
        { file: "absent.ini", line: 0, column: 0, severity: "error", code: "no-file", text: "there is no such file", hint: null, nearest: null },
      ]);
    },
  );
});

test("a script that starts a snap, or turns the program's own sandbox off, is found where the program is here", async () => {
  await withLookingHome(
    () => lintCommand,
    async (home) => {
      home.write("snap", '#!/bin/sh\nexec /snap/bin/chromium "$@"\n');
      home.write("off", '#!/bin/sh\n# no harm: --no-sandbox\nexec /usr/lib/browser --no-sandbox "$@"\n');
      home.write("good", "#!/bin/sh\n# --no-sandbox would be wrong; /snap/bin/x\nexec true\n");
      for (const [program, codes] of [
        ["snap", ["program-snap"]],
        ["off", ["program-no-sandbox"]],
        ["good", []],
        ["absent", []],
      ] as const) {
        home.write("a.ini", `[Application]\nname=org.example.App\ncommand=${home.path}/${program}\n`);
        const rows = JSON.parse((await home.run("--json", "a.ini")).output) as { code: string; line: number }[];
        assert.deepEqual([program, rows.map(({ code }) => code), rows.every(({ line }) => line === 3)], [program, codes, true]);
      }
    },
  );
});

test("no manifest of the catalogue has an error, nor a switch that turns the program's own sandbox off", () => {
  const files = readdirSync("manifests").filter((name) => name.endsWith(".ini"));
  assert.ok(files.length >= 8);
  const errors = files.flatMap((name) => lintFile(`manifests/${name}`, readFileSync(`manifests/${name}`)).filter(({ severity }) => severity === "error"));
  assert.deepEqual(errors, []);
  for (const name of files) assert.doesNotMatch(readFileSync(`manifests/${name}`, "utf8"), /no-sandbox|DISABLE_SANDBOX|MOZ_DISABLE/i);
});

test("no two texts that mean different things share a code", () => {
  const words = new Map<string, string>();
  for (const key of [...Object.keys(LINT_MESSAGES), ...Object.keys(MANIFEST_MESSAGES).filter((one) => one.startsWith("manifest."))]) {
    const table = key.split(".")[0] as string;
    const known = words.get(codeOf(key));
    assert.ok(known === undefined || known === table, key);
    words.set(codeOf(key), table);
  }
});

function corpusFiles(): readonly string[] {
  const apps = ["apps", "history"].flatMap((folder) => readdirSync(`${CORPUS}/${folder}`).map((app) => `${CORPUS}/${folder}/${app}/metadata`));
  return [...apps, ...readdirSync(`${CORPUS}/newer-syntax`).map((name) => `${CORPUS}/newer-syntax/${name}`)];
}

test("every manifest of the corpus is read without a fall, and none of them has an error but for a sandbox turned off", (t) => {
  const counts = new Map<string, number>();
  const files = corpusFiles();
  for (const file of files) {
    const findings = lintFile(file, readFileSync(file));
    for (const { severity, code } of findings) counts.set(`${severity} ${code}`, (counts.get(`${severity} ${code}`) ?? 0) + 1);
    const errors = findings.filter((one) => one.severity === "error" && !one.code.startsWith("no-sandbox"));
    assert.deepEqual(errors, [], file);
    for (const one of findings) assert.ok(one.line > 0 && one.column > 0, `${file}: ${one.code}`);
  }
  t.diagnostic(
    `${files.length} files: ${[...counts]
      .sort()
      .map(([code, count]) => `${code} ${count}`)
      .join(", ")}`,
  );
  assert.ok((counts.get("notice risk-high") ?? 0) > 50);
  assert.ok((counts.get("notice risk-escape") ?? 0) > 5);
});

test("each word of the corpus, once misspelt, is found at its place with the word that was meant", (t) => {
  let tried = 0;
  for (const file of corpusFiles()) {
    const lines = readFileSync(file, "utf8").split("\n");
    for (const [at, line] of lines.entries()) {
      const list = /^(shared|sockets|devices|features)=/.exec(line)?.[1] as keyof typeof NAMED_WORDS | undefined;
      if (list === undefined) continue;
      for (const item of line.slice(list.length + 1).split(";")) {
        if (item.length < 6 || !NAMED_WORDS[list].includes(item)) continue;
        // The second and third letter change places.
        const slip = `${item[0]}${item[2]}${item[1]}${item.slice(3)}`;
        if (slip === item) continue;
        const column = line.indexOf(item) + 1;
        const text = [...lines.slice(0, at), line.replace(item, slip), ...lines.slice(at + 1)].join("\n");
        const found = lintFile(file, Buffer.from(text)).find((one: Finding) => one.code === "named-unknown" && one.line === at + 1 && one.column === column);
        assert.equal(found?.values["nearest"], item, `${file}:${at + 1}: ${slip}`);
        tried += 1;
      }
    }
  }
  t.diagnostic(`${tried} words`);
  assert.ok(tried > 200);
});

test("of a folder the files in it are read, and told by the path that leads to each", async () => {
  await withLookingHome(
    () => lintCommand,
    async (home) => {
      home.write("some/b.ini", `${HEAD}[Context]\nsockets=waylnd;\n`);
      home.write("some/a.ini", "[Application\n");
      home.write("some/.hidden", "[");
      home.write("some/deeper/c.ini", "[");
      const ran = await home.run("./some/");
      assert.deepEqual(
        [...ran.output.matchAll(/^(\S+?):\d+:\d+: (\w+)/gm)].map(([, file, severity]) => `${file} ${severity}`),
        ["./some/a.ini error", "./some/b.ini warning"],
      );
      assert.equal(ran.status, 1);
      for (const name of ["README.md", "org.misspelt", "global", "org.example.App--work"]) home.write(`mixed/${name}`, "no keyfile\n");
      const mixed = await home.run("mixed");
      assert.deepEqual(
        [...mixed.output.matchAll(/^mixed\/(\S+?)(?::\d+:\d+)?: (\w+): (not checked)?/gm)].map(([, file, severity, not]) => `${file} ${severity} ${not ?? ""}`),
        ["README.md notice not checked", "global error ", "org.example.App--work error ", "org.misspelt notice not checked"],
      );
      assert.match((await home.run("none")).output, /^none: error: there is no such file/);
    },
  );
});
