// How a connection and a command line begin, on both proxies: authentication bytes of every kind, and options of every kind.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { readCommandLine } from "../../dbus-proxy/command-line.ts";
import { cutUp, letsIn, stream, streamBytes, streamLines } from "./dbus-proxy/authentication-streams.ts";
import { FIELD, field, rawBytes } from "./dbus-proxy/raw-message.ts";
import { type Pair, startPair } from "./dbus-proxy/rig.ts";
import { BUS, callFields, type Side } from "./dbus-proxy/side.ts";

const STREAMS = Number(process.env["TSBOX_DIFFERENTIAL_STREAMS"] ?? 400);
const COMMAND_LINES = Number(process.env["TSBOX_DIFFERENTIAL_COMMAND_LINES"] ?? 400);
const LIMIT = Number(process.env["TSBOX_DIFFERENTIAL_LIMIT"] ?? 120_000);
/** Milliseconds without a sign after which nothing more will come. */
const QUIET = 120;
/** Milliseconds after which what must come is missing. */
const LATEST = 5_000;
const HIDDEN = "org.test.Hidden";

describe("the beginning of a connection", () => {
  const uid = process.getuid?.() ?? 0;
  let pair: Pair;
  before(async () => {
    pair = await startPair(["--filter", "--talk=org.test.Talk"], 2 * LIMIT);
  });
  after(() => pair.close());

  /** Hello, and a call that no policy here allows, hidden in what could be taken for authentication still. */
  const messages = Buffer.concat([
    rawBytes({ type: 1, serial: 1, fields: callFields(BUS, "Hello") }),
    rawBytes({ type: 1, flags: 1, serial: 2, fields: [field("path", "/"), field("member", "M"), field("destination", HIDDEN)] }),
    Buffer.from("\r\nBEGIN\r\n"),
    rawBytes({ type: 1, flags: 1, serial: 3, fields: [field("path", "/"), field("member", "M"), field("destination", HIDDEN)] }),
  ]);
  const members = async (side: Side, pieces: readonly Uint8Array[], quiet = QUIET): Promise<readonly string[]> => {
    const { reached } = await side.authenticate(pieces, quiet);
    assert.ok(!reached.some(({ message }) => message.fields[FIELD.destination] === HIDDEN), "a message for a hidden name arrived");
    return reached.map(({ message }) => String(message.fields[FIELD.member]));
  };

  it("lets in just whom the specification lets in, however the bytes are cut", { timeout: LIMIT }, async () => {
    let entered = 0;
    await fc.assert(
      fc.asyncProperty(stream, async (one) => {
        // What must come ends the waiting as it comes.
        const quiet = letsIn(one, uid) ? LATEST : QUIET;
        const reached = await members(pair.ours, cutUp(Buffer.concat([streamBytes(one, uid), messages]), one.cuts), quiet);
        assert.equal(reached.includes("Hello"), letsIn(one, uid));
        if (reached.length > 0) entered++;
      }),
      { numRuns: STREAMS, endOnFailure: true, includeErrorInReport: true },
    );
    assert.ok(entered > STREAMS / 20, `${entered} of ${STREAMS} got in`);
  });

  it("lets in nobody whom xdg-dbus-proxy, asked line by line, keeps out", { timeout: LIMIT }, async () => {
    await fc.assert(
      fc.asyncProperty(stream, async (one) => {
        const pieces = [...streamLines(one, uid), messages.subarray(0, rawBytes({ type: 1, serial: 1, fields: callFields(BUS, "Hello") }).length)];
        const [theirs, ours] = await Promise.all([members(pair.theirs, pieces), members(pair.ours, pieces)]);
        // The original takes pipelined authentication only from 0.1.6 on, so it alone may keep out whom the specification lets in.
        if (ours.includes("Hello") && !theirs.includes("Hello")) assert.ok(letsIn(one, uid));
      }),
      { numRuns: STREAMS / 2, endOnFailure: true, includeErrorInReport: true },
    );
  });
});

describe("the command line", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-command-line-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const names = fc.constantFrom("org.test.A", "org.test.A.*", "org.*", "*", "foo", "", ":1.5", "org.test.*.B", "org..x", "org.1x.y", "a-b.c", "org.test.");
  const rules = fc.constantFrom("", "*", "@/a", "org.test.I.M@/a/*", "org.test.I.*", "x@", "=", "@@");
  const word = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("PAIR", "PAIR", "--filter", "--log", "--sloppy-names", "--args=3") },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom("--see=", "--talk=", "--own="), names).map((parts) => parts.join("")) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom("--call=", "--broadcast="), names, fc.constantFrom("=", ""), rules).map((parts) => parts.join("")) },
    {
      weight: 2,
      arbitrary: fc.constantFrom("--fd=x", "--fd=", "--fd=-1", "--fd=1x", "--fd", "--args=99", "--filter=1", "--see", "--wrong", "-", "--", "unix:x", "--help"),
    },
  );
  const line = fc.tuple(fc.array(word, { maxLength: 8 }), fc.array(word, { maxLength: 3 }));

  it("is taken and refused as by xdg-dbus-proxy", { timeout: LIMIT }, () => {
    let serial = 0;
    const spell = (words: readonly string[]): string[] =>
      words.flatMap((one) => (one === "PAIR" ? ["unix:path=/nowhere", join(folder, `s${++serial}`)] : [one]));
    fc.assert(
      fc.property(line, ([words, more]) => {
        // `--version` at the end acts when everything before it was right.
        const argv = [...spell(words.filter((one) => one !== "--args=3")), ...(words.includes("--args=3") ? ["--args=3"] : []), "--version"];
        const inner = spell(more.filter((one) => one !== "--args=3"));
        const file = join(folder, "argv");
        writeFileSync(file, inner.join("\0"));
        const fd = openSync(file, "r");
        const { status } = spawnSync("xdg-dbus-proxy", argv, { stdio: ["ignore", "ignore", "ignore", fd], timeout: 10_000 });
        closeSync(fd);
        const ours = readCommandLine(argv, { pair: () => {}, readArguments: (number) => (number === 3 ? inner.join("\0") : undefined) });
        assert.equal(ours.kind === "version" || ours.kind === "help" ? 0 : 1, status, JSON.stringify([argv, inner, ours]));
      }),
      { numRuns: COMMAND_LINES, endOnFailure: true, includeErrorInReport: true },
    );
  });
});
