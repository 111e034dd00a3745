// Messages of an app whose names are called otherwise on the bus: written anew on the way out, before they are judged, and on the way in, after that. All that is
// judged and remembered speaks of the bus' names.
import { encodeMatchRule, type MatchRule, parseMatchRule } from "../match-rule.ts";
import { BUS_METHODS } from "../policy/bus-methods.ts";
import type { NameAliases } from "../policy/name-aliases.ts";
import { BUS_NAME, type MessageHeader, MessageType } from "../wire/message.ts";
import { firstString, readBody } from "../wire/reader.ts";
import { encodeHeader, encodeMessage } from "../wire/writer.ts";
import type { Incoming, Judging, Outcome } from "./outcome.ts";

/** Whether the message must be there as a whole, since it is written anew. */
export function aliasNeedsBody({ policy: { aliases } }: Judging, { destination }: MessageHeader): boolean {
  return aliases !== undefined && destination !== "" && aliases.outside(destination) !== destination;
}

/** The same message in the bus' names; undefined where it is the same. */
export function withOutsideNames(judging: Judging, message: Incoming): Incoming | undefined {
  const { aliases } = judging.policy;
  if (aliases === undefined) return undefined;
  const { header } = message;
  if (header.destination === BUS_NAME) return header.type === MessageType.CALL ? busCallOutside(judging, aliases, message) : undefined;
  const destination = aliases.outside(header.destination);
  if (destination === header.destination) return undefined;
  const { bytes, at } = message;
  const body = bytes.subarray(at + header.headerBytes, at + header.headerBytes + header.bodyBytes);
  return replaced(message, encodeHeader({ ...header, destination }, body), { ...header, destination });
}

/** A signal of the bus about one of the app's names. */
export function withInsideName({ policy: { aliases }, texts }: Judging, message: Incoming): Outcome {
  const { header, bytes, at } = message;
  const args = readBody(bytes, at + header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, texts);
  const name = args?.[0];
  if (aliases === undefined || args === undefined || typeof name !== "string" || aliases.inside(name) === name) return "forward";
  return encodeMessage(header, [aliases.inside(name), ...args.slice(1)]);
}

/** Signals that the bus sends to the connection alone. */
export function isOwnNameSignal({ type, sender, member, signature }: MessageHeader): boolean {
  return type === MessageType.SIGNAL && sender === BUS_NAME && signature === "s" && (member === "NameAcquired" || member === "NameLost");
}

function busCallOutside(judging: Judging, aliases: NameAliases, message: Incoming): Incoming | undefined {
  const { header, bytes, at } = message;
  const method = BUS_METHODS.get(header.member);
  if (method === undefined || header.signature === "") return undefined;
  const text = firstString(bytes, at + header.headerBytes, header.signature, header.littleEndian);
  if (text === undefined) return undefined;
  const isRule = method.special === "add-match" || method.special === "remove-match";
  const outside = isRule ? ruleOutside(aliases, text) : aliases.outside(text);
  if (outside === text) return undefined;
  const args = readBody(bytes, at + header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, judging.texts);
  if (args === undefined) return undefined;
  const written = encodeMessage(header, [outside, ...args.slice(1)]);
  return replaced(message, written, { ...header });
}

/** A rule that is malformed is refused later, as it is. */
function ruleOutside(aliases: NameAliases, text: string): string {
  const parsed = parseMatchRule(text);
  if (!parsed.ok || parsed.eavesdrops) return text;
  const value = (key: string): string | undefined => parsed.rule.terms.find((term) => term.key === key)?.value;
  // Only the bus speaks of names in its first argument.
  const ofBus = value("sender") === BUS_NAME || value("interface") === BUS_NAME || value("member") === "NameOwnerChanged";
  const named = (key: string): boolean => key === "sender" || (ofBus && (key === "arg0" || key === "arg0namespace"));
  const rule: MatchRule = { terms: parsed.rule.terms.map((term) => (named(term.key) ? { ...term, value: aliases.outside(term.value) } : term)) };
  return encodeMatchRule(rule) === encodeMatchRule(parsed.rule) ? text : encodeMatchRule(rule);
}

function replaced(message: Incoming, bytes: Uint8Array, header: MessageHeader): Incoming {
  const headerBytes = bytes.length - bodyLength(bytes, header.littleEndian);
  return {
    header: { ...header, rewritten: undefined, headerBytes, bodyBytes: bytes.length - headerBytes },
    bytes,
    at: 0,
    takeDescriptors: () => message.takeDescriptors(),
  };
}

function bodyLength(bytes: Uint8Array, little: boolean): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, little);
}
