import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Peers } from "../../../dbus-proxy/connection/peers.ts";
import {
  consumeIncoming,
  FIRST_OWN_SERIAL,
  forgetPeer,
  addCall,
  type ConnectionState,
  dropGrant,
  giveBack,
  grantObject,
  newAppUse,
  newState,
  type PendingCall,
  rememberIncoming,
  setRule,
  takeOwnSerial,
} from "../../../dbus-proxy/connection/state.ts";
import { PendingCalls } from "../../../dbus-proxy/connection/pending-calls.ts";
import { Journal, HALF_BYTES } from "../../../dbus-proxy/connection/journal.ts";
import { encodeMatchRule, parseMatchRule } from "../../../dbus-proxy/match-rule.ts";
import { CompiledPolicy, NONE, SEE, TALK } from "../../../dbus-proxy/policy/standing.ts";

const policy = new CompiledPolicy({
  filter: true,
  sloppyNames: false,
  calls: [],
  broadcasts: [],
  hidden: [],
  names: [
    { name: "org.a", level: "talk", because: "a" },
    { name: "org.s", level: "see", because: "s" },
  ],
});

test("an incoming call is answered once, by serial and caller together", () => {
  const state = newState(8);
  rememberIncoming(state, ":1.1", 5);
  rememberIncoming(state, ":1.2", 5);
  rememberIncoming(state, ":1.1", 5);
  assert.equal(state.incomingCount, 2);
  assert.ok(!consumeIncoming(state, ":1.3", 5) && !consumeIncoming(state, ":1.1", 6) && !consumeIncoming(state, "", 5));
  assert.ok(consumeIncoming(state, ":1.1", 5) && !consumeIncoming(state, ":1.1", 5));
  forgetPeer(state, ":1.2");
  assert.deepEqual([state.incomingCount, state.incoming.size], [0, 0]);
});

test("own serials go round and never meet one that waits", () => {
  const state = newState(8);
  state.nextOwnSerial = 0xffff_ffff;
  addCall(state, FIRST_OWN_SERIAL, { kind: "own" });
  assert.deepEqual([takeOwnSerial(state), takeOwnSerial(state)], [0xffff_ffff, FIRST_OWN_SERIAL + 1]);
});

test("a peer stands as high as the names that it owns or owned, and is forgotten with its connection", () => {
  const peers = new Peers(8);
  assert.equal(peers.standingOf(":1.1", policy).level, NONE);
  peers.saw(":1.1");
  assert.equal(peers.standingOf(":1.1", policy).level, SEE);
  peers.setOwner("org.a", ":1.1");
  assert.equal(peers.standingOf(":1.1", policy).level, TALK);
  peers.setOwner("org.a", ":1.2");
  assert.deepEqual([peers.ownerOf("org.a"), peers.standingOf(":1.1", policy).level, peers.standingOf(":1.2", policy).level], [":1.2", TALK, TALK]);
  peers.forget(":1.1");
  assert.equal(peers.standingOf(":1.1", policy).level, NONE);
});

test("the number of known peers is bounded, and those that own names stay longest", () => {
  const peers = new Peers(4);
  peers.setOwner("org.a", ":1.0");
  for (let id = 1; id < 100; id++) peers.saw(`:1.${id}`);
  assert.equal(peers.records().length, 4);
  assert.equal(peers.standingOf(":1.0", policy).level, TALK);
  assert.equal(peers.standingOf(":1.1", policy).level, NONE);
});

const id = fc.nat(50).map((number) => `:1.${number}`);
const steps = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom("incoming", "answered"), id, fc.integer({ min: 1, max: 9 })),
    fc.tuple(fc.constantFrom("saw", "gone"), id, fc.nat()),
    fc.tuple(fc.constant("owner"), id, fc.constantFrom(1, 2, 3)),
    fc.tuple(fc.constant("rule"), fc.stringMatching(/^[a-z]{1,5}$/), fc.nat(2)),
    fc.tuple(fc.constant("call"), fc.oneof(id, fc.string({ unit: "grapheme" })), fc.integer({ min: 1, max: 1000 })),
    fc.tuple(fc.constantFrom("granted", "grant-gone"), id, fc.nat(20)),
    fc.tuple(fc.constant("settle"), fc.constant(""), fc.nat()),
  ),
  { maxLength: 400 },
);
type Steps = readonly (readonly [string, string, number])[];

