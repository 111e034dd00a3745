import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AppAuthentication, type AppStep, BusAuthentication, LineReader, MAX_LINE_BYTES } from "../../dbus-proxy/authentication.ts";

const GUID = "0123456789abcdef0123456789abcdef";
const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** Plays lines; each question is answered yes. Replies as text, the end as `begin`, `begin+fds` or `close`. */
function play(lines: readonly string[], agreed = true): string[] {
  const side = new AppAuthentication(1000);
  return lines.map((line) => told(side, side.line(line), agreed));
}

function told(side: AppAuthentication, step: AppStep, agreed: boolean): string {
  if (step.kind === "reply") return step.text;
  if (step.kind === "ask") return side.answer(step.what === "ok" || agreed, GUID);
  return step.kind === "close" ? "close" : step.unixFds ? "begin+fds" : "begin";
}

test("libdbus, sd-bus and zbus authenticate in their own ways", () => {
  assert.deepEqual(play(["AUTH EXTERNAL 31303030", "NEGOTIATE_UNIX_FD", "BEGIN"]), [`OK ${GUID}`, "AGREE_UNIX_FD", "begin+fds"]);
  assert.deepEqual(play(["AUTH EXTERNAL", "DATA", "NEGOTIATE_UNIX_FD", "BEGIN"]), ["DATA", `OK ${GUID}`, "AGREE_UNIX_FD", "begin+fds"]);
  assert.deepEqual(play(["AUTH", "AUTH EXTERNAL 31303030", "BEGIN"]), ["REJECTED EXTERNAL", `OK ${GUID}`, "begin"]);
  assert.deepEqual(play(["AUTH EXTERNAL 31303030", "NEGOTIATE_UNIX_FD", "BEGIN"], false), [`OK ${GUID}`, 'ERROR "not supported by the bus"', "begin"]);
});

test("another uid and other mechanisms are rejected (CVE-2019-12749)", () => {
  for (const line of [
    "AUTH EXTERNAL 30",
    "AUTH EXTERNAL 3130303",
    "AUTH EXTERNAL 31303030 ",
    "AUTH ANONYMOUS",
    "AUTH DBUS_COOKIE_SHA1 31303030",
    "AUTH EXTERNALX 31303030",
  ])
    assert.deepEqual(play([line]), ["REJECTED EXTERNAL"], line);
  assert.deepEqual(play(["AUTH EXTERNAL", "DATA 30"]), ["DATA", "REJECTED EXTERNAL"]);
  assert.deepEqual(play(["AUTH EXTERNAL", "CANCEL", "AUTH EXTERNAL 31303030"]), ["DATA", "REJECTED EXTERNAL", `OK ${GUID}`]);
});

test("nothing but the exact word BEGIN begins, and only after OK", () => {
  for (const line of ["BEGIN ", "BEGIN xyz", " BEGIN", "begin", "BEGINX", "BEGI", "BEGIN BEGIN"]) {
    const [, answer] = play(["AUTH EXTERNAL 31303030", line]);
    assert.match(answer as string, /^ERROR/, line);
  }
  assert.deepEqual(play(["BEGIN"]), ["close"]);
  assert.deepEqual(play(["AUTH EXTERNAL", "BEGIN"]), ["DATA", "close"]);
  assert.deepEqual(play(["AUTH EXTERNAL 31303030", "CANCEL", "BEGIN"]), [`OK ${GUID}`, "REJECTED EXTERNAL", "close"]);
});

test("commands out of their time are answered with an error", () => {
  assert.match(play(["NEGOTIATE_UNIX_FD"])[0] as string, /^ERROR/);
  assert.match(play(["DATA"])[0] as string, /^ERROR/);
  assert.match(play(["AUTH EXTERNAL 31303030", "AUTH EXTERNAL 31303030"])[1] as string, /^ERROR/);
  assert.match(play(["AUTH EXTERNAL 31303030", "NEGOTIATE_UNIX_FD x"])[1] as string, /^ERROR/);
});

test("whoever is refused again and again is cut off", () => {
  assert.equal(play(new Array(9).fill("AUTH ANONYMOUS")).at(-1), "close");
});

test("the first byte must be NUL", () => {
  const side = new AppAuthentication(0);
  assert.ok(side.firstByte(0));
  assert.ok(!side.firstByte(88));
});

test("we begin on the bus only after its OK and take no other answer", () => {
  const bus = new BusAuthentication(1000);
  assert.equal(bus.opening(), "\0AUTH EXTERNAL 31303030\r\n");
  assert.deepEqual(bus.line(`OK ${GUID}`), { kind: "ok", guid: GUID });
  assert.equal(bus.negotiateUnixFds(), "NEGOTIATE_UNIX_FD\r\n");
  assert.deepEqual(bus.line("AGREE_UNIX_FD"), { kind: "unix-fds", agreed: true });
  assert.equal(bus.line("AGREE_UNIX_FD").kind, "close");
  for (const line of ["REJECTED EXTERNAL", "OK", "OK x", `OK ${GUID} `, "DATA", ""]) assert.equal(new BusAuthentication(1000).line(line).kind, "close", line);
});

/** All lines of a stream that comes in pieces, and whether it was malformed. */
function linesOf(stream: Uint8Array, cuts: readonly number[]): { lines: string[]; ok: boolean } {
  const reader = new LineReader();
  const lines: string[] = [];
  for (let at = 0, round = 0; at < stream.length; round++) {
    const to = Math.min(stream.length, at + (cuts[round % cuts.length] as number));
    while (at < to) {
      const next = reader.next(stream, at, to);
      if (next < 0) return { lines, ok: false };
      if (next > 0) lines.push(reader.line);
      at = next === 0 ? to : next;
    }
  }
  return { lines, ok: true };
}

test("lines come out the same however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ -~]{0,30}$/), { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (lines, cuts) => {
      assert.deepEqual(linesOf(bytes(lines.map((line) => `${line}\r\n`).join("")), cuts), { lines, ok: true });
    }),
  );
});

test("bytes that no line may hold end the phase, wherever the cut falls", () => {
  for (const text of ["A\nB\r\n", "A\rB\r\n", "A\0\r\n", "A\tB\r\n", "A\x7f\r\n", "A\x80\r\n", "A\r\r\n"])
    for (const cut of [1, 2, 3, 99]) assert.equal(linesOf(bytes(text), [cut]).ok, false, JSON.stringify(text));
  assert.ok(linesOf(bytes(`${"A".repeat(MAX_LINE_BYTES - 2)}\r\n`), [4096]).ok);
  assert.ok(!linesOf(bytes(`${"A".repeat(MAX_LINE_BYTES - 1)}\r\n`), [4096]).ok);
});
