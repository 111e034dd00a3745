// What another process may find in the memory of a dead one: any record, any torn or foreign byte. It goes on with a state that can be, or says why not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HALF_BYTES, Journal } from "../../../dbus-proxy/connection/journal.ts";
import { Field, type LedgerHeader } from "../../../dbus-proxy/connection/ledger-header.ts";
import { findLast, IN_BYTES, OUT_BYTES, type Side } from "../../../dbus-proxy/connection/ledger-recovery.ts";
import { Ledger } from "../../../dbus-proxy/connection/ledger.ts";
import { applyChange, recordAll } from "../../../dbus-proxy/connection/state-records.ts";
import { Change } from "../../../dbus-proxy/connection/state-change.ts";
import * as state from "../../../dbus-proxy/connection/state.ts";
import { parseMatchRule } from "../../../dbus-proxy/match-rule.ts";
import { addon } from "./played.ts";

const plain = (one: state.ConnectionState): unknown => {
  const { record: _, peers, calls, ...rest } = one;
  return { ...rest, calls: new Map(calls), peers: peers.records() };
};

/** Everything that a connection can remember, one of each. */
function fullState(record: Journal["record"], unixFds: boolean): state.ConnectionState {
  const one = state.newState(16, record);
  state.helloSent(one);
  state.learnUniqueName(one, ":1.7");
  state.agreeUnixFds(one, unixFds);
  state.takeOwnSerial(one);
  const kinds = ["hello", "names", "false", "own-names", "new-names", "own", "portal"] as const;
  const pending: state.PendingCall[] = [
    ":1.2",
    ...kinds.map((kind) => ({ kind })),
    { kind: "owner", name: "org.a.B", own: true },
    { kind: "owner", name: "org.a.B", own: false },
    { kind: "add-match", rule: "member='M'" },
    { kind: "grants", peer: ":1.2", below: "/a", named: [] },
    { kind: "grants", peer: ":1.3", below: "", named: ["/b/1", "/b/2"] },
    { kind: "made-up", errorName: "a.b", text: "täxt" },
    { kind: "said", signature: "s", values: '["x"]' },
    { kind: "appeared", name: "org.a.B" },
  ];
  for (const [index, each] of pending.entries()) state.addCall(one, index + 1, each);
  state.addCall(one, 100, ":1.2");
  state.endCall(one, 100);
  state.endCall(one, 101);
  for (const serial of [1, 2]) state.rememberIncoming(one, ":1.3", serial);
  assert.ok(state.consumeIncoming(one, ":1.3", 2));
  const parsed = parseMatchRule("member='M'");
  assert.ok(parsed.ok);
  state.setRule(one, "member='M'", parsed.rule, 2);
  for (const name of ["org.own.A", "org.own.A", "org.own.B"]) state.addName(one, name);
  for (const name of ["org.own.B", "org.own.B"]) state.dropName(one, name);
  for (const path of ["/a/b", "/a/b", "/a/c"]) state.grantObject(one, ":1.2", path);
  for (const path of ["/a/c", "/a/c", "/a/d"]) state.dropGrant(one, ":1.2", path);
  one.peers.setOwner("org.a.B", ":1.2");
  one.peers.setOwner("org.a.B", ":1.4");
  for (const id of [":1.5", ":1.6"]) one.peers.saw(id);
  state.forgetPeer(one, ":1.6");
  return one;
}

test("a state with one of everything comes back, from its changes and from the whole that a shorter journal begins with", () => {
  for (const unixFds of [true, false]) {
    const bytes = new Uint8Array(2 * HALF_BYTES);
    const journal = new Journal(bytes);
    const one = fullState((...change) => journal.record(...change), unixFds);
    const back = state.newState(16);
    assert.ok(new Journal(bytes).restore(back, journal.half, journal.tail, journal.sum));
    assert.deepEqual(plain(back), plain(one));
    const again = state.newState(16);
    recordAll(one, (...change) => assert.ok(applyChange(again, ...change)));
    assert.deepEqual(plain(again), plain(one));
  }
});

