// The verdict over every message of PipeWire's protocol, and what it makes of lies.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { judgeAppMessage } from "../../../dbus-proxy/pipewire/judge-app.ts";
import { judgeServerMessage } from "../../../dbus-proxy/pipewire/judge-server.ts";
import { encodeMessage, lengthAt, type Message, parseMessage } from "../../../dbus-proxy/pipewire/message.ts";
import { int, intOf, pod, Pod, struct, text } from "../../../dbus-proxy/pipewire/pod.ts";
import { newPipewireState, type PipewireState, type Verdict } from "../../../dbus-proxy/pipewire/state.ts";
import type { SoundPolicy } from "../../../dbus-proxy/pulse/policy.ts";
import { bind, createObject, destroy, dict, getRegistry, global, hello, parsed, PLAYING, RECORDING, removeId, send, textsOf } from "./messages.ts";

const PLAYBACK: SoundPolicy = { appId: "org.example.App", playback: true, microphone: false, monitor: false };
const EVERYTHING: SoundPolicy = { ...PLAYBACK, microphone: true, monitor: true };
const REGISTRY = 2;
const STREAM = 3;

const judge = (state: PipewireState, message: Message, policy = PLAYBACK): Verdict => judgeAppMessage(state, policy, message);
const answer = (state: PipewireState, message: Message, policy = PLAYBACK): Verdict => judgeServerMessage(state, policy, message);

function greeted(): PipewireState {
  const state = newPipewireState();
  judge(state, hello());
  judge(state, getRegistry(REGISTRY));
  return state;
}

function bytesOf(verdict: Verdict): Uint8Array {
  assert.ok(verdict.kind === "replace", JSON.stringify(verdict));
  return verdict.bytes;
}

const isRefusedByServer = (verdict: Verdict): boolean => bytesOf(verdict) !== undefined && textsOf(bytesOf(verdict))[0] === "refused";

/** A port or a stream as an app tells of it: no formats, and some properties. */
const portUpdate = (direction: number, properties: Readonly<Record<string, string>> = {}): Message =>
  send(STREAM, 3, int(direction), int(0), int(3), int(0), struct(long(15), long(0), int(0), int(1), ...fieldsOfDict(properties), int(0)));
const update = (properties: Readonly<Record<string, string>>): Message =>
  send(STREAM, 2, int(3), int(0), struct(int(1), int(1), long(7), long(0), ...fieldsOfDict(properties), int(0)));
const long = (value: number): Uint8Array => pod(Pod.LONG, Uint8Array.from([value, 0, 0, 0, 0, 0, 0, 0]));
const fieldsOfDict = (properties: Readonly<Record<string, string>>): readonly Uint8Array[] => [
  int(Object.keys(properties).length),
  ...Object.entries(properties).flatMap(([key, value]) => [text(key), text(value)]),
];

describe("the greeting", () => {
  it("comes first, once, and in no version whose messages mean something else", () => {
    assert.equal(judge(newPipewireState(), getRegistry(2)).kind, "broken");
    assert.equal(judge(newPipewireState(), hello(0)).kind, "broken");
    assert.equal(judge(greeted(), hello()).kind, "broken");
  });
});

