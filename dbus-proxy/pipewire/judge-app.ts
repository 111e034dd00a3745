// The verdict over each message of an app to PipeWire. Pure. Every message that goes on is written anew from what was read: what the server reads is what was judged.
import { encodeMessage, type Message } from "./message.ts";
import { copyOf, fieldsOf, int, intOf, isPlain, Pod, type Properties, propertyFields, readProperties, struct, text, textOf, type Value } from "./pod.ts";
import { cameraAskedFor, isCameraPolicy, type PipewirePolicy, whyNoStream } from "./policy.ts";
import { clientProperties, directionOf, streamProperties } from "./properties.ts";
import { broken, CLIENT_PROXY, CORE_PROXY, DROP, type Kind, type PipewireState, type Held, type Verdict } from "./state.ts";
import { judgePort, judgeStream } from "./judge-stream.ts";

/** The protocol of PipeWire 0.3 and later. */
const MIN_VERSION = 3;
const MAX_VERSION = 4;
/** Of the interface of a stream. Below it the server has another one, with messages of its own; above it the messages are the same. */
const STREAM_VERSION = 3;
const MAX_PROXIES = 1024;
/** No global has it, and no factory that name: the server itself refuses, and frees the number. */
const NO_GLOBAL = -1;
const NO_FACTORY = "refused";
const EACCES = 13;
const MAX_NAME_LENGTH = 64;
const CORE_ERROR = 3;

export interface Judging {
  readonly state: PipewireState;
  readonly policy: PipewirePolicy;
  readonly message: Message;
  readonly proxy: Held;
  /** The message, with these fields. */
  anew(...fields: readonly Uint8Array[]): Verdict;
  refuse(because: string): Verdict;
}

/** A method that may be sent, by the kind of its object and its number. */
type Method = (judging: Judging) => Verdict;

const METHODS: Readonly<Record<Kind, Readonly<Record<number, readonly [name: string, method: Method]>>>> = {
  core: {
    1: ["Core.Hello", hello],
    2: ["Core.Sync", numbers(2)],
    3: ["Core.Pong", aboutOwn],
    4: ["Core.Error", aboutOwn],
    5: ["Core.GetRegistry", getRegistry],
    6: ["Core.CreateObject", createObject],
    7: ["Core.Destroy", destroy],
  },
  client: { 2: ["Client.UpdateProperties", updateClient] },
  registry: { 1: ["Registry.Bind", bind] },
  // What a device can do, and in which formats. It is set by nobody here.
  node: { 1: ["Node.SubscribeParams", plain], 2: ["Node.EnumParams", plain] },
  "own-node": { 1: ["Node.SubscribeParams", plain], 2: ["Node.EnumParams", plain] },
  metadata: {},
  "client-node": {
    1: ["ClientNode.GetNode", getNode],
    2: ["ClientNode.Update", judgeStream],
    3: ["ClientNode.PortUpdate", judgePort],
    4: ["ClientNode.SetActive", flag],
  },
};

export function judgeAppMessage(state: PipewireState, policy: PipewirePolicy, message: Message): Verdict {
  if (message.descriptors > 0) return broken("an app has no descriptors to give");
  const proxy = state.proxies.get(message.object);
  // The server would not know it either: it said so already, or the app destroyed it.
  if (proxy === undefined || proxy.isDying) return DROP;
  const [name, method] = METHODS[proxy.kind][message.opcode] ?? [`${proxy.kind}, method ${message.opcode}`, undefined];
  if (!state.greeted && method !== hello) return broken("the first message is no greeting");
  const judging: Judging = {
    state,
    policy,
    message,
    proxy,
    anew: (...fields) => ({ kind: "replace", bytes: encodeMessage(message, struct(...fields)) }),
    refuse: (because) => ({
      kind: "refuse",
      bytes: encodeMessage(
        { object: CORE_PROXY, opcode: CORE_ERROR, sequence: 0 },
        struct(int(message.object), int(message.sequence | 0), int(-EACCES), text(`refused: ${because}`)),
      ),
      told: { message: name, because },
    }),
  };
  return method === undefined ? judging.refuse("no app may send it") : method(judging);
}

function hello({ state, message, anew }: Judging): Verdict {
  const version = intOf(message.fields[0]);
  // A second one would begin anew, behind our back.
  if (state.greeted) return broken("a second greeting");
  if (version === undefined || version < MIN_VERSION) return broken("a protocol older than version 3");
  state.greeted = true;
  state.proxies.set(CLIENT_PROXY, { kind: "client", isDying: false });
  return anew(int(Math.min(version, MAX_VERSION)));
}

/** Nothing but so many numbers, which mean nothing to anybody else. */
function numbers(count: number): Method {
  return ({ message, anew }) => {
    const values = message.fields.slice(0, count).map((field) => intOf(field));
    if (values.length < count || values.includes(undefined)) return broken("a number is missing");
    return anew(...values.map((value) => int(value as number)));
  };
}

function flag({ message, anew }: Judging): Verdict {
  const value = intOf(message.fields[0]);
  return value === undefined ? broken("a flag is missing") : anew(int(value === 0 ? 0 : 1, Pod.BOOL));
}

/** Pong and Error: about an object of this connection, which the server looks up. */
function aboutOwn({ state, message, anew, refuse }: Judging): Verdict {
  const [object, ...rest] = message.fields.slice(0, message.opcode === 3 ? 2 : 3).map((field) => intOf(field));
  if (object === undefined || rest.length === 0 || rest.includes(undefined)) return broken("a number is missing");
  const proxy = state.proxies.get(object);
  if (proxy === undefined || proxy.isDying) return DROP;
  if (message.opcode === 4 && proxy.kind !== "client-node") return refuse("errors of its own streams are the app's to tell");
  const said = message.opcode === 3 ? [] : [text((textOf(message.fields[3]) ?? "").slice(0, 200))];
  return anew(int(object), ...rest.map((value) => int(value as number)), ...said);
}

