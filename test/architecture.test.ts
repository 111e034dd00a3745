// The walls between folders, the sizes of files and the pages that describe them, as ARCHITECTURE.md and CONTRIBUTING.md promise them.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";

/** What each top-level folder may import beside itself. */
const WALLS: Readonly<Record<string, readonly string[]>> = {
  native: [],
  "dbus-proxy": ["native"],
  portals: ["dbus-proxy", "native"],
  launcher: ["portals", "dbus-proxy", "native"],
};
const TYPESCRIPT_LINES = 300;
const C_LINES = 400;
const FOLDERS_WITH_A_PAGE = ["launcher", "portals", "dbus-proxy", "native", "manifests", "test"];

const files = walk(".");

describe("the walls between folders", () => {
  for (const [folder, allowed] of Object.entries(WALLS)) {
    it(`${folder} imports nothing but ${["itself", ...allowed].join(", ")}`, () => {
      const breaches: string[] = [];
      for (const file of files.filter((path) => path.startsWith(`${folder}/`) && path.endsWith(".ts"))) {
        for (const target of importsOf(file)) {
          if (!target.startsWith(".")) continue;
          const top = normalize(join(dirname(file), target)).split("/")[0] ?? "";
          if (top !== folder && !allowed.includes(top)) breaches.push(`${file} imports ${target}`);
        }
      }
      assert.deepEqual(breaches, []);
    });
  }

  it("dbus-next and xdg-basedir stay out of everything but the launcher, since one reads lengths unchecked and the other the process's own environment", () => {
    const breaches = files
      .filter((path) => path.endsWith(".ts") && /^(native|dbus-proxy)\//.test(path))
      .filter((path) => importsOf(path).some((target) => target === "dbus-next" || target === "xdg-basedir"));
    assert.deepEqual(breaches, []);
  });
});

describe("folders", () => {
  it("are made by native/make-folders.ts with those above them: Node's own way never ends below /proc", () => {
    const own = files.filter((path) => path.endsWith(".ts") && !path.startsWith("test/"));
    assert.deepEqual(
      own.filter((path) => /\bmkdir(?:Sync)?\([^;]*recursive/.test(readFileSync(path, "utf8"))),
      [],
    );
  });
});

describe("the filter", () => {
  it("makes no synchronous call to files, processes or names while it serves: only its starts and ends do, and what is done for others", () => {
    const may = ["main.ts", "run-command.ts", "launch.ts", "log-writer.ts", "description.ts", "bus-process/identity.ts"].map((name) => `dbus-proxy/${name}`);
    const breaches = files
      .filter((path) => path.startsWith("dbus-proxy/") && path.endsWith(".ts") && !may.includes(path))
      .filter((path) => importsOf(path).some((target) => /^node:(fs|child_process|dns|net|worker_threads)/.test(target)));
    assert.deepEqual(breaches, []);
    // Their calls, by name: each of them is at the start, at the end, or moves no more than the memory of a descriptor.
    const calls = may.flatMap((path) => [...readFileSync(path, "utf8").matchAll(/\b(\w+Sync)\(/g)].map((match) => `${path} ${match[1]}`));
    assert.deepEqual([...new Set(calls)].sort(), [
      "dbus-proxy/description.ts readSync",
      "dbus-proxy/main.ts closeSync",
      "dbus-proxy/main.ts renameSync",
      "dbus-proxy/main.ts statSync",
      "dbus-proxy/main.ts unlinkSync",
      "dbus-proxy/main.ts writeSync",
      "dbus-proxy/run-command.ts lstatSync",
      "dbus-proxy/run-command.ts readFileSync",
      "dbus-proxy/run-command.ts unlinkSync",
      "dbus-proxy/run-command.ts writeSync",
    ]);
  });
});

describe("the sizes of files", () => {
  it(`no TypeScript file is longer than ${TYPESCRIPT_LINES} lines`, () => {
    assert.deepEqual(longerThan(/\.(ts|mjs|cjs)$/, TYPESCRIPT_LINES), []);
  });

  it(`no C or C++ file is longer than ${C_LINES} lines`, () => {
    assert.deepEqual(longerThan(/\.(c|h|cc|cpp)$/, C_LINES), []);
  });
});

describe("the pages", () => {
  for (const folder of FOLDERS_WITH_A_PAGE) {
    it(`${folder} has its README.md`, () => {
      assert.ok(existsSync(join(folder, "README.md")));
    });
  }

  it("the tree in ARCHITECTURE.md names the folders that are on disk, and no other", () => {
    assert.ok(existsSync("ARCHITECTURE.md"), "ARCHITECTURE.md is missing");
    const described = treeOf(readFileSync("ARCHITECTURE.md", "utf8"));
    const present = new Set(
      files.map((path) => dirname(path)).flatMap((path) => path.split("/").map((_, index, parts) => `${parts.slice(0, index + 1).join("/")}/`)),
    );
    present.delete("./");
    assert.ok(described.size > 0, "no tree: a fenced block with a line for each folder, `name/` indented by two blanks for each level");
    assert.deepEqual(
      [...described].filter((folder) => !present.has(folder)),
      [],
      "in the page, not on disk",
    );
    const deepest = Math.max(...[...described].map((folder) => folder.split("/").length - 1));
    const missing = [...present].filter((folder) => !described.has(folder) && folder.split("/").length - 1 <= Math.min(deepest, 2));
    assert.deepEqual(missing, [], "on disk, not in the page");
  });
});

/** Files of the project below a folder: no hidden ones, nothing built or installed. */
function walk(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
    if (entry.name.startsWith(".") || entry.name === "build" || path === "node_modules") return [];
    return entry.isDirectory() ? walk(path) : entry.isFile() ? [path] : [];
  });
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^\s*(?:import|export)\b[^;"']*?(?:from\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
}

function longerThan(names: RegExp, limit: number): readonly string[] {
  return files
    .filter((path) => names.test(path))
    .map((path) => ({ path, lines: readFileSync(path, "utf8").trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path}: ${lines}`);
}

/** Folders of the first fenced block that has lines such as `  broker/   what it is`, with their parents. */
function treeOf(page: string): ReadonlySet<string> {
  for (const [, block = ""] of page.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)) {
    const lines = [...block.matchAll(/^((?: {2})*)([\w.-]+\/)(?=\s|$)/gm)];
    if (lines.length < 5) continue;
    const parents: string[] = [];
    const found = new Set<string>();
    for (const [, indent = "", name = ""] of lines) {
      const level = indent.length / 2;
      parents.length = level;
      found.add(`${parents.join("")}${name}`);
      parents.push(name);
    }
    return found;
  }
  return new Set();
}
