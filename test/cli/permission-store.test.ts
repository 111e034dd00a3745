// The permission store's commands: what they print, keep and refuse.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Outcome } from "../../launcher/cli/command.ts";
import { DOCUMENT_COMMANDS } from "../../launcher/cli/documents.ts";
import { PERMISSION_STORE_COMMANDS } from "../../launcher/cli/permission-store.ts";
import { parseCommandLine } from "../../launcher/cli/program.ts";
import { READ_TABLES } from "../../portals/kept.ts";

describe("the permission store's commands", () => {
  let home = "";
  before(() => {
    home = mkdtempSync(join(tmpdir(), "tsbox-store-"));
  });
  after(() => rmSync(home, { recursive: true }));
  const run = (...argv: string[]): Outcome => {
    const line = parseCommandLine(argv, [...PERMISSION_STORE_COMMANDS, ...DOCUMENT_COMMANDS]);
    assert.equal(line.kind, "command", JSON.stringify(line));
    if (line.kind !== "command") throw new Error();
    const environment = new Map([["HOME", home]]);
    const surroundings = {
      environment,
      workingDirectory: "/",
      runtimeDirectory: null,
      stdoutIsTerminal: false,
      addon: () => assert.fail("no addon is needed"),
    };
    return line.command.answer(line.invocation, surroundings) as Outcome;
  };

  it("keep, show, and forget", () => {
    assert.equal(run("permission-set", "background", "background", "org.example.App", "yes").status, 0);
    assert.equal(run("permission-set", "notifications", "notification", "org.example.Other", "no").status, 0);
    assert.equal(run("permission-show").output, "background\tbackground\torg.example.App\tyes\nnotifications\tnotification\torg.example.Other\tno\n");
    assert.equal(run("permission-show", "org.example.App").output, "background\tbackground\torg.example.App\tyes\n");
    assert.deepEqual(JSON.parse(run("permission-show", "--json", "org.example.App").output), [
      { table: "background", object: "background", application: "org.example.App", permissions: "yes" },
    ]);
    assert.equal(run("permission-remove", "background", "background", "org.example.App").status, 0);
    assert.equal(run("permission-remove", "background", "background", "org.example.App").problems[0]?.key, "permission.absent");
    assert.equal(run("permission-reset", "org.example.Other").status, 0);
    assert.equal(run("permission-show").output, "");
  });

  it("keep what no portal here asks for too, as Flatpak does, and say so", () => {
    const said = run("permission-set", "device", "camera", "org.example.App", "no");
    assert.deepEqual([said.status, said.problems.map(({ key, severity }) => [key, severity])], [0, [["permission.unread", "notice"]]]);
    assert.deepEqual(run("permission-set", "devices", "camera", "org.example.App", "no").problems, []);
    assert.equal(run("permission-reset", "org.example.App").status, 0);
  });

  it("know each table that a portal asks", () => {
    const code = readdirSync("portals", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join("portals", name), "utf8"))
      .join("\n");
    const asked = [...code.matchAll(/(?:\btable: |\bTABLE = |\.lookup\()"([^"]+)"/g)].map(([, table]) => table);
    assert.deepEqual([...new Set(asked)].sort(), READ_TABLES);
  });

  it("are the user's alone", () => {
    run("permission-set", "background", "background", "org.example.App", "yes");
    assert.equal(statSync(join(home, ".local/state/tsbox/permissions/background.json")).mode & 0o777, 0o600);
  });

  it("refuse tables that would be paths, ids that are none, and a reset of nobody", () => {
    assert.equal(run("permission-set", "../x", "a", "org.example.App", "yes").problems[0]?.key, "permission.table");
    assert.ok(run("permission-set", "background", "a", "nodots", "yes").problems.length > 0);
    assert.equal(run("permission-reset").problems[0]?.key, "permission.app-or-all");
    assert.equal(run("permission-reset", "--all", "org.example.App").problems[0]?.key, "permission.app-or-all");
  });

  it("read a damaged table as empty, and a key of every object as none", () => {
    writeFileSync(join(home, ".local/state/tsbox/permissions/background.json"), '{"background": {"a": "yes"}');
    assert.equal(run("permission-show").output, "");
    run("permission-set", "background", "constructor", "org.example.App", "yes");
    assert.match(readFileSync(join(home, ".local/state/tsbox/permissions/background.json"), "utf8"), /"constructor"/);
    assert.equal(run("permission-remove", "background", "toString").problems[0]?.key, "permission.absent");
  });

  it("list documents", () => {
    const folder = join(home, ".local/state/tsbox/documents");
    const id = "0".repeat(32);
    assert.equal(run("documents").output, "");
    const record = { id, path: "/home/u/a.txt", isFolder: false, apps: { "org.example.App": { writable: true } } };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(record));
    assert.equal(run("documents").output, `${id}\t/home/u/a.txt\torg.example.App\twrite\n`);
    assert.equal(run("documents", "org.example.Other").output, "");
  });

  it("show a document's name that would repaint, reorder or break the line as what it is", () => {
    const id = "1".repeat(32);
    const app = "org.example.Hostile";
    const name = `\u001b[2J\u001b]0;title\u0007\r\u202etxt.exe\nnext\tcell\u0085${"long".repeat(60)}`;
    const record = { id, path: `/home/u/${name}`, isFolder: false, apps: { [app]: { writable: false } } };
    writeFileSync(join(home, ".local/state/tsbox/documents", `${id}.json`), JSON.stringify(record));
    const shown = `\\x1b[2J\\x1b]0;title\\x07\\x0d\\u202etxt.exe\\nnext\\tcell\\x85${"long".repeat(60)}`;
    assert.equal(run("documents", app).output, `${id}\t/home/u/${shown}\t${app}\tread\n`);
    const info = run("document-info", "--doc-id", id).output;
    assert.ok(info.includes(`path: /run/flatpak/doc/${id}/${shown}\norigin: /home/u/${shown}\n`), info);
    const json = run("documents", "--json", app).output;
    assert.equal((JSON.parse(json) as { path: string }[])[0]?.path, `/home/u/${name}`);
    const told = run("document-info", "--doc-id", "--json", id).output;
    assert.deepEqual(JSON.parse(told), [
      { id, path: `/run/flatpak/doc/${id}/${name}`, origin: `/home/u/${name}`, permissions: [{ application: app, access: "read" }] },
    ]);
    for (const text of [info, json, told, run("document-list", app).output]) assert.doesNotMatch(text, /(?![\n\t])\p{Cc}|\u202e/u);
    const refused = run("document-info", "/home/u/\u001b[2Jx").problems[0];
    assert.equal(refused?.key, "document.unknown");
  });
});
