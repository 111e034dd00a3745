// The verdict over every command of PulseAudio's protocol, and what it makes of lies.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ALLOWED_COMMANDS } from "../../../dbus-proxy/pulse/commands.ts";
import { judgeAppCommand, judgeServerCommand } from "../../../dbus-proxy/pulse/judge.ts";
import type { SoundPolicy } from "../../../dbus-proxy/pulse/policy.ts";
import { newSoundState, QUESTION_TAG, type SoundState, type Verdict } from "../../../dbus-proxy/pulse/state.ts";
import { numberValue, readProperties, textValue, tokensOf } from "../../../dbus-proxy/pulse/tagstruct.ts";
import { authentication, command, EVERYTHING, newPlayback, newRecord, NO_INDEX, PLAYBACK, properties, sourceInfo } from "./messages.ts";

const judge = (state: SoundState, bytes: Uint8Array, policy: SoundPolicy = EVERYTHING): Verdict => judgeAppCommand(state, policy, bytes, 0, bytes.length);
const answer = (state: SoundState, bytes: Uint8Array, policy: SoundPolicy = EVERYTHING): Verdict => judgeServerCommand(state, policy, bytes, 0, bytes.length);

function authenticated(): SoundState {
  const state = newSoundState();
  judge(state, authentication());
  answer(state, command(2, 0, numberValue(35)));
  return state;
}

function payloadOf(verdict: Verdict): Uint8Array {
  assert.ok(verdict.kind === "replace" || verdict.kind === "ask", verdict.kind);
  return verdict.payload;
}

function keysOf(payload: Uint8Array): readonly string[] {
  const list = tokensOf(payload, 0, payload.length)?.find(({ type }) => type === "P");
  assert.ok(list !== undefined);
  return readProperties(payload, list.start, list.end)?.properties.map(({ key }) => key) ?? [];
}

describe("authentication", () => {
  it("loses its shared-memory bits and its cookie, both ways", () => {
    const state = newSoundState();
    assert.deepEqual(payloadOf(judge(state, authentication(3, 0xc000_00ff))).subarray(0, 15), Buffer.from(command(8, 3, numberValue(35))));
    assert.ok(
      payloadOf(judge(newSoundState(), authentication()))
        .subarray(20)
        .every((byte) => byte === 0),
    );
    assert.deepEqual(Buffer.from(payloadOf(answer(state, command(2, 3, numberValue(0xc000_0023))))), Buffer.from(command(2, 3, numberValue(35))));
  });

  it("comes first, once, and not in a version that nobody speaks", () => {
    assert.equal(judge(newSoundState(), command(20, 1)).kind, "refuse");
    assert.equal(judge(authenticated(), authentication(1)).kind, "refuse");
    assert.equal(judge(newSoundState(), authentication(1, 12)).kind, "refuse");
    assert.equal(judge(newSoundState(), command(8, 0, numberValue(35))).kind, "broken");
  });
});

describe("the allow-list", () => {
  it("refuses every command that is not in it, with ACCESS under its own tag", () => {
    for (let number = 0; number < 300; number++) {
      if (ALLOWED_COMMANDS.has(number)) continue;
      const verdict = judge(authenticated(), command(number, 7, textValue("module-ladspa-sink")));
      assert.ok(verdict.kind === "refuse" && verdict.tag === 7 && verdict.error === 1, String(number));
    }
  });

  it("has none that loads, kills, moves, suspends or speaks to extensions", () => {
    for (const number of [7, 15, 16, 17, 18, 19, 36, 38, 39, 40, 44, 45, 48, 49, 50, 51, 52, 67, 68, 70, 71, 87, 90, 96, 97, 100, 101, 102, 103, 104]) {
      assert.ok(!ALLOWED_COMMANDS.has(number), String(number));
    }
  });

  it("passes what only names the connection's own streams as it is", () => {
    for (const [number, { check }] of ALLOWED_COMMANDS) {
      if (check === "nothing") assert.equal(judge(authenticated(), command(number, 7, numberValue(0))).kind, "forward", String(number));
    }
  });
});

