// Messages that the filter writes itself: pings in the place of refused calls, answers made up for them, and its own questions to the bus.
import { BUS_NAME, BUS_PATH, type MessageHeader, MessageFlag, MessageType } from "../wire/message.ts";
import type { Value } from "../wire/reader.ts";
import { encodeMessage } from "../wire/writer.ts";
import { PEER } from "../policy/decide.ts";

/** Takes the place of a refused call, with its serial: both buses answer it at once and in order, so the answer that we make of theirs keeps its place. */
export function pingInstead(call: MessageHeader): Uint8Array {
  return encodeMessage({
    littleEndian: call.littleEndian,
    type: MessageType.CALL,
    flags: call.flags,
    serial: call.serial,
    path: "/",
    interface: PEER,
    member: "Ping",
  });
}

/** The same call of the bus with another single text as argument. */
export function withText(call: MessageHeader, text: string): Uint8Array {
  return encodeMessage({ ...call, sender: "", signature: "s", unixFds: 0 }, [text]);
}

export function errorAnswer(serial: number, replySerial: number, to: string, errorName: string, text: string, from = BUS_NAME): Uint8Array {
  return encodeMessage(
    { type: MessageType.ERROR, flags: MessageFlag.NO_REPLY_EXPECTED, serial, replySerial, destination: to, sender: from, errorName, signature: "s" },
    [text],
  );
}

export function answer(serial: number, replySerial: number, to: string, signature: string, values: readonly Value[]): Uint8Array {
  return encodeMessage(
    { type: MessageType.RETURN, flags: MessageFlag.NO_REPLY_EXPECTED, serial, replySerial, destination: to, sender: BUS_NAME, signature },
    values,
  );
}

export function busCall(serial: number, member: string, args: readonly string[]): Uint8Array {
  return encodeMessage(
    { type: MessageType.CALL, serial, path: BUS_PATH, interface: BUS_NAME, member, destination: BUS_NAME, signature: "s".repeat(args.length) },
    args,
  );
}

/** Tells us of every change of owner of a name, or of the names below it. */
export function ownerRule(name: string, subtree: boolean): string {
  return `type='signal',sender='${BUS_NAME}',interface='${BUS_NAME}',member='NameOwnerChanged',${subtree ? "arg0namespace" : "arg0"}='${name}'`;
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
