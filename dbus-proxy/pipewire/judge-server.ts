// The verdict over each message of PipeWire to an app, and what is learnt from it: which numbers are free again, and what there is that the app may see. Pure.
import type { Message } from "./message.ts";
import { cameraOf, isCameraPolicy, isClassOfCamera, type PipewirePolicy } from "./policy.ts";
import { fieldsOf, intOf, Pod, type Properties, readProperties, textOf } from "./pod.ts";
import type { SoundPolicy } from "../pulse/policy.ts";
import { broken, type Direction, DROP, FORWARD, type Held, type PipewireState, type Shown, type Verdict } from "./state.ts";

const REMOVE_ID = 4;
const GLOBAL = 0;
const GLOBAL_REMOVE = 1;
const PROPERTY = 0;
const INFO = 0;
const MAX_SHOWN = 4096;

/** Events of objects that are told whole, by kind: which ones. */
const TOLD: Readonly<Record<string, (opcode: number) => boolean>> = {
  core: () => true,
  // Permissions are no affair of the app.
  client: (opcode) => opcode === INFO,
  "own-node": () => true,
  "client-node": () => true,
};

export function judgeServerMessage(state: PipewireState, policy: PipewirePolicy, message: Message): Verdict {
  const proxy = state.proxies.get(message.object);
  if (proxy === undefined) return DROP;
  if (proxy.kind === "core" && message.opcode === REMOVE_ID) return removeId(state, message);
  if (proxy.isDying) return DROP;
  if (proxy.kind === "registry") return judgeGlobal(state, policy, message);
  if (proxy.kind === "node") return judgeNode(proxy, message, policy);
  if (proxy.kind === "metadata") return isOfDefaults(message) ? FORWARD : DROP;
  return TOLD[proxy.kind]?.(message.opcode) === true ? FORWARD : DROP;
}

function removeId(state: PipewireState, message: Message): Verdict {
  const number = intOf(message.fields[0]);
  if (number === undefined) return broken("RemoveId: malformed values");
  if (number > 0) state.proxies.delete(number);
  return FORWARD;
}

function judgeGlobal(state: PipewireState, policy: PipewirePolicy, message: Message): Verdict {
  const id = intOf(message.fields[0]);
  if (id === undefined) return broken("a global without a number");
  if (message.opcode === GLOBAL_REMOVE) return state.shown.delete(id) ? FORWARD : DROP;
  if (message.opcode !== GLOBAL) return DROP;
  const type = textOf(message.fields[2]);
  const list = fieldsOf(message.fields[4]);
  const properties = list === undefined ? undefined : readProperties(list, 0)?.properties;
  if (type === undefined || properties === undefined) return broken("a global: malformed values");
  const shown = state.shown.size < MAX_SHOWN ? shownAs(type, properties, id, policy) : undefined;
  // A number that now is something else.
  state.shown.delete(id);
  if (shown === undefined) return DROP;
  state.shown.set(id, shown);
  return FORWARD;
}

/** Devices to play on, those to record from where that is granted, and which of them are the user's choice; or cameras and nothing else. */
function shownAs(type: string, properties: Properties, id: number, policy: PipewirePolicy): Shown | undefined {
  const names = [String(id), properties.get("object.serial"), properties.get("node.name")].filter((name) => name !== undefined);
  switch (type) {
    case "PipeWire:Interface:Core":
      return { type, names: [] };
    case "PipeWire:Interface:Metadata":
      return properties.get("metadata.name") === "default" && !isCameraPolicy(policy) ? { type, names: [] } : undefined;
    case "PipeWire:Interface:Node": {
      if (isCameraPolicy(policy)) {
        const camera = cameraOf(id, properties);
        return camera === undefined ? undefined : { type, names: [], camera };
      }
      const takes = takenBy(properties, policy);
      return takes === undefined ? undefined : { type, takes, names };
    }
    default:
      return undefined;
  }
}

/** The streams that a device is for, where the app may have such. */
function takenBy(properties: Properties, policy: SoundPolicy): Direction | undefined {
  switch (properties.get("media.class")) {
    case "Audio/Sink":
      return "playback";
    case "Audio/Source":
      return policy.microphone && policy.monitor ? "capture" : undefined;
    default:
      return undefined;
  }
}

/**
 * What the server says first of a bound node is what it is. INVARIANT: one that was bound by a number which has become somebody else's meanwhile is as good as
 * destroyed: nothing more is said of it, and nothing to it.
 */
function judgeNode(proxy: Held, { opcode, fields }: Message, policy: PipewirePolicy): Verdict {
  if (opcode !== INFO) return proxy.isDevice === true ? FORWARD : DROP;
  const list = fieldsOf(fields.find(({ type }) => type === Pod.STRUCT));
  const properties = (list === undefined ? undefined : readProperties(list, 0)?.properties) ?? new Map();
  // A later word of what changed need not say it again.
  if (properties.has("media.class") || proxy.isDevice === undefined) proxy.isDevice = isDevice(properties, policy);
  if (!proxy.isDevice) proxy.isDying = true;
  return proxy.isDying ? DROP : FORWARD;
}

function isDevice(properties: Properties, policy: PipewirePolicy): boolean {
  return isCameraPolicy(policy) ? isClassOfCamera(properties) : takenBy(properties, policy) !== undefined;
}

/** A default device, which is of nobody in particular; other entries are about streams. */
function isOfDefaults({ opcode, fields }: Message): boolean {
  return opcode === PROPERTY && intOf(fields[0]) === 0 && (textOf(fields[1])?.startsWith("default.") ?? false);
}