/** Does the steps with a journal beside; also what the journal has at its end. */
function played(all: Steps, use = newAppUse()) {
  const bytes = new Uint8Array(2 * HALF_BYTES);
  const journal = new Journal(bytes);
  const state = newState(16, (change, number, first, second) => journal.record(change, number, first, second), use);
  for (const [kind, text, number] of all) {
    if (kind === "incoming") rememberIncoming(state, text, number);
    else if (kind === "answered") consumeIncoming(state, text, number);
    else if (kind === "saw") state.peers.saw(text);
    else if (kind === "gone") forgetPeer(state, text);
    else if (kind === "owner") state.peers.setOwner(`org.n${number}`, text);
    else if (kind === "granted") grantObject(state, text, `/o/${number}`);
    else if (kind === "grant-gone") dropGrant(state, text, `/o/${number}`);
    else if (kind === "settle") journal.settle(state);
    else if (kind === "call") {
      if (!state.calls.has(number))
        addCall(
          state,
          number,
          [text, { kind: "made-up", errorName: "a.b", text }, { kind: "grants", peer: text, below: "/o", named: ["/o/1"] }][number % 3] as PendingCall,
        );
    } else {
      const parsed = parseMatchRule(`arg0='${text}'`);
      if (!parsed.ok) throw new Error(parsed.because);
      setRule(state, encodeMatchRule(parsed.rule), parsed.rule, number);
    }
  }
  return { bytes, journal, state };
}

test("a state comes back from its journal the same, however often that was made shorter", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { bytes, journal, state } = played(all);
      const back = newState(16);
      assert.ok(new Journal(bytes).restore(back, journal.half, journal.tail, journal.sum));
      const plain = ({ record: _, peers, calls, ...rest }: typeof state) => ({ ...rest, calls: new Map(calls), peers: peers.records() });
      assert.deepEqual(plain(back), plain(state));
    }),
  );
});

test("calls that wait are found, counted and forgotten as by a Map", () => {
  const step = fc.record({ serial: fc.integer({ min: 1, max: 6 }), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (all) => {
      const calls = new PendingCalls();
      const model = new Map<number, string>();
      for (const { serial, add } of all) {
        if (!add) assert.equal(calls.delete(serial), model.delete(serial));
        else if (!model.has(serial)) {
          calls.set(serial, `:1.${serial}`);
          model.set(serial, `:1.${serial}`);
        }
        assert.equal(calls.size, model.size);
        for (let each = 0; each <= 6; each++) assert.equal(calls.get(each), model.get(each));
      }
      assert.deepEqual(new Map(calls), model);
      assert.equal(calls.delete(0), false);
    }),
  );
});

test("what the connections of an app hold is counted together, and given back when one ends", () => {
  fc.assert(
    fc.property(steps, steps, (first, second) => {
      const use = newAppUse();
      const states = [first, second].map((all) => played(all, use).state);
      const sum = (count: (state: ConnectionState) => number): number => states.reduce((all, state) => all + count(state), 0);
      const held = {
        ...newAppUse(),
        calls: sum((s) => s.calls.size),
        incomingCalls: sum((s) => s.incomingCount),
        matchRules: sum((s) => s.ruleCount),
        names: 0,
      };
      assert.deepEqual(use, held);
      for (const state of states) giveBack(state);
      assert.deepEqual(use, newAppUse());
    }),
  );
});

test("a journal of which any byte is another, or that ends elsewhere, is none", () => {
  fc.assert(
    fc.property(steps, fc.nat(), fc.integer({ min: 1, max: 255 }), (all, where, by) => {
      const { bytes, journal } = played(all);
      if (journal.tail === 0) return;
      const at = journal.half * HALF_BYTES + (where % journal.tail);
      bytes[at] = (bytes[at] as number) ^ by;
      assert.ok(!new Journal(bytes).restore(newState(16), journal.half, journal.tail, journal.sum));
      bytes[at] = (bytes[at] as number) ^ by;
      assert.ok(!new Journal(bytes).restore(newState(16), journal.half, where % journal.tail, journal.sum));
    }),
  );
});