describe("new objects", () => {
  it("are streams of sound, with known properties and the app's own id", () => {
    const properties = {
      ...PLAYING,
      "application.id": "org.example.Other",
      "library.name": "trap",
      "node.group": "g",
      "node.want-driver": "true",
      "media.title": "pointer:0x1",
    };
    const texts = textsOf(bytesOf(judge(greeted(), createObject(STREAM, properties))));
    assert.deepEqual(texts, [
      "client-node",
      "PipeWire:Interface:ClientNode",
      ...["media.name", "song", "node.want-driver", "true", "media.class", "Stream/Output/Audio", "application.id", "org.example.App"],
    ]);
  });

  it("are made by no other factory, of no other type, and in no old version of it", () => {
    for (const factory of ["spa-node-factory", "adapter", "spa-device-factory", "link-factory", "metadata", "client-device"])
      assert.ok(isRefusedByServer(judge(greeted(), createObject(STREAM, PLAYING, factory))), factory);
    assert.ok(isRefusedByServer(judge(greeted(), createObject(STREAM, PLAYING, "client-node", "PipeWire:Interface:Node"))));
    assert.ok(isRefusedByServer(judge(greeted(), createObject(STREAM, PLAYING, "client-node", "PipeWire:Interface:ClientNode", 0))));
  });

  it("are no devices: what has another class, or none, is refused", () => {
    for (const name of ["Audio/Sink", "Audio/Source", "Audio/Duplex", "Video/Source", "Stream/Input/Video", "Stream/Output/Audio2", "Midi/Bridge"])
      assert.ok(isRefusedByServer(judge(greeted(), createObject(STREAM, { "media.class": name }), EVERYTHING)), name);
    assert.ok(isRefusedByServer(judge(greeted(), createObject(STREAM, {}), EVERYTHING)));
  });

  it("record where microphone and monitor are granted, and play where playback is", () => {
    for (const [policy, properties, isRefused] of [
      [PLAYBACK, RECORDING, true],
      [{ ...PLAYBACK, microphone: true }, RECORDING, true],
      [{ ...PLAYBACK, monitor: true }, RECORDING, true],
      [EVERYTHING, RECORDING, false],
      [{ ...EVERYTHING, playback: false }, PLAYING, true],
      [PLAYBACK, PLAYING, false],
    ] as const)
      assert.equal(isRefusedByServer(judge(greeted(), createObject(STREAM, properties), policy)), isRefused, JSON.stringify([policy, properties]));
  });

  it("go to devices that the app was shown, whatever they ask for", () => {
    const state = greeted();
    answer(state, global(REGISTRY, 40, "Node", { "media.class": "Audio/Sink", "node.name": "speakers", "object.serial": "140" }));
    answer(state, global(REGISTRY, 41, "Node", { "media.class": "Stream/Input/Audio", "node.name": "recorder" }));
    const targetOf = (target: string, number: number): boolean =>
      textsOf(bytesOf(judge(state, createObject(number, { ...PLAYING, "target.object": target })))).includes("target.object");
    assert.deepEqual(
      ["speakers", "140", "40", "recorder", "41", "140x"].map((target, index) => targetOf(target, STREAM + index)),
      [true, true, true, false, false, false],
    );
  });

  it("are told of in words that do a terminal no harm", () => {
    const verdict = judge(greeted(), createObject(STREAM, PLAYING, `\u001b[2J\n${"x".repeat(1000)}`));
    assert.ok(verdict.kind === "replace" && verdict.told !== undefined);
    assert.match(verdict.told.because, /^[ -~]{0,140}$/);
  });

  it("have numbers that the server frees, and nobody else", () => {
    const state = greeted();
    judge(state, createObject(STREAM, PLAYING));
    assert.equal(judge(state, getRegistry(STREAM)).kind, "broken", "a number in use");
    const other = greeted();
    judge(other, createObject(STREAM, PLAYING));
    assert.equal(judge(other, destroy(STREAM)).kind, "replace");
    assert.equal(judge(other, send(STREAM, 4, int(1, Pod.BOOL))).kind, "drop", "it is gone");
    assert.equal(judge(structuredClone(other), getRegistry(STREAM)).kind, "broken", "the server has not said so yet");
    assert.equal(answer(other, removeId(STREAM)).kind, "forward");
    assert.equal(judge(other, getRegistry(STREAM)).kind, "replace");
    for (const number of [0, 1, -1]) assert.equal(judge(greeted(), getRegistry(number)).kind, "broken");
  });
});

describe("a stream of the app's own", () => {
  const withStream = (properties: Readonly<Record<string, string>> = PLAYING, policy = PLAYBACK): PipewireState => {
    const state = greeted();
    judge(state, createObject(STREAM, properties), policy);
    return state;
  };

  it("stays what it was made as", () => {
    const changed = textsOf(bytesOf(judge(withStream(), update({ "media.class": "Audio/Sink", "stream.capture.sink": "true", "media.title": "next" }))));
    assert.deepEqual(changed, ["media.title", "next", "media.class", "Stream/Output/Audio", "application.id", "org.example.App"]);
  });

  it("has no inputs where it plays, and no outputs where nothing may be played", () => {
    assert.equal(judge(withStream(), portUpdate(1)).kind, "replace");
    assert.equal(judge(withStream(), portUpdate(0)).kind, "refuse");
    assert.equal(judge(withStream(RECORDING, EVERYTHING), portUpdate(0), EVERYTHING).kind, "replace");
    const mute = { ...EVERYTHING, playback: false };
    assert.equal(judge(withStream(RECORDING, mute), portUpdate(1), mute).kind, "drop");
    assert.deepEqual(textsOf(bytesOf(judge(withStream(), portUpdate(1, { "port.name": "out", "port.physical": "true" })))), ["port.name", "out"]);
  });

  it("tells of formats, and of nothing in the memory of the server", () => {
    const withParam = (param: Uint8Array): Message => send(STREAM, 2, int(1), int(1), param, pod(Pod.NONE, new Uint8Array()));
    const object = (value: Uint8Array): Uint8Array => pod(Pod.OBJECT, Buffer.concat([Buffer.from([3, 0, 4, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]), value]));
    assert.equal(judge(withStream(), withParam(object(int(1)))).kind, "replace");
    assert.equal(judge(withStream(), withParam(object(pod(Pod.POINTER, new Uint8Array(16))))).kind, "broken");
    assert.equal(judge(withStream(), withParam(object(struct(pod(Pod.FD, new Uint8Array(8)))))).kind, "broken");
    assert.equal(judge(withStream(), withParam(int(1))).kind, "broken");
  });

  it("brings no descriptors and no buffers of the app's", () => {
    assert.equal(judge(withStream(), { ...update({}), descriptors: 1 }).kind, "broken");
    assert.equal(judge(withStream(), send(STREAM, 6, int(1), int(0), int(0), int(0))).kind, "refuse");
  });
});