test("records that no state can have left are refused", () => {
  const refused: readonly (readonly [number, number, string, string])[] = [
    [0, 0, "", ""],
    [99, 0, "", ""],
    [Change.UNIX_FDS, 2, "", ""],
    [Change.OWN_SERIAL, 5, "", ""],
    [Change.CALL_ENDED, 5, "", ""],
    [Change.CALL, 1, "", ""],
    [Change.ANSWERED, 5, ":1.2", ""],
    [Change.RULE, 1, "member=M", ""],
    [Change.RULE, 1, "member='", ""],
  ];
  for (const change of refused) {
    const one = state.newState(16);
    state.addCall(one, 1, ":1.2");
    assert.equal(applyChange(one, ...change), false, change.join(" "));
  }
});

const SEED = 0x811c9dc5 | 0;
const sumOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), SEED);

test("a journal whose sum fits and whose records do not is none", () => {
  const whole = new Uint8Array(2 * HALF_BYTES);
  const journal = new Journal(whole);
  journal.record(Change.CALL, 7, "abc", "");
  const record = whole.slice(0, journal.tail);
  const tail = (bytes: Uint8Array): boolean => {
    const all = new Uint8Array(2 * HALF_BYTES);
    all.set(bytes, 0);
    return new Journal(all).restore(state.newState(16), 0, bytes.length, sumOf(bytes));
  };
  assert.ok(tail(record));
  assert.ok(!tail(record.slice(0, 5)), "the head of a record");
  assert.ok(!tail(record.slice(0, record.length - 1)), "a text without its end");
  assert.ok(!tail(Uint8Array.from(record, (byte, index) => (index === 9 ? 0xff : byte))), "no text");
  assert.ok(!tail(Uint8Array.from(record, (byte, index) => (index === 0 ? 99 : byte))), "no change");
  for (const [half, length] of [
    [2, 0],
    [0.5, 0],
    [0, -1],
    [0, 1.5],
    [0, HALF_BYTES + 1],
  ] as const)
    assert.ok(!new Journal(whole).restore(state.newState(16), half, length, SEED));
});

test("a state longer than a half is nobody else's to go on from, until it is short again", () => {
  const journal = new Journal(new Uint8Array(2 * HALF_BYTES));
  const one = state.newState(16, (...change) => journal.record(...change));
  state.addCall(one, 1, { kind: "made-up", errorName: "a.b", text: "x".repeat(70_000) });
  assert.ok(journal.overflown);
  journal.settle(one);
  assert.ok(journal.overflown);
  state.endCall(one, 1);
  for (let serial = 2; serial < 100; serial++) state.addCall(one, serial, { kind: "made-up", errorName: "a.b", text: "x".repeat(8000) });
  journal.settle(one);
  assert.ok(journal.overflown, "many that are long together");
  for (let serial = 2; serial < 100; serial++) state.endCall(one, serial);
  journal.settle(one);
  assert.ok(!journal.overflown);
});

/** A header that says what the test wants it to. */
function headerOf(fields: Readonly<Record<number, number>>, more: Partial<Record<"isOurs" | "latest" | "sentSince" | "input", unknown>> = {}): LedgerHeader {
  const slot = new Float64Array(22);
  slot[Field.sink] = -1;
  for (const [field, value] of Object.entries(fields)) slot[Number(field)] = value;
  const header = { isOurs: () => true, latest: () => slot, sentSince: () => 0, input: () => ({ end: 0, live: 0, brought: false }), ...more };
  return header as unknown as LedgerHeader;
}

