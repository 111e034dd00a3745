// One short conversation with an X server: who connects, what is asked, what is answered. (X Window System Protocol, version 11; little endian throughout.)
import { connect, type Socket } from "node:net";

/** What opens a display: the name and data of an entry of an Xauthority file. */
export interface Cookie {
  readonly name: Uint8Array;
  readonly data: Uint8Array;
}

export class XError extends Error {}
/** The server's own no. */
export class XRefused extends XError {}

export interface XConnection {
  /** The first screen's. */
  readonly root: number;
  /** Major opcode, or null where the server has no such extension. */
  extension(name: string): Promise<number | null>;
  /** Sends a request that has a reply; the answer is the whole reply. `data` is the opcode's second byte. */
  ask(opcode: number, data: number, body: Buffer): Promise<Buffer>;
  /** Sends a request that has none. */
  send(opcode: number, data: number, body: Buffer): void;
  /** Waits until the server has read everything. */
  settle(): Promise<void>;
  close(): void;
}

const PATIENCE_MILLISECONDS = 5_000;
const QUERY_EXTENSION = 98;
const GET_INPUT_FOCUS = 43;
const LONGEST_REPLY = 1_048_576;

/** Opens the display behind a socket. Throws XError where the server refuses, is silent or speaks nonsense. */
export async function openDisplay(socketPath: string, cookie: Cookie | null): Promise<XConnection> {
  const socket = connect(socketPath);
  const reader = new Reader(socket);
  socket.write(setupRequest(cookie));
  const head = await reader.take(8);
  const setup = await reader.take(head.readUInt16LE(6) * 4);
  if (head[0] !== 1) {
    socket.destroy();
    throw new (head[0] === 0 ? XRefused : XError)(`the X server refuses: ${setup.toString("latin1", 0, head[0] === 0 ? head[1] : setup.length).trim()}`);
  }
  const root = rootOf(setup);
  const send = (opcode: number, data: number, body: Buffer): void => void socket.write(encodeRequest(opcode, data, body));
  const ask = async (opcode: number, data: number, body: Buffer): Promise<Buffer> => {
    send(opcode, data, body);
    return reader.reply();
  };
  return {
    root,
    ask,
    send,
    async extension(name) {
      const body = Buffer.alloc(4 + name.length);
      body.writeUInt16LE(name.length, 0);
      body.write(name, 4, "latin1");
      const reply = await ask(QUERY_EXTENSION, 0, body);
      return reply[8] === 1 ? (reply[9] as number) : null;
    },
    settle: async () => void (await ask(GET_INPUT_FOCUS, 0, Buffer.alloc(0))),
    close: () => void socket.destroy(),
  };
}

/** Of the first screen; `setup` is what follows the first eight bytes. */
export function rootOf(setup: Buffer): number {
  const vendor = setup.readUInt16LE(16);
  const formats = setup.readUInt8(21);
  return setup.readUInt32LE(32 + padded(vendor) + formats * 8);
}

export function setupRequest(cookie: Cookie | null): Buffer {
  const name = Buffer.from(cookie?.name ?? []);
  const data = Buffer.from(cookie?.data ?? []);
  const bytes = Buffer.alloc(12 + padded(name.length) + padded(data.length));
  bytes.write("l", 0, "latin1");
  bytes.writeUInt16LE(11, 2);
  bytes.writeUInt16LE(name.length, 6);
  bytes.writeUInt16LE(data.length, 8);
  name.copy(bytes, 12);
  data.copy(bytes, 12 + padded(name.length));
  return bytes;
}

/** `data`: the byte behind the opcode. */
export function encodeRequest(opcode: number, data: number, body: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + padded(body.length));
  bytes.writeUInt8(opcode, 0);
  bytes.writeUInt8(data, 1);
  bytes.writeUInt16LE(bytes.length / 4, 2);
  body.copy(bytes, 4);
  return bytes;
}

export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Bytes in the order in which they came; each wait has a limit. */
class Reader {
  #held = Buffer.alloc(0);
  #failure: XError | null = null;
  #wake: () => void = () => {};
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    const fail = (reason: string): void => {
      this.#failure ??= new XError(reason);
      this.#wake();
    };
    socket.on("data", (bytes) => {
      this.#held = Buffer.concat([this.#held, bytes]);
      this.#wake();
    });
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => fail("the X server closed the connection"));
  }

  async take(length: number): Promise<Buffer> {
    if (length > LONGEST_REPLY) throw this.#end("the X server answers nonsense");
    const timer = setTimeout(() => {
      this.#failure ??= new XError("the X server does not answer");
      this.#wake();
    }, PATIENCE_MILLISECONDS);
    try {
      while (this.#held.length < length) {
        if (this.#failure !== null) throw this.#failure;
        await new Promise<void>((woken) => {
          this.#wake = woken;
        });
      }
    } finally {
      clearTimeout(timer);
    }
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return bytes;
  }

  /** The next reply; events in between are passed over, an error is thrown. */
  async reply(): Promise<Buffer> {
    for (;;) {
      const head = await this.take(32);
      if (head[0] === 0) throw this.#end(`the X server answers with error ${head[1]} to request ${head[10]}.${head.readUInt16LE(8)}`);
      if (head[0] === 1) return Buffer.concat([head, await this.take(head.readUInt32LE(4) * 4)]);
    }
  }

  #end(reason: string): XError {
    this.#socket.destroy();
    return new XError(reason);
  }
}