describe("an index that all clients share", () => {
  function withStream(): SoundState {
    const state = authenticated();
    judge(state, newPlayback(1));
    answer(state, command(2, 1, numberValue(0), numberValue(41), numberValue(9)));
    return state;
  }

  it("must be a stream of this connection", () => {
    for (const number of [29, 37, 69]) {
      assert.equal(judge(withStream(), command(number, 7, numberValue(41))).kind, "forward");
      assert.equal(judge(withStream(), command(number, 7, numberValue(42))).kind, "refuse");
      assert.equal(judge(withStream(), command(number, 7, textValue("41"))).kind, "broken");
    }
    for (const number of [31, 98, 99]) assert.equal(judge(withStream(), command(number, 7, numberValue(41))).kind, "refuse");
  });

  it("is forgotten when the stream ends or is killed", () => {
    const ended = withStream();
    assert.equal(judge(ended, command(4, 2, numberValue(0))).kind, "forward");
    const killed = withStream();
    answer(killed, command(64, NO_INDEX, numberValue(0)));
    for (const state of [ended, killed]) assert.equal(judge(state, command(37, 3, numberValue(41))).kind, "refuse");
  });

  it("is not learnt from another command's answer under the same tag", () => {
    const state = authenticated();
    judge(state, newPlayback(1));
    assert.equal(judge(state, command(10, 1, textValue("bed"))).kind, "broken");
  });

  it("nor from the answer to a command that was sent before, under the same tag", () => {
    // SET_PLAYBACK_STREAM_BUFFER_ATTR: its answer is the numbers that the app itself asked for. LOOKUP_SINK: any device's number.
    for (const [before, then] of [
      [command(72, 1, numberValue(0), numberValue(9), numberValue(42)), newPlayback(1)],
      [command(72, 1, numberValue(0), numberValue(9), numberValue(42)), newPlayback(1, { name: "bed" })],
      [command(10, 1, textValue("bed")), command(9, 1, properties({}))],
      [command(37, 1, numberValue(41)), newRecord(1)],
    ] as const) {
      const state = withStream();
      assert.equal(judge(state, before).kind, "forward");
      assert.equal(judge(state, before).kind, "forward");
      assert.equal(judge(structuredClone(state), then).kind, "broken");
      answer(state, command(2, 1, numberValue(9), numberValue(42)));
      assert.equal(judge(structuredClone(state), then).kind, "broken");
      answer(state, command(0, 1, numberValue(5)));
      assert.notEqual(judge(state, then).kind, "broken");
    }
  });

  it("and refused commands, which the server never sees, keep no tag", () => {
    const state = withStream();
    assert.equal(judge(state, command(51, 1)).kind, "refuse");
    assert.equal(judge(state, newPlayback(1)).kind, "replace");
  });

  it("commands whose answers never come end the connection at a number", () => {
    const state = authenticated();
    for (let tag = 1; tag <= 4096; tag++) assert.equal(judge(state, command(20, tag)).kind, "forward");
    assert.equal(judge(state, command(20, 4097)).kind, "broken");
  });

  it("of a client is its own, as the server told it", () => {
    const state = authenticated();
    judge(state, command(9, 1, properties({ "application.name": "x" })));
    answer(state, command(2, 1, numberValue(12)));
    assert.equal(judge(state, command(27, 2, numberValue(12))).kind, "forward");
    assert.equal(judge(state, command(27, 3, numberValue(11))).kind, "refuse");
  });
});

describe("properties", () => {
  it("of a stream lose all that a server could obey", () => {
    const sly = {
      "media.name": "x",
      "stream.capture.sink": "true",
      "target.object": "bed",
      "filter.want": "x",
      "audioconvert.filter-graph": "{}",
      "media.class": "x",
    };
    assert.deepEqual(keysOf(payloadOf(judge(authenticated(), newPlayback(1, { properties: sly })))), ["media.name"]);
    for (const number of [80, 81]) {
      assert.deepEqual(keysOf(payloadOf(judge(authenticated(), command(number, 1, numberValue(0), numberValue(2), properties(sly))))), ["media.name"]);
    }
  });

  it("of the client carry the app's own id", () => {
    const payload = payloadOf(judge(authenticated(), command(9, 1, properties({ "application.id": "org.example.Other", "application.name": "x" }))));
    assert.deepEqual(keysOf(payload), ["application.name", "application.id"]);
    assert.ok(Buffer.from(payload).includes("org.example.App") && !Buffer.from(payload).includes("org.example.Other"));
  });

  it("of the client name no program for whose sake the server would move a recording that must stay where it is", () => {
    const said = properties({ "application.process.binary": "firefox", "application.name": "x" });
    for (const [microphone, monitor] of [
      [true, false],
      [false, true],
      [true, true],
      [false, false],
    ] as const)
      for (const payload of [command(9, 1, said), command(82, 1, numberValue(1), said)]) {
        const kept = keysOf(payloadOf(judge(authenticated(), payload, { ...PLAYBACK, microphone, monitor })));
        assert.equal(kept.includes("application.process.binary"), microphone === monitor);
        assert.deepEqual(kept.slice(-2), ["application.name", "application.id"]);
      }
  });
});