/** Takes a number for a new proxy. What the server will refuse is dying from the start. */
function take(state: PipewireState, number: number | undefined, proxy: Omit<Held, "isDying">, isDying = false): boolean {
  if (number === undefined || number <= CLIENT_PROXY || state.proxies.has(number) || state.proxies.size >= MAX_PROXIES) return false;
  state.proxies.set(number, { ...proxy, isDying });
  return true;
}

const TAKEN = broken("a number for a new object that is taken, or too many objects");

function getRegistry({ state, message, anew }: Judging): Verdict {
  const number = intOf(message.fields[1]);
  return take(state, number, { kind: "registry" }) ? anew(int(MIN_VERSION), int(number as number)) : TAKEN;
}

function getNode({ state, message, anew }: Judging): Verdict {
  const number = intOf(message.fields[1]);
  return take(state, number, { kind: "own-node" }) ? anew(int(MIN_VERSION), int(number as number)) : TAKEN;
}

function bind({ state, message, anew }: Judging): Verdict {
  const [id, type, version, number] = [intOf(message.fields[0]), textOf(message.fields[1]), intOf(message.fields[2]), intOf(message.fields[3])];
  if (id === undefined || type === undefined || version === undefined) return broken("Bind: malformed values");
  const shown = state.shown.get(id);
  const kind = shown?.type === type ? BOUND[type] : undefined;
  // Whatever comes of it, the server answers under that number.
  if (!take(state, number, { kind: kind ?? "metadata" }, kind === undefined)) return TAKEN;
  const verdict = anew(int(kind === undefined ? NO_GLOBAL : id), text(type), int(MIN_VERSION), int(number as number));
  return kind === undefined ? told(verdict, "Registry.Bind", `it is shown nothing of this kind with this number: ${shortly(type)}`) : verdict;
}

const BOUND: Readonly<Record<string, Kind>> = { "PipeWire:Interface:Node": "node", "PipeWire:Interface:Metadata": "metadata" };

function told(verdict: Verdict, message: string, because: string): Verdict {
  return verdict.kind === "replace" ? { ...verdict, told: { message, because } } : verdict;
}

function createObject({ state, policy, message, anew }: Judging): Verdict {
  const [factory, type, version] = [textOf(message.fields[0]), textOf(message.fields[1]), intOf(message.fields[2])];
  const read = readList(message.fields[3]);
  const number = intOf(message.fields[4]);
  if (factory === undefined || type === undefined || version === undefined || read === undefined) return broken("CreateObject: malformed values");
  const stream = streamOf(read, state, policy);
  const whyNot =
    factory !== "client-node" || type !== "PipeWire:Interface:ClientNode" || version < STREAM_VERSION
      ? `an app makes streams of its own alone, no \`${shortly(factory)}\``
      : typeof stream === "string"
        ? stream
        : "";
  const isRefused = whyNot !== "" || typeof stream === "string";
  if (!take(state, number, { kind: "client-node", ...(typeof stream === "string" ? {} : stream) }, isRefused)) return TAKEN;
  const rest = (properties: ReadonlyMap<string, string>) => [
    text("PipeWire:Interface:ClientNode"),
    int(version),
    struct(...propertyFields(properties)),
    int(number as number),
  ];
  if (isRefused) return told(anew(text(NO_FACTORY), ...rest(new Map())), "Core.CreateObject", whyNot);
  return anew(text("client-node"), ...rest(streamProperties(read, stream, policy, state)));
}

/** What the stream is to be, or why there is to be none. */
function streamOf(read: Properties, state: PipewireState, policy: PipewirePolicy): Pick<Held, "direction" | "camera"> | string {
  const direction = directionOf(read);
  if (direction === undefined) return `no \`${shortly(read.get("media.class") ?? "")}\`, but streams of ${isCameraPolicy(policy) ? "cameras" : "sound"} alone`;
  const whyNot = whyNoStream(policy, direction);
  if (whyNot !== "" || !isCameraPolicy(policy)) return whyNot === "" ? { direction } : whyNot;
  const shown = [...state.shown.values()].flatMap(({ camera }) => camera ?? []);
  const camera = cameraAskedFor(read, [...policy.cameras, ...shown]);
  return camera === undefined ? "there is no such camera" : { direction, camera };
}

/** Of what an app calls a thing, for a log that a user reads on a terminal. */
function shortly(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).replace(/[^\w.:/-]/g, "?");
}

function readList(value: Value | undefined): ReadonlyMap<string, string> | undefined {
  const fields = fieldsOf(value);
  return fields === undefined ? undefined : readProperties(fields, 0)?.properties;
}

function destroy({ state, message, anew, refuse }: Judging): Verdict {
  const number = intOf(message.fields[0]);
  const proxy = number === undefined ? undefined : state.proxies.get(number);
  if (number === undefined || proxy === undefined || proxy.isDying) return DROP;
  if (number <= CLIENT_PROXY) return refuse("the connection's own objects stay");
  proxy.isDying = true;
  return anew(int(number));
}

function updateClient({ policy, message, anew }: Judging): Verdict {
  const read = readList(message.fields[0]);
  if (read === undefined) return broken("UpdateProperties: malformed values");
  return anew(struct(...propertyFields(clientProperties(read, policy))));
}

function plain({ message, anew }: Judging): Verdict {
  return message.fields.every((field) => isPlain(field)) ? anew(...message.fields.map(copyOf)) : broken("a value that no app sends");
}
