// What of the arguments was opened by the user, and that an administrator's limits hold for it.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openedFiles, withOpened } from "../../launcher/broker/file-forwarding.ts";
import { noticeFor } from "../../launcher/broker/tell-user.ts";
import { runProblem } from "../../launcher/broker/broker.ts";
import { layerOf, mergeLayers } from "../../launcher/manifest/door.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbox-opened-"));
after(() => rmSync(folder, { recursive: true }));
for (const name of ["one", "two words"]) writeFileSync(join(folder, name), "");
mkdirSync(join(folder, "folder"));

test("files between markers are found by path, by relative path and by address, and nothing else is", () => {
  const argv = [
    "run",
    "org.a.App",
    "one",
    "@@",
    "one",
    join(folder, "two words"),
    "folder",
    "absent",
    "@@",
    "one",
    "@@u",
    `file://${folder}/two%20words`,
    "https://x.y/one",
    "file:%zz",
    "@@",
  ];
  assert.deepEqual(openedFiles(argv, 2, folder), [
    { at: 4, path: join(folder, "one"), isAddress: false },
    { at: 5, path: join(folder, "two words"), isAddress: false },
    { at: 11, path: join(folder, "two words"), isAddress: true },
  ]);
});

test("a limit on the place takes an opened file away too", () => {
  const opened = withOpened(layerOf("command-line", "", []), [{ at: 0, path: "/srv/secret/one", isAddress: false }]);
  assert.deepEqual(
    mergeLayers([opened]).permissions.binds.map(({ from }) => from),
    ["/srv/secret/one"],
  );
  const origin = { layer: "limit", file: "/etc/tsbox/limits/global", line: 2, column: 1, text: "!/srv/secret" } as const;
  const limit = layerOf("limit", origin.file, [{ kind: "filesystem", location: "/srv/secret", mode: "none", origin }]);
  assert.deepEqual(mergeLayers([opened], [limit], (path) => path).permissions.binds, []);
});

test("who clicked on a file that the app does not see is told so by a notification; of other notices nobody is", () => {
  const request = {
    argv: ["run", "org.a.App", "/srv/one"],
    standard: ["null", "null", "null"],
    environment: new Map([["DISPLAY", ":0"]]),
  } as unknown as FrontRequest;
  const notice = (key: string) => ({ ...runProblem(key, { path: "/srv/one", app: "org.a.App" }), severity: "notice" as const });
  const told = noticeFor(request, [notice("plan.no-such-place"), notice("run.argument-unseen")]);
  assert.equal(told?.title, "org.a.App");
  assert.match(told?.body ?? "", /^`\/srv\/one` is not visible to `org\.a\.App`\n`tsbox run --file-forwarding/);
  assert.equal(noticeFor(request, [notice("plan.no-such-place")]), null);
});
