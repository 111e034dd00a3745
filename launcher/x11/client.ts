// A lasting conversation with an X server: requests with their replies, and events as they come. Little endian; replies are matched by their number.
import type { Socket } from "node:net";
import { type Cookie, encodeRequest, rootOf, setupRequest, XError } from "./connection.ts";

export interface XClient {
  readonly root: number;
  /** A number for a window of ours. */
  readonly idBase: number;
  ask(opcode: number, data: number, body: Buffer): Promise<Buffer>;
  send(opcode: number, data: number, body: Buffer): void;
}

const LONGEST_PACKET = 1_048_576;

/** `ended` is called once, when the server or its nonsense ended the conversation. */
export async function openClient(socket: Socket, cookie: Cookie | null, on: { event(packet: Buffer): void; ended(): void }): Promise<XClient> {
  let held = Buffer.alloc(0);
  let sequence = 0;
  let setUp: ((setup: Buffer) => void) | null = null;
  const pending: { readonly sequence: number; readonly answer: (packet: Buffer) => void }[] = [];

  const take = (): boolean => {
    if (setUp !== null) {
      if (held.length < 8 || held.length < 8 + held.readUInt16LE(6) * 4) return false;
      const length = 8 + held.readUInt16LE(6) * 4;
      const setup = held.subarray(0, length);
      held = held.subarray(length);
      setUp(setup);
      setUp = null;
      return true;
    }
    if (held.length < 32) return false;
    const kind = held.readUInt8(0) & 0x7f;
    // Replies and generic events may be longer (chapter 8; XGE).
    const length = kind === 1 || kind === 35 ? 32 + held.readUInt32LE(4) * 4 : 32;
    if (length > LONGEST_PACKET) socket.destroy();
    if (held.length < length) return false;
    const packet = held.subarray(0, length);
    held = held.subarray(length);
    if (kind > 1) {
      on.event(packet);
      return true;
    }
    // An error of a request that awaits nothing concerns nobody: the other side may have gone.
    const at = pending.findIndex((one) => one.sequence === packet.readUInt16LE(2));
    if (at >= 0) pending.splice(at, 1)[0]?.answer(packet);
    return true;
  };
  socket.on("data", (bytes) => {
    held = Buffer.concat([held, bytes]);
    while (!socket.destroyed && take());
  });
  socket.on("error", () => {});
  socket.on("close", on.ended);

  socket.write(setupRequest(cookie));
  const setup = await new Promise<Buffer>((resolve) => {
    setUp = resolve;
  });
  if (setup[0] !== 1) throw new XError("the X server refuses");
  const send = (opcode: number, data: number, body: Buffer): void => {
    sequence = (sequence + 1) & 0xffff;
    socket.write(encodeRequest(opcode, data, body));
  };
  return {
    root: rootOf(setup.subarray(8)),
    idBase: setup.readUInt32LE(12),
    send,
    async ask(opcode, data, body) {
      send(opcode, data, body);
      const packet = await new Promise<Buffer>((answer) => pending.push({ sequence, answer }));
      if (packet[0] !== 1) throw new XError(`the X server answers with error ${packet[1]}`);
      return packet;
    },
  };
}