describe("what there is", () => {
  it("is shown where it is an output or says which is the default, microphones where they are granted, and nothing else", () => {
    const shows = (policy: SoundPolicy, type: string, properties: Readonly<Record<string, string>> = {}): boolean =>
      answer(greeted(), global(REGISTRY, 50, type, properties), policy).kind === "forward";
    assert.ok(shows(PLAYBACK, "Core"));
    assert.ok(shows(PLAYBACK, "Node", { "media.class": "Audio/Sink" }));
    assert.ok(shows(PLAYBACK, "Metadata", { "metadata.name": "default" }));
    assert.ok(!shows(PLAYBACK, "Metadata", { "metadata.name": "settings" }));
    assert.ok(!shows(PLAYBACK, "Node", { "media.class": "Audio/Source" }));
    assert.ok(shows(EVERYTHING, "Node", { "media.class": "Audio/Source" }));
    assert.ok(!shows(EVERYTHING, "Node", { "media.class": "Stream/Output/Audio" }));
    for (const type of ["Client", "Module", "Factory", "Port", "Link", "Device", "Profiler"]) assert.ok(!shows(EVERYTHING, type), type);
  });

  it("is bound as what it was shown as, and told of when it goes", () => {
    const state = greeted();
    answer(state, global(REGISTRY, 50, "Node", { "media.class": "Audio/Sink" }));
    answer(state, global(REGISTRY, 51, "Client"));
    const globalOf = (verdict: Verdict): number | undefined => intOf(parsed(bytesOf(verdict)).fields[0]);
    assert.equal(globalOf(judge(state, bind(REGISTRY, 50, "PipeWire:Interface:Node", 3))), 50);
    assert.equal(globalOf(judge(state, bind(REGISTRY, 51, "PipeWire:Interface:Client", 4))), -1);
    assert.equal(globalOf(judge(state, bind(REGISTRY, 50, "PipeWire:Interface:Metadata", 5))), -1);
    const info = (name: string): Message => send(3, 0, int(50), int(0), struct(int(1), text("media.class"), text(name)));
    assert.equal(answer(state, info("Audio/Sink")).kind, "forward");
    assert.equal(judge(state, send(3, 3, int(2, Pod.ID), int(0), int(0))).kind, "refuse", "nobody sets anything of a device");
    assert.equal(answer(state, info("Stream/Output/Audio")).kind, "drop", "the number is another one's by now");
    assert.equal(answer(state, send(REGISTRY, 1, int(51))).kind, "drop");
    assert.equal(answer(state, send(REGISTRY, 1, int(50))).kind, "forward");
    assert.equal(globalOf(judge(state, bind(REGISTRY, 50, "PipeWire:Interface:Node", 6))), -1);
  });

  it("is let go of where the number is another thing's by then: its formats are asked for and told no more", () => {
    const info = (...properties: readonly string[]): Message => send(3, 0, int(50), int(0), struct(int(properties.length / 2), ...properties.map(text)));
    const [ask, tell] = [
      send(3, 2, int(1), int(3, Pod.ID), int(0), int(9), pod(Pod.NONE, new Uint8Array())),
      send(3, 1, int(1), int(3, Pod.ID), int(0), int(1)),
    ];
    const told = (policy: SoundPolicy, ...properties: readonly string[]): readonly string[] => {
      const state = greeted();
      answer(state, global(REGISTRY, 50, "Node", { "media.class": "Audio/Sink" }), policy);
      judge(state, bind(REGISTRY, 50, "PipeWire:Interface:Node", 3), policy);
      assert.equal(judge(state, ask, policy).kind, "replace", "nobody knows yet");
      assert.equal(answer(state, tell, policy).kind, "drop");
      const first = answer(state, info(...properties), policy).kind;
      // What changes later need not say what it is.
      return [first, answer(state, info(), policy).kind, answer(state, tell, policy).kind, judge(state, ask, policy).kind];
    };
    const SHOWN = ["forward", "forward", "forward", "replace"];
    const GONE = ["drop", "drop", "drop", "drop"];
    assert.deepEqual(told(PLAYBACK, "media.class", "Audio/Sink"), SHOWN);
    assert.deepEqual(told(EVERYTHING, "media.class", "Audio/Source"), SHOWN);
    for (const name of ["Audio/Source", "Stream/Output/Audio", "Video/Source", "Audio/Sink/Internal"])
      assert.deepEqual(told(PLAYBACK, "media.class", name), GONE, name);
    assert.deepEqual(told(EVERYTHING), GONE, "a thing without a class");
    const state = greeted();
    answer(state, global(REGISTRY, 50, "Node", { "media.class": "Audio/Sink" }));
    judge(state, bind(REGISTRY, 50, "PipeWire:Interface:Node", 3));
    answer(state, info());
    assert.equal(judge(state, destroy(3)).kind, "drop");
    assert.equal(answer(state, removeId(3)).kind, "forward", "the number is free once the server says so");
  });

  it("is destroyed by nobody, and no permission is the app's to give", () => {
    const state = greeted();
    assert.equal(judge(state, send(REGISTRY, 2, int(50))).kind, "refuse");
    for (const method of [1, 3, 4, 5]) assert.equal(judge(state, send(1, method, int(0))).kind, "refuse");
    assert.deepEqual(textsOf(bytesOf(judge(state, send(1, 2, dict({ "application.name": "x", "pipewire.access": "unrestricted" }))))), [
      ...["application.name", "x", "application.id", "org.example.App"],
    ]);
  });

  it("is told of by the entries about defaults alone", () => {
    const state = greeted();
    answer(state, global(REGISTRY, 60, "Metadata", { "metadata.name": "default" }));
    judge(state, bind(REGISTRY, 60, "PipeWire:Interface:Metadata", 3));
    const entry = (subject: number, key: string): Message => send(3, 0, int(subject), text(key), text("Spa:String:JSON"), text("{}"));
    assert.equal(answer(state, entry(0, "default.audio.sink")).kind, "forward");
    assert.equal(answer(state, entry(0, "route.settings")).kind, "drop");
    assert.equal(answer(state, entry(70, "target.object")).kind, "drop");
    assert.equal(judge(state, send(3, 1, int(0), text("default.audio.sink"), text(""), text("x"))).kind, "refuse");
  });
});

