// Objects that an app names to others, as `(so)`: who reads the accessibility bus takes what is said of an object for the object's own word, whoever says it
// (libatspi, Cache.AddAccessible and GetItems), so that an app could rename the buttons of another program.
import { BUS_NAME, type MessageHeader, MessageType } from "../wire/message.ts";
import { readBody, type Value, type VariantValue } from "../wire/reader.ts";
import { endOfType } from "../wire/signature.ts";
import type { Incoming, Judging } from "./outcome.ts";

const REFERENCE = "(so)";
const CONTAINER = /[(v]/;
/** Lists of objects, where a parent may be somebody else's. */
const CACHE = "org.a11y.atspi.Cache";
/** Of an answer: a list of all objects of a program. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Whether the body must be whole before it is known whom the message speaks of. */
export function mayNameOthers({ policy }: Judging, { type, destination, signature }: MessageHeader): boolean {
  if (policy.source.ownReferences === undefined || (type !== MessageType.SIGNAL && type !== MessageType.RETURN) || destination === BUS_NAME) return false;
  return signature.includes(REFERENCE) || signature.includes("v");
}

/** The first name of an object that is none of the app's; undefined where there is none. */
export function nameOfOther(judging: Judging, { header, bytes, at }: Incoming): string | undefined {
  if (!mayNameOthers(judging, header)) return undefined;
  const values = readBody(bytes, at + header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, judging.texts) ?? [];
  const mayHaveParents = header.type === MessageType.RETURN || header.interface === CACHE;
  for (const { name, isSubject } of referencesIn(header.signature, values)) {
    if (name === "" || name === judging.state.uniqueName || judging.isOwnPeer(name)) continue;
    if (isSubject || !mayHaveParents || !isBeside(judging, name)) return name;
  }
  return undefined;
}

/** Whoever the objects of all programs hang from. */
function isBeside({ policy, state }: Judging, name: string): boolean {
  return policy.source.ownReferences?.beside.some((one) => one === name || state.peers.ownerOf(one) === name) === true;
}

interface Reference {
  readonly name: string;
  /** What stands behind it is said of it. */
  readonly isSubject: boolean;
}

/** Of any number of complete types, one behind the other. */
function* referencesIn(types: string, values: readonly Value[], inStruct = false): Generator<Reference> {
  let next = 0;
  for (const [index, value] of values.entries()) {
    const end = endOfType(types, next);
    yield* referencesOf(types.slice(next, end), value, inStruct && index === 0);
    next = end;
  }
}

function* referencesOf(type: string, value: Value, isSubject: boolean): Generator<Reference> {
  if (!CONTAINER.test(type)) return;
  if (type === REFERENCE) yield { name: (value as readonly [string, string])[0], isSubject };
  else if (type === "v") yield* referencesOf((value as VariantValue).signature, (value as VariantValue).value, false);
  else if (type.startsWith("a{")) for (const pair of value as readonly (readonly Value[])[]) yield* referencesIn(type.slice(2, -1), pair);
  else if (type.startsWith("a")) for (const item of value as readonly Value[]) yield* referencesOf(type.slice(1), item, false);
  else yield* referencesIn(type.slice(1, -1), value as readonly Value[], true);
}
