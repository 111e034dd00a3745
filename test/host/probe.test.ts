// The probe on a real folder: what it tells is what the kernel tells.
import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { probeHost, RecordedNames, takeFingerprint } from "../../launcher/host/door.ts";
import type { HostFacts, HostQueries } from "../../launcher/host/facts.ts";
import { loadAddon } from "../../native/addon.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "tsbox-probe.")));
after(() => rmSync(folder, { recursive: true }));
const probe = (queries: Partial<HostQueries>) =>
  probeHost({ paths: [], texts: [], folders: [], machineIdFor: null, compositor: null, devices: false, abstractSockets: false, ...queries });

describe("the probe", () => {
  it("tells type, device and inode as lstat does, and the targets of links", () => {
    mkdirSync(join(folder, "real/deep"), { recursive: true });
    symlinkSync("real", join(folder, "link"));
    const { paths } = probe({ paths: [join(folder, "link/deep")] });
    const stat = lstatSync(join(folder, "real/deep"), { bigint: true });
    const fact = paths.get(join(folder, "real/deep"));
    assert.deepEqual([fact?.type, fact?.dev, fact?.ino], ["directory", stat.dev, stat.ino]);
    assert.equal(paths.get(join(folder, "link"))?.target, "real");
    assert.ok(paths.has(folder) && paths.has("/"), "ancestors are facts as well");
  });

  it("tells absent and unreachable paths as null, and never throws", () => {
    writeFileSync(join(folder, "file"), "");
    symlinkSync("loop", join(folder, "loop"));
    const { paths } = probe({ paths: [join(folder, "none/x"), join(folder, "file/x"), join(folder, "loop")] });
    assert.equal(paths.get(join(folder, "none")), null);
    assert.equal(paths.get(join(folder, "file/x")) ?? null, null);
  });

  it("tells what the caller may write", () => {
    writeFileSync(join(folder, "mine"), "");
    writeFileSync(join(folder, "locked"), "");
    chmodSync(join(folder, "locked"), 0o444);
    const { paths } = probe({ paths: [join(folder, "mine"), join(folder, "locked"), "/usr"] });
    const isRoot = process.geteuid?.() === 0;
    assert.equal(paths.get(join(folder, "mine"))?.writable, true);
    assert.equal(paths.get(join(folder, "locked"))?.writable, isRoot);
    assert.equal(paths.get("/usr")?.writable, isRoot);
  });

  it("reads texts through links, and nothing that is no regular file", () => {
    writeFileSync(join(folder, "text"), "hello");
    symlinkSync("text", join(folder, "to-text"));
    const { texts } = probe({ texts: [join(folder, "to-text"), folder, join(folder, "none"), "/dev/zero"] });
    assert.equal(Buffer.from(texts.get(join(folder, "to-text")) ?? []).toString(), "hello");
    for (const path of [folder, join(folder, "none"), "/dev/zero"]) assert.equal(texts.get(path), null, path);
  });

  it("names a folder's entries, and looks at those that start as asked", () => {
    mkdirSync(join(folder, "many"));
    for (const name of ["java-17", "java-21", "shadow"]) writeFileSync(join(folder, "many", name), "");
    const { folders, paths } = probe({
      folders: [
        { path: join(folder, "many"), looking: ["java"] },
        { path: join(folder, "none"), looking: [""] },
      ],
    });
    assert.deepEqual(folders.get(join(folder, "many")), ["java-17", "java-21", "shadow"]);
    assert.equal(folders.get(join(folder, "none")), null);
    assert.ok(paths.has(join(folder, "many/java-21")) && !paths.has(join(folder, "many/shadow")));
  });

  it("derives a machine id per app that is stable and tells nothing of the host's", () => {
    const [one, again, other] = ["org.a.One", "org.a.One", "org.a.Other"].map((machineIdFor) => probe({ machineIdFor }).machineId);
    assert.equal(one, again);
    if (one !== null) {
      assert.match(one ?? "", /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
      assert.notEqual(one, other);
    }
  });

  it("sees abstract sockets by name", async () => {
    const name = `tsbox-probe-${process.pid}`;
    const server = createServer().listen(`\0${name}`);
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      // Node pads the name with NULs, which /proc/net/unix shows as `@`.
      assert.ok([...probe({ abstractSockets: true }).abstractSockets].some((one) => one.replace(/@+$/, "") === name));
    } finally {
      server.close();
    }
  });
});

const addon = loadAddon(resolve("build/tsbox.node"));

