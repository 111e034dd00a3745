import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Peers } from "../../../dbus-proxy/connection/peers.ts";
import {
  consumeIncoming,
  FIRST_OWN_SERIAL,
  forgetPeer,
  newState,
  rememberIncoming,
  snapshotOf,
  stateFrom,
  takeOwnSerial,
} from "../../../dbus-proxy/connection/state.ts";
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
  state.calls.set(FIRST_OWN_SERIAL, { kind: "own" });
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

test("a state that travels as JSON comes back the same", () => {
  const id = fc.nat(50).map((number) => `:1.${number}`);
  const step = fc.oneof(
    fc.tuple(fc.constant("incoming"), id, fc.integer({ min: 1, max: 9 })),
    fc.tuple(fc.constant("saw"), id, fc.nat()),
    fc.tuple(fc.constant("owner"), id, fc.constantFrom(1, 2, 3)),
    fc.tuple(fc.constant("rule"), fc.stringMatching(/^[a-z]{1,5}$/), fc.nat()),
    fc.tuple(fc.constant("call"), id, fc.integer({ min: 1, max: 1000 })),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const state = newState(64);
      for (const [kind, text, number] of steps) {
        if (kind === "incoming") rememberIncoming(state, text, number);
        else if (kind === "saw") state.peers.saw(text);
        else if (kind === "owner") state.peers.setOwner(`org.n${number}`, text);
        else if (kind === "call") state.calls.set(number, number % 2 === 0 ? text : { kind: "made-up", errorName: "a.b", text });
        else {
          const parsed = parseMatchRule(`arg0='${text}'`);
          if (!parsed.ok) throw new Error(parsed.because);
          const key = encodeMatchRule(parsed.rule);
          state.rules.set(key, { rule: parsed.rule, count: (state.rules.get(key)?.count ?? 0) + 1 });
          state.ruleCount++;
        }
      }
      const back = stateFrom(JSON.parse(JSON.stringify(snapshotOf(state))), 64);
      assert.deepEqual(snapshotOf(back), snapshotOf(state));
      assert.deepEqual([back.ruleCount, back.incomingCount], [state.ruleCount, state.incomingCount]);
    }),
  );
});