it("whatever an app sends, nothing of it goes on but what was written anew", () => {
  const value = fc.oneof(
    fc.integer({ min: -2, max: 80 }).map((number) => int(number)),
    fc.constantFrom("client-node", "adapter", "PipeWire:Interface:Node", "PipeWire:Interface:ClientNode", "media.class").map(text),
    fc.record({ type: fc.integer({ min: 0, max: 22 }), body: fc.uint8Array({ maxLength: 24 }) }).map(({ type, body }) => pod(type, body)),
    fc.constant(dict(PLAYING)),
  );
  const message = fc.record({ object: fc.integer({ min: 0, max: 6 }), opcode: fc.integer({ min: 0, max: 8 }), fields: fc.array(value, { maxLength: 6 }) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
      const state = greeted();
      for (const { object, opcode, fields } of messages) {
        const verdict = judge(state, send(object, opcode, ...fields));
        assert.notEqual(verdict.kind, "forward");
        if (verdict.kind === "replace") assert.ok(parseMessage(verdict.bytes, 0, lengthAt(verdict.bytes, 0)) !== undefined);
        if (verdict.kind === "broken") return;
      }
    }),
    { numRuns: 1_000 },
  );
});

it("bytes that are no message are none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 80 }), (bytes) => {
      const message = parseMessage(bytes, 0, bytes.length);
      if (message !== undefined) judge(greeted(), { ...message, descriptors: 0 });
    }),
    { numRuns: 2_000 },
  );
  assert.equal(parseMessage(encodeMessage({ object: 0, opcode: 1, sequence: 0 }, int(3)), 0, 32), undefined);
});
