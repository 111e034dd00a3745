// The verdict over what an app says of its own stream and the ports of it: formats pass as they are, properties by the list, and no port of the other direction.
import { copyOf, int, intOf, fieldsOf, isPlain, Pod, propertyFields, type Properties, readProperties, struct, type Value } from "./pod.ts";
import { mayPlay } from "./policy.ts";
import { portProperties, streamProperties } from "./properties.ts";
import type { Judging } from "./judge-app.ts";
import { broken, DROP, type Verdict } from "./state.ts";

const INPUT = 0;
const OUTPUT = 1;

/** ClientNode.Update: what changed, formats and controls, then perhaps what the node is. */
export function judgeStream({ state, policy, message, proxy, anew, refuse }: Judging): Verdict {
  const { direction } = proxy;
  if (direction === undefined) return refuse("it is no stream");
  const parts = readUpdate(message.fields, 1, 4);
  if (parts === undefined) return broken("ClientNode.Update: malformed values");
  const { numbers, params, info } = parts;
  if (info === undefined) return anew(...numbers, ...params, none());
  const [inputs, outputs, ...head] = info.head as [Value, Value, Value, Value];
  const ports = [direction === "playback" ? int(0) : copyOf(inputs), mayPlay(policy) ? copyOf(outputs) : int(0)];
  const properties = streamProperties(info.properties, proxy, policy, state);
  // Without properties nothing is said of them.
  const list = info.properties.size === 0 ? new Map() : properties;
  return anew(...numbers, ...params, struct(...ports, ...head.map(copyOf), ...propertyFields(list), ...info.rest));
}

/** ClientNode.PortUpdate: direction, number, what changed, formats, then perhaps what the port is. */
export function judgePort({ policy, message, proxy, anew, refuse }: Judging): Verdict {
  const parts = readUpdate(message.fields, 3, 4);
  const way = intOf(message.fields[0]);
  if (parts === undefined || (way !== INPUT && way !== OUTPUT)) return broken("ClientNode.PortUpdate: malformed values");
  if (proxy.direction === undefined || (proxy.direction === "playback" && way === INPUT)) return refuse("a stream that plays has no inputs");
  // Recorders have one too, which nobody listens to.
  if (proxy.direction !== "playback" && way === OUTPUT && !mayPlay(policy)) return DROP;
  const { numbers, params, info } = parts;
  if (info === undefined) return anew(...numbers, ...params, none());
  return anew(...numbers, ...params, struct(...info.head.map(copyOf), ...propertyFields(portProperties(info.properties)), ...info.rest));
}

interface Update {
  readonly numbers: readonly Uint8Array[];
  /** With their count before them. */
  readonly params: readonly Uint8Array[];
  readonly info: { readonly head: readonly Value[]; readonly properties: Properties; readonly rest: readonly Uint8Array[] } | undefined;
}

const SIMPLE = [Pod.INT, Pod.LONG] as readonly number[];

/** `numbers` before the formats, `head` numbers before the properties. */
function readUpdate(fields: readonly Value[], numbers: number, head: number): Update | undefined {
  const first = fields.slice(0, numbers);
  const count = intOf(fields[numbers]);
  if (count === undefined || count < 0 || fields.length < numbers + 1 + count + 1) return undefined;
  const params = fields.slice(numbers + 1, numbers + 1 + count);
  if (!first.every(({ type }) => type === Pod.INT) || !params.every((param) => isParam(param))) return undefined;
  const made = { numbers: first.map(copyOf), params: [int(count), ...params.map(copyOf)] };
  const last = fields[numbers + 1 + count] as Value;
  if (last.type === Pod.NONE) return { ...made, info: undefined };
  const inside = fieldsOf(last);
  const read = inside === undefined ? undefined : readProperties(inside, head);
  if (inside === undefined || read === undefined) return undefined;
  const begin = inside.slice(0, head);
  const rest = inside.slice(read.next);
  if (!begin.every(({ type }) => SIMPLE.includes(type)) || !rest.every(({ type }) => type === Pod.ID || type === Pod.INT)) return undefined;
  return { ...made, info: { head: begin, properties: read.properties, rest: rest.map(copyOf) } };
}

function isParam(value: Value): boolean {
  return value.type === Pod.NONE || (value.type === Pod.OBJECT && isPlain(value));
}

function none(): Uint8Array {
  return new Uint8Array([0, 0, 0, 0, Pod.NONE, 0, 0, 0]);
}