test("memory that does not check is refused by name", () => {
  const inputs = [new Uint8Array(2 * IN_BYTES), new Uint8Array(2 * IN_BYTES)] as const;
  const out = new Uint8Array(2 * OUT_BYTES);
  const find = (...words: Parameters<typeof headerOf>): unknown => findLast(headerOf(...words), inputs, (_: Side) => out);
  const HELD = "with descriptors in its hands";
  const POSITIONS = "positions that do not check";
  assert.equal(typeof find({}), "object");
  assert.equal(find({}, { isOurs: () => false }), "memory of another build");
  assert.equal(find({}, { latest: () => undefined }), "no commit that checks");
  for (const [broken, why] of [
    [1, "in the middle of a message"],
    [4, "in the middle of a message"],
    [8, HELD],
    [9, HELD],
    [16, "more state than fits"],
  ] as const)
    assert.equal(find({ [Field.broken]: broken }), why);
  assert.equal(find({ [Field.held]: 1 }), HELD);
  assert.equal(find({ [Field.held + 1]: 1 }), HELD);
  assert.equal(find({ [Field.fds]: 1 }), HELD);
  // They left with the first byte.
  assert.equal(typeof find({ [Field.fds]: 1, [Field.sink]: 0, [Field.end]: 5 }, { sentSince: () => 1 }), "object");
  for (const end of [0.5, Number.NaN, IN_BYTES + 1]) assert.equal(find({}, { input: () => ({ end, live: 0, brought: false }) }), POSITIONS);
  assert.equal(find({}, { input: (side: Side) => ({ end: side === 1 ? 0.5 : 0, live: 0, brought: false }) }), POSITIONS);
  assert.equal(find({}, { input: () => ({ end: 5, live: 0, brought: true }) }), HELD);
  assert.equal(find({}, { input: (side: Side) => ({ end: 5, live: 0, brought: side === 1 }) }), HELD);
  assert.equal(typeof find({ [Field.filled]: 5, [Field.filled + 1]: 5 }, { input: () => ({ end: 5, live: 0, brought: true }) }), "object");
  for (const [field, value] of [
    [Field.to, -1],
    [Field.to, IN_BYTES + 1],
    [Field.end, -1],
    [Field.end, OUT_BYTES + 1],
    [Field.end + 1, -1],
  ] as const)
    assert.equal(find({ [field]: value }), POSITIONS);
  assert.equal(find({ [Field.sink]: 0, [Field.end]: 4 }, { sentSince: () => 5 }), POSITIONS);
});

test("memory of another size is refused, and closed", () => {
  const fd = addon.sharedMemory("small", 4096);
  assert.equal(
    Ledger.recover(addon, fd, (record) => state.newState(16, record)),
    "memory of another size",
  );
  assert.throws(() => addon.fstat(fd), { code: "EBADF" });
});

test("memory whose state does not check is refused", () => {
  const ledger = Ledger.create(addon);
  const memory = ledger.copy();
  // No state: nothing is committed.
  ledger.commit(-1, 0);
  ledger.begin(0);
  const one = state.newState(16, ledger.record);
  ledger.keepState(one);
  state.learnUniqueName(one, ":1.7");
  ledger.settle();
  const good = Ledger.recover(addon, addon.dup(memory), (record) => state.newState(16, record));
  assert.ok(typeof good !== "string");
  good.ledger.close();
  // The same bytes for another state: a call that it has already.
  const found = Ledger.recover(addon, addon.dup(memory), (record) => {
    const other = state.newState(16, record);
    other.peers.apply = () => {
      throw new Error("no such change");
    };
    return other;
  });
  assert.ok(typeof found !== "string");
  found.ledger.close();
  ledger.close();
  addon.close(memory);
});

test("the peers that are known are bounded: the oldest that owns nothing goes first, and where all own something that is remembered", () => {
  const one = state.newState(2);
  one.peers.setOwner("org.a.A", ":1.1");
  one.peers.saw(":1.2");
  one.peers.saw(":1.3");
  assert.deepEqual(
    one.peers.records().map(({ id }) => id),
    [":1.1", ":1.3"],
  );
  assert.ok(!one.peers.lostOwners);
  one.peers.setOwner("org.a.C", ":1.3");
  one.peers.setOwner("org.a.D", ":1.4");
  assert.ok(one.peers.lostOwners);
  assert.deepEqual([one.peers.ownerOf("org.a.A"), one.peers.ownerOf("org.a.D")], [undefined, ":1.4"]);
  const none = state.newState(0);
  none.peers.saw(":1.1");
  assert.equal(none.peers.records().length, 1);
});
