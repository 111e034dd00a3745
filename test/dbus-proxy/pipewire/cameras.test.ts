// The verdict over messages on a connection that is for cameras alone.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeAppMessage } from "../../../dbus-proxy/pipewire/judge-app.ts";
import { judgeServerMessage } from "../../../dbus-proxy/pipewire/judge-server.ts";
import type { Message } from "../../../dbus-proxy/pipewire/message.ts";
import { int, Pod, pod, propertyFields, struct, text } from "../../../dbus-proxy/pipewire/pod.ts";
import type { CameraPolicy } from "../../../dbus-proxy/pipewire/policy.ts";
import { newPipewireState, type PipewireState, type Verdict } from "../../../dbus-proxy/pipewire/state.ts";
import type { SoundPolicy } from "../../../dbus-proxy/pulse/policy.ts";
import { asProperties, bind, createObject, getRegistry, global, hello, PLAYING, RECORDING, send, textsOf } from "./messages.ts";

const POLICY: CameraPolicy = { appId: "org.example.App", cameras: [{ serial: "140", id: "40", names: ["front"] }] };
const SOUND: SoundPolicy = { appId: "org.example.App", playback: true, microphone: true, monitor: true };
const REGISTRY = 2;
const STREAM = 3;
const FILMING = { "media.class": "Stream/Input/Video", "media.role": "Camera" } as const;
const CAMERA = { "media.class": "Video/Source", "media.role": "Camera" } as const;
const BOUND = { "media.type": "Video", "node.dont-reconnect": "true", "node.dont-fallback": "true", "node.dont-move": "true" } as const;

const answer = (state: PipewireState, message: Message): Verdict => judgeServerMessage(state, POLICY, message);

function greeted(): PipewireState {
  const state = newPipewireState();
  for (const message of [hello(), getRegistry(REGISTRY)]) judgeAppMessage(state, POLICY, message);
  return state;
}

/** What the server is told of a new stream: its factory, and its properties by name. */
function made(state: PipewireState, properties: Readonly<Record<string, string>>, policy: CameraPolicy | SoundPolicy = POLICY, number = STREAM) {
  const verdict = judgeAppMessage(state, policy, createObject(number, properties));
  assert.ok(verdict.kind === "replace", JSON.stringify(verdict));
  const [factory, , ...rest] = textsOf(verdict.bytes);
  return { factory, because: verdict.told?.because, properties: Object.fromEntries(rest.flatMap((key, at) => (at % 2 === 0 ? [[key, rest[at + 1]]] : []))) };
}

describe("a connection for cameras", () => {
  it("makes streams from a camera, bound to that one, and no others", () => {
    assert.deepEqual(made(greeted(), { ...FILMING, "stream.capture.sink": "true", "node.dont-reconnect": "false" }), {
      factory: "client-node",
      because: undefined,
      properties: { ...FILMING, ...BOUND, "target.object": "140", "application.id": "org.example.App" },
    });
    for (const properties of [PLAYING, RECORDING, CAMERA, { "media.class": "Stream/Output/Video" }, {}]) {
      assert.equal(made(greeted(), properties).factory, "refused", JSON.stringify(properties));
    }
    assert.match(made(greeted(), FILMING, SOUND).because ?? "", /for sound alone/);
  });

  it("asks for a camera by serial, number or name, and for nothing that is none", () => {
    const state = greeted();
    answer(state, global(REGISTRY, 41, "Node", { ...CAMERA, "node.name": "back", "object.serial": "141" }));
    answer(state, global(REGISTRY, 42, "Node", { "media.class": "Video/Source", "node.name": "screen", "object.serial": "142" }));
    answer(state, global(REGISTRY, 43, "Node", { "media.class": "Audio/Source", "media.role": "Camera", "node.name": "microphone", "object.serial": "143" }));
    const targets = (key: string, ...wanted: readonly string[]): readonly unknown[] =>
      wanted.map((target) => made(structuredClone(state), { ...FILMING, [key]: target }).properties["target.object"]);
    assert.deepEqual(targets("target.object", "140", "141", "front", "back", "40", "41"), ["140", "141", "140", "141", undefined, undefined]);
    assert.deepEqual(targets("node.target", "40", "41", "front", "back", "140", "141"), ["140", "141", "140", "141", undefined, undefined]);
    for (const key of ["target.object", "node.target"])
      assert.deepEqual(targets(key, "screen", "142", "42", "microphone", "143", "-1", ""), Array(7).fill(undefined));
    assert.equal(made(greeted(), FILMING, { ...POLICY, cameras: [] }).because, "there is no such camera");
  });

  it("keeps a stream at its camera, whatever it says of itself later", () => {
    const state = greeted();
    made(state, FILMING);
    const later = { "target.object": "142", "media.class": "Video/Source", "node.dont-reconnect": "false", "media.title": "next" };
    const long = pod(Pod.LONG, new Uint8Array(8));
    const info = struct(int(1), int(1), long, long, ...propertyFields(asProperties(later)), int(0));
    const verdict = judgeAppMessage(state, POLICY, send(STREAM, 2, int(3), int(0), info));
    assert.ok(verdict.kind === "replace");
    const texts = textsOf(verdict.bytes);
    assert.deepEqual([texts[texts.indexOf("target.object") + 1], texts[texts.indexOf("media.class") + 1]], ["140", "Stream/Input/Video"]);
    assert.ok(!texts.includes("142") && !texts.includes("false"));
    const port = (way: number): Message => send(STREAM, 3, int(way), int(0), int(3), int(0), struct(int(1), int(0), int(0), int(1), int(0), int(0)));
    assert.deepEqual([judgeAppMessage(state, POLICY, port(0)).kind, judgeAppMessage(state, POLICY, port(1)).kind], ["replace", "drop"], "it has no outputs");
  });

  it("shows cameras that have a serial, and nothing else", () => {
    const shows = (type: string, properties: Readonly<Record<string, string>> = {}): boolean =>
      answer(greeted(), global(REGISTRY, 50, type, properties)).kind === "forward";
    assert.ok(shows("Core"));
    assert.ok(shows("Node", { ...CAMERA, "object.serial": "1" }));
    assert.ok(!shows("Node", CAMERA));
    assert.ok(!shows("Node", { ...CAMERA, "object.serial": "screen" }));
    for (const name of ["Audio/Sink", "Audio/Source", "Video/Source", "Stream/Output/Video"])
      assert.ok(!shows("Node", { "media.class": name, "object.serial": "1" }), name);
    assert.ok(!shows("Metadata", { "metadata.name": "default" }));
    for (const type of ["Client", "Module", "Factory", "Port", "Link", "Device", "Profiler"]) assert.ok(!shows(type), type);
  });

  it("tells nothing of a thing that has a camera's number by now", () => {
    const state = greeted();
    answer(state, global(REGISTRY, 50, "Node", { ...CAMERA, "object.serial": "1" }));
    judgeAppMessage(state, POLICY, bind(REGISTRY, 50, "PipeWire:Interface:Node", STREAM));
    const info = (properties: Readonly<Record<string, string>>): Message => send(STREAM, 0, int(50), struct(...propertyFields(asProperties(properties))));
    assert.equal(answer(state, info(CAMERA)).kind, "forward");
    assert.equal(judgeAppMessage(state, POLICY, send(STREAM, 3, int(2, Pod.ID), int(0), text("x"))).kind, "refuse", "nobody sets anything of a camera");
    assert.equal(answer(state, info({ "media.class": "Video/Source", "media.role": "Screen" })).kind, "drop");
    assert.equal(answer(state, info({ "media.class": "Audio/Source" })).kind, "drop");
  });
});