describe("a new stream", () => {
  it("plays on the default device without a question, elsewhere on a device that the server knows", () => {
    assert.equal(judge(authenticated(), newPlayback(1)).kind, "replace");
    const state = authenticated();
    assert.equal(judge(state, newPlayback(1, { name: "Firefox" })).kind, "ask");
    const verdict = answer(state, command(0, QUESTION_TAG, numberValue(5)));
    assert.ok(verdict.kind === "settled" && verdict.verdict.kind === "refuse" && verdict.verdict.tag === 1);
  });

  it("is refused where the policy does not give its kind", () => {
    assert.equal(judge(authenticated(), newPlayback(1), { ...EVERYTHING, playback: false }).kind, "refuse");
    assert.equal(judge(authenticated(), newRecord(1), PLAYBACK).kind, "refuse");
    assert.equal(judge(authenticated(), newRecord(1, { tapped: 3 }), { ...EVERYTHING, monitor: false }).kind, "refuse");
  });

  for (const [what, monitorOf, granted] of [
    ["microphone", NO_INDEX, "microphone"],
    ["monitor", 0, "monitor"],
  ] as const) {
    it(`that records a ${what} wants ${granted}, names the device and stays there`, () => {
      for (const grant of ["microphone", "monitor"] as const) {
        const policy = { ...PLAYBACK, [grant]: true };
        const state = authenticated();
        assert.equal(judge(state, newRecord(1), policy).kind, "ask");
        const verdict = answer(state, sourceInfo(QUESTION_TAG, "the-device", monitorOf), policy);
        assert.ok(verdict.kind === "settled");
        assert.equal(verdict.verdict.kind, grant === granted ? "replace" : "refuse");
        if (grant !== granted) continue;
        const payload = payloadOf(verdict.verdict);
        const tokens = tokensOf(payload, 0, payload.length) ?? [];
        assert.ok(Buffer.from(payload).includes("the-device"));
        assert.equal(tokens[14]?.type, "1", "not to be moved");
      }
    });
  }
});

describe("lies", () => {
  it("in lengths and types break the connection", () => {
    const good = newPlayback(1);
    for (const bad of [
      good.subarray(0, 10),
      good.subarray(0, good.length - 1),
      Buffer.concat([good, numberValue(1)]),
      command(9, 1, Buffer.from([0x50, 0x74, 0x61, 0, 0x4c, 0xff, 0xff, 0xff, 0xff, 0x78, 0xff, 0xff, 0xff, 0xff])),
      command(9, 1, Buffer.from([0x78, 0xff, 0xff, 0xff, 0xff])),
      command(9, 1, Buffer.from([0x6d, 200])),
      Buffer.from("t8\0"),
      command(20, 0xffff_fff0),
    ]) {
      assert.equal(judge(authenticated(), bad).kind, "broken", Buffer.from(bad).toString("hex"));
    }
  });

  it("never throw, whatever the bytes, and nothing but the list passes", () => {
    const number = fc.oneof(fc.constantFrom(...ALLOWED_COMMANDS.keys()), fc.nat(200));
    fc.assert(
      fc.property(number, fc.uint8Array({ maxLength: 64 }), fc.nat(), (which, tail, cut) => {
        const whole = which === 3 ? newPlayback(1) : which === 5 ? newRecord(1) : command(which, 1, tail);
        const bytes = Buffer.from(whole);
        if (bytes.length > 12) bytes[10 + (cut % (bytes.length - 10))] = cut & 0xff;
        const verdict = judge(authenticated(), bytes);
        assert.ok(verdict.kind === "refuse" || verdict.kind === "broken" || ALLOWED_COMMANDS.has(which));
        const state = authenticated();
        judge(state, newPlayback(1));
        answer(state, command(2, 1, tail));
      }),
      { numRuns: 5_000 },
    );
  });

  it("of a server about shared memory break the connection", () => {
    for (const number of [101, 102, 103]) assert.equal(answer(authenticated(), command(number, NO_INDEX)).kind, "broken");
  });
});
