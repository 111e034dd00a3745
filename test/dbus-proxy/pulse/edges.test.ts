// What only a sound server or an app that lies sends, and what is bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeAppCommand, judgeServerCommand } from "../../../dbus-proxy/pulse/judge.ts";
import type { SoundPolicy } from "../../../dbus-proxy/pulse/policy.ts";
import { newSoundState, QUESTION_TAG, type SoundState, type Verdict } from "../../../dbus-proxy/pulse/state.ts";
import { numberValue, textValue } from "../../../dbus-proxy/pulse/tagstruct.ts";
import { authentication, command, EVERYTHING, newPlayback, newRecord, NO_INDEX, PLAYBACK, properties, sourceInfo } from "./messages.ts";

const says = (state: SoundState, bytes: Uint8Array, policy: SoundPolicy = EVERYTHING): Verdict => judgeAppCommand(state, policy, bytes, 0, bytes.length);
const hears = (state: SoundState, bytes: Uint8Array, policy: SoundPolicy = EVERYTHING): Verdict => judgeServerCommand(state, policy, bytes, 0, bytes.length);
const because = (verdict: Verdict): string => (verdict.kind === "broken" || verdict.kind === "refuse" ? verdict.because : verdict.kind);

function greeted(): SoundState {
  const state = newSoundState();
  says(state, authentication());
  hears(state, command(2, 0, numberValue(35)));
  return state;
}

test("no more commands than streams wait for their answers, and no more streams are there", () => {
  const waiting = greeted();
  let last: Verdict = { kind: "forward" };
  for (let tag = 1; tag < 5000 && last.kind !== "broken"; tag++) last = says(waiting, newPlayback(tag));
  assert.equal(because(last), "too many commands that wait for their answers");
  const full = greeted();
  for (let tag = 1; tag < 5000; tag++) {
    last = says(full, newPlayback(tag));
    if (last.kind === "refuse") break;
    hears(full, command(2, tag, numberValue(tag), numberValue(tag), numberValue(9)));
  }
  assert.equal(because(last), "too many streams");
});

test("a server that says what nobody can follow ends the connection", () => {
  const bad: readonly (readonly [string, Uint8Array, string])[] = [
    ["nothing", Buffer.from("x"), "a command of the server without number and tag"],
    ["an old version", command(2, 0, numberValue(12)), "a server older than protocol version 13"],
    ["no version", command(2, 0), "a server older than protocol version 13"],
    ["values that are none", Buffer.concat([command(2, 0), Buffer.from([0x74])]), "malformed values from the server"],
  ];
  for (const [what, bytes, wanted] of bad) {
    const state = newSoundState();
    says(state, authentication());
    assert.equal(because(hears(state, bytes)), wanted, what);
  }
  const created = greeted();
  says(created, newPlayback(1));
  assert.equal(because(hears(created, command(2, 1, numberValue(7)))), "a new stream without its numbers");
  assert.equal(because(hears(greeted(), command(64, NO_INDEX, textValue("x")))), "a stream's number is missing");
  assert.equal(because(hears(greeted(), sourceInfo(QUESTION_TAG, "x", 0))), "an answer that nobody asked for");
});

test("an answer about a device that is none ends the connection, whichever kind of stream waits for it", () => {
  const playing = greeted();
  assert.equal(says(playing, newPlayback(1, { name: "somewhere" })).kind, "ask");
  assert.equal(because(hears(playing, command(2, QUESTION_TAG, numberValue(4)))), "malformed values from the server");
  const recording = greeted();
  assert.equal(says(recording, newRecord(1)).kind, "ask");
  const ofSink = sourceInfo(QUESTION_TAG, "x", 0);
  assert.equal(because(hears(recording, ofSink.subarray(0, ofSink.length - 5))), "malformed values from the server");
});

test("a second stream while the first waits for its device ends the connection", () => {
  const state = greeted();
  assert.equal(says(state, newPlayback(1, { name: "somewhere" })).kind, "ask");
  assert.equal(because(says(state, newPlayback(2, { name: "elsewhere" }))), "two streams at once");
});

test("a playback on the device with a number asks for just that, and one by the default's name for that", () => {
  const asked = (wish: Parameters<typeof newPlayback>[1]): Buffer => {
    const verdict = says(greeted(), newPlayback(1, wish));
    assert.ok(verdict.kind === "ask");
    return Buffer.from(verdict.payload);
  };
  assert.deepEqual(asked({ index: 7 }), Buffer.concat([numberValue(21), numberValue(QUESTION_TAG), numberValue(7), textValue(null)]));
  assert.deepEqual(asked({ index: 7, name: "bed" }), Buffer.concat([numberValue(21), numberValue(QUESTION_TAG), numberValue(NO_INDEX), textValue("bed")]));
});

test("recordings that are killed or end are the app's no longer, and an error to authentication leaves it outside", () => {
  const state = greeted();
  says(state, newRecord(1));
  const settled = hears(state, sourceInfo(QUESTION_TAG, "x", NO_INDEX));
  assert.ok(settled.kind === "settled" && settled.verdict.kind === "replace");
  hears(state, command(2, 1, numberValue(0), numberValue(41), numberValue(9)));
  assert.equal(state.sourceOutputs.get(0), 41);
  hears(state, command(65, NO_INDEX, numberValue(0)));
  assert.equal(state.sourceOutputs.size, 0);
  assert.equal(because(says(state, command(6, 2))), "a stream's number is missing");
  const refused = newSoundState();
  says(refused, authentication());
  assert.equal(hears(refused, command(0, 0, numberValue(1))).kind, "forward");
  assert.equal(because(says(refused, command(20, 1))), "not authenticated");
  // The name of the client without a number for it.
  const named = greeted();
  says(named, command(9, 1, properties({ "application.name": "x" })));
  assert.equal(hears(named, command(2, 1)).kind, "forward");
  assert.equal(because(says(named, command(27, 2, numberValue(12)))), "it belongs to another program");
});

test("what is recorded needs its own grant each time", () => {
  assert.equal(because(says(greeted(), newRecord(1), PLAYBACK)), "neither microphone nor monitor is granted");
  assert.equal(because(says(greeted(), newRecord(1, { tapped: 3 }), { ...EVERYTHING, monitor: false })), "monitor is not granted");
});
