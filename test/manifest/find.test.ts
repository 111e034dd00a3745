import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { parseAppArgument } from "../../launcher/manifest/find.ts";
import { findManifest, type FoundManifest } from "../../launcher/manifest/find-manifest.ts";
import type { Result } from "../../launcher/manifest/origin.ts";
import { manifestFolders, placesOf, type Places } from "../../launcher/manifest/places.ts";
import { MAX_FILE_BYTES } from "../../launcher/manifest/regular-file.ts";
import { MESSAGES } from "../../launcher/messages/messages.ts";
import { renderProblems } from "../../launcher/messages/render.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";

const ID = "org.example.App";

interface Machine {
  readonly path: string;
  readonly places: Places;
  /** Puts a manifest at a path below the machine's folder. */
  put(file: string, id?: string, command?: string): string;
  find(app: string): Result<FoundManifest>;
}

function withMachine(work: (machine: Machine) => void): () => void {
  return () => {
    const path = mkdtempSync(join(tmpdir(), "tsbox-find-"));
    const places = placesOf(new Map([["XDG_DATA_DIRS", `${path}/one:relative:${path}/two/`]]), `${path}/home`, `${path}/catalogue`);
    const put = (file: string, id = ID, command = "app"): string => {
      mkdirSync(dirname(`${path}/${file}`), { recursive: true });
      writeFileSync(`${path}/${file}`, `[Application]\nname=${id}\ncommand=${command}\n`);
      return `${path}/${file}`;
    };
    try {
      work({ path, places, put, find: (app) => findManifest(app, path, places) });
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  };
}

function fileOf(found: Result<FoundManifest>): string {
  assert.ok(found.ok, JSON.stringify(found));
  return found.value.manifest.file;
}

function keysOf(found: Result<FoundManifest>): readonly string[] {
  return found.ok ? [] : found.problems.map((problem) => problem.key);
}

test("an argument with a slash is a file, an id is an id, what could be a program's name is that", () => {
  assert.deepEqual(parseAppArgument("./x.ini", "/cwd"), { kind: "file", path: "/cwd/x.ini" });
  assert.deepEqual(parseAppArgument("/x", "/cwd"), { kind: "file", path: "/x" });
  assert.deepEqual(parseAppArgument("a/b", "/"), { kind: "file", path: "/a/b" });
  assert.deepEqual(parseAppArgument(ID, "/cwd"), { kind: "id", id: ID });
  assert.deepEqual(parseAppArgument("firefox", "/cwd"), { kind: "program", name: "firefox" });
  assert.deepEqual(parseAppArgument("g++", "/cwd"), { kind: "program", name: "g++" });
  for (const raw of ["", "-x", "a b", "a\n", ".hidden"]) assert.deepEqual(parseAppArgument(raw, "/cwd"), { kind: "neither" }, raw);
});

test(
  "manifests are looked for in the user's data, then the system's, then the catalogue; relative folders do not count",
  withMachine(({ path, places, put, find }) => {
    assert.deepEqual(manifestFolders(places), [
      `${path}/home/.local/share/tsbox/manifests`,
      `${path}/one/tsbox/manifests`,
      `${path}/two/tsbox/manifests`,
      `${path}/catalogue`,
    ]);
    for (const folder of ["catalogue", "two/tsbox/manifests", "one/tsbox/manifests", "home/.local/share/tsbox/manifests"]) {
      const file = put(`${folder}/${ID}.ini`);
      assert.equal(fileOf(find(ID)), file);
    }
    const found = find(ID);
    assert.deepEqual(found.ok && found.value.candidates.map((candidate) => candidate.state), ["taken", "shadowed", "shadowed", "shadowed"]);
  }),
);

test("without the variables the defaults of the specification count", () => {
  const places = placesOf(
    new Map([
      ["XDG_DATA_HOME", "relative"],
      ["XDG_DATA_DIRS", ""],
    ]),
    "/home/u",
    "/c",
  );
  assert.deepEqual(manifestFolders(places), ["/home/u/.local/share/tsbox/manifests", "/usr/local/share/tsbox/manifests", "/usr/share/tsbox/manifests", "/c"]);
});

test(
  "a manifest that cannot be read or understood stops the search: one behind it may be weaker",
  withMachine(({ path, put, find }) => {
    put(`catalogue/${ID}.ini`);
    const first = put(`one/tsbox/manifests/${ID}.ini`, "org.example.Other");
    assert.deepEqual(keysOf(find(ID)), ["manifest.name-differs"]);
    writeFileSync(first, "garbage\n");
    assert.deepEqual(keysOf(find(ID)), ["manifest.bad-line"]);
    rmSync(first);
    mkdirSync(first);
    assert.deepEqual(keysOf(find(ID)), ["file.not-regular"]);
    rmSync(first, { recursive: true });
    symlinkSync(first, first);
    assert.deepEqual(keysOf(find(ID)), ["file.unreadable"]);
    rmSync(first);
    assert.equal(fileOf(find(ID)), `${path}/catalogue/${ID}.ini`);
  }),
);

test(
  "a FIFO in the place of a manifest does not hold the search up",
  { timeout: 10_000 },
  withMachine(({ path, find }) => {
    mkdirSync(`${path}/catalogue`);
    assert.equal(spawnSync("mkfifo", [`${path}/catalogue/${ID}.ini`]).status, 0);
    assert.deepEqual(keysOf(find(ID)), ["file.not-regular"]);
    assert.deepEqual(keysOf(find(`./catalogue/${ID}.ini`)), ["file.not-regular"]);
    assert.deepEqual(keysOf(find("/dev/zero")), ["file.not-regular"]);
  }),
);

test(
  "a file larger than any manifest is not read",
  withMachine(({ path, find }) => {
    writeFileSync(`${path}/big.ini`, Buffer.alloc(MAX_FILE_BYTES + 1, "#"));
    assert.deepEqual(keysOf(find("./big.ini")), ["file.too-big"]);
  }),
);

test(
  "a file given by its path says its own id, and is refused where another manifest serves that id",
  withMachine(({ path, put, find }) => {
    const file = put("work/my.ini");
    assert.equal(fileOf(find("./work/my.ini")), `${path}/work/my.ini`);
    put(`catalogue/${ID}.ini`);
    assert.deepEqual(keysOf(find(file)), ["find.id-taken"]);
    // The installed one given by its path, or by a link to it, is that one.
    assert.equal(fileOf(find(`./catalogue/${ID}.ini`)), `${path}/catalogue/${ID}.ini`);
    symlinkSync(`${path}/catalogue/${ID}.ini`, `${path}/link.ini`);
    assert.equal(fileOf(find("./link.ini")), `${path}/link.ini`);
  }),
);

test(
  "a folder named by the id beside the manifest is the program's",
  withMachine(({ path, put, find }) => {
    put(`catalogue/${ID}.ini`);
    const programFolder = (app: string): string | null => {
      const found = find(app);
      return found.ok ? found.value.manifest.programFolder : "none";
    };
    assert.equal(programFolder(ID), null);
    writeFileSync(`${path}/catalogue/${ID}`, "");
    assert.equal(programFolder(ID), null);
    rmSync(`${path}/catalogue/${ID}`);
    mkdirSync(`${path}/catalogue/${ID}`);
    assert.equal(programFolder(ID), `${path}/catalogue/${ID}`);
  }),
);

test(
  "a program's name finds the one manifest that starts it, whichever folder counts",
  withMachine(({ path, put, find }) => {
    put("catalogue/org.example.Fox.ini", "org.example.Fox", "/usr/bin/fox");
    put("catalogue/org.example.Bear.ini", "org.example.Bear", "bear");
    put("catalogue/broken.ini", "x", "fox");
    assert.equal(fileOf(find("fox")), `${path}/catalogue/org.example.Fox.ini`);
    put("one/tsbox/manifests/org.example.Fox.ini", "org.example.Fox", "other");
    assert.deepEqual(keysOf(find("fox")), ["find.unknown-program-nearest"], "what the id says of it is nearest");
    assert.deepEqual(keysOf(find("wolf")), ["find.unknown-program"]);
    put("two/tsbox/manifests/org.example.Cub.ini", "org.example.Cub", "bear");
    assert.deepEqual(keysOf(find("bear")), ["find.several"]);
  }),
);

const GOLDEN: readonly (readonly [name: string, app: string, prepare: (machine: Machine) => void])[] = [
  ["unknown-app", ID, () => {}],
  ["unknown-app-nearest", "org.example.Calculatr", ({ put }) => put("catalogue/org.example.Calculator.ini", "org.example.Calculator")],
  ["unknown-program", "fox", () => {}],
  ["unknown-program-nearest", "firefx", ({ put }) => put("catalogue/org.example.Fox.ini", "org.example.Fox", "/usr/bin/firefox")],
  ["unknown-program-by-id", "firefox", ({ put }) => put("catalogue/org.example.Firefox.ini", "org.example.Firefox", "/usr/bin/firefox-esr")],
  ["program-file", "/bin/sh", () => {}],
  ["slash", "org.example.Here.ini", ({ put }) => put("org.example.Here.ini", "org.example.Here")],
  [
    "several-programs",
    "fox",
    ({ put }) => {
      put("catalogue/org.example.A.ini", "org.example.A", "fox");
      put("catalogue/org.example.B.ini", "org.example.B", "fox");
    },
  ],
  ["neither", "a b", () => {}],
  ["no-file", "./none.ini", () => {}],
  [
    "id-taken",
    "./my.ini",
    ({ put }) => {
      put("my.ini");
      put(`catalogue/${ID}.ini`);
    },
  ],
  ["not-regular", "./folder/", ({ path }) => mkdirSync(`${path}/folder`)],
  ["too-big", "./big", ({ path }) => writeFileSync(`${path}/big`, Buffer.alloc(MAX_FILE_BYTES + 1, "#"))],
  ["loop", "./loop", ({ path }) => symlinkSync("loop", `${path}/loop`)],
];

for (const [name, app, prepare] of GOLDEN) {
  test(
    `what is said: ${name.replaceAll("-", " ")}`,
    withMachine((machine) => {
      prepare(machine);
      const found = machine.find(app);
      assert.ok(!found.ok);
      assertGolden("messages/find", name, `$ tsbox run ${app}\n${renderProblems(found.problems, MESSAGES).replaceAll(machine.path, "/m")}`);
    }),
  );
}

test("no golden file is without its case", () => {
  assertNoOrphans(
    "messages/find",
    GOLDEN.map(([name]) => name),
  );
});

test(
  "an unreadable manifest is told with the system's words",
  withMachine(({ path, put, find }) => {
    const file = put("mine.ini");
    chmodSync(file, 0);
    // Root reads everything: for root the next line has nothing to refuse.
    const found = find("./mine.ini");
    if (process.getuid?.() === 0) assert.ok(found.ok);
    else assert.match(renderProblems(found.ok ? [] : found.problems, MESSAGES), /mine\.ini: the file cannot be read: permission denied/);
    assert.ok(path);
  }),
);