describe("the fingerprint of what was seen", () => {
  const place = join(folder, "again");
  const queries: HostQueries = {
    paths: [join(place, "link/file"), join(place, "absent/x"), join(place, "socket")],
    texts: [join(place, "text")],
    folders: [{ path: place, looking: ["l"] }],
    machineIdFor: "org.a.One",
    compositor: null,
    devices: false,
    abstractSockets: false,
  };
  const file = join(place, "manifest");
  // As if everything had been read long after it was made.
  const LONG_AFTER = Date.now() + 3_600_000;
  const fingerprintOf = (facts: HostFacts, since = LONG_AFTER) =>
    takeFingerprint(addon, { queries, facts, socketNames: undefined, files: [file, join(place, "none")], places: [place, join(place, "missing")] }, since);
  const furnish = (): void => {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(join(place, "real"), { recursive: true });
    mkdirSync(join(place, "other"));
    writeFileSync(join(place, "real/file"), "");
    writeFileSync(join(place, "other/file"), "");
    writeFileSync(join(place, "text"), "one");
    writeFileSync(file, "one");
    symlinkSync("real", join(place, "link"));
  };

  it("agrees while nothing changes", () => {
    furnish();
    const facts = probeHost(queries);
    const fingerprint = fingerprintOf(facts);
    assert.ok(fingerprint?.stillHolds() && fingerprint.stillHolds());
  });

  it("is none where something changed while it was read, or a moment before", () => {
    furnish();
    assert.equal(fingerprintOf(probeHost(queries), lstatSync(file).mtimeMs), null, "too young to be told from its next version");
    const facts = probeHost(queries);
    rmSync(join(place, "real/file"));
    writeFileSync(join(place, "real/kept"), "");
    writeFileSync(join(place, "real/file"), "");
    assert.equal(fingerprintOf(facts), null, "not what was seen");
    const again = probeHost(queries);
    writeFileSync(join(place, "text"), "longer");
    assert.equal(fingerprintOf(again), null, "not the text that was read");
  });

  it("is none for a text whose file system keeps no times", () => {
    const proc = { ...queries, texts: ["/proc/self/stat"] };
    assert.equal(takeFingerprint(addon, { queries: proc, facts: probeHost(proc), socketNames: undefined, files: [], places: [] }, LONG_AFTER), null);
  });

  it("tells the places that are missing", () => {
    furnish();
    assert.deepEqual(fingerprintOf(probeHost(queries))?.missing, [join(place, "missing")]);
  });

  const changes: Readonly<Record<string, () => void>> = {
    "a replaced file": () => {
      writeFileSync(join(place, "real/new"), "");
      renameSync(join(place, "real/new"), join(place, "real/file"));
    },
    "a link that leads elsewhere": () => {
      rmSync(join(place, "link"));
      symlinkSync("other", join(place, "link"));
    },
    "a mode": () => chmodSync(join(place, "real"), 0o711),
    "something where nothing was": () => mkdirSync(join(place, "absent")),
    "nothing where something was": () => rmSync(join(place, "real/file")),
    "a text": () => writeFileSync(join(place, "text"), "two"),
    "another text of the same length": () => writeFileSync(join(place, "text"), "six"),
    "a file that spoke, edited in place": () => writeFileSync(file, "two"),
    "a file that spoke, replaced": () => {
      writeFileSync(`${file}.new`, "one");
      renameSync(`${file}.new`, file);
    },
    "a file that was not there": () => writeFileSync(join(place, "none"), ""),
    "another owner's bits": () => chmodSync(join(place, "real/file"), 0o666),
    "a new name in a folder": () => writeFileSync(join(place, "list"), ""),
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`sees ${name}`, () => {
      furnish();
      const facts = probeHost(queries);
      const fingerprint = fingerprintOf(facts);
      change();
      assert.equal(fingerprint?.stillHolds(), false);
    });
  }
});

describe("names that were asked for", () => {
  it("agree with another set that gives the same answers, whatever else is in it", () => {
    const names = new RecordedNames(["X0", "other"]);
    assert.deepEqual([names.has("X0"), names.has("X1")], [true, false]);
    assert.ok(names.agreesWith(new Set(["X0", "new"])));
    assert.ok(!names.agreesWith(new Set(["other"])));
    assert.ok(!names.agreesWith(new Set(["X0", "X1", "other"])));
  });

  it("are all of them where somebody looked through them", () => {
    for (const look of [
      (names: Set<string>) => [...names],
      (names: Set<string>) => names.size,
      (names: Set<string>) => [...names.keys()],
      (names: Set<string>) => names.forEach(() => {}),
    ]) {
      const names = new RecordedNames(["X0"]);
      look(names);
      assert.ok(names.agreesWith(new Set(["X0"])) && !names.agreesWith(new Set(["X0", "new"])) && !names.agreesWith(new Set(["X1"])));
    }
  });
});
