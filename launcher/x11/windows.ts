// Whose a window is, as the X server knows it: by the process that connected (X-Resource extension, version 1.2), not by what the window says of itself.
import { type XConnection, XError } from "./connection.ts";

const QUERY_POINTER = 38;
const QUERY_CLIENT_IDS = 4;
const LOCAL_CLIENT_PID = 2;

/** The top-level window below the pointer that a client made, or the root where there is none. Goes down through window managers' frames. */
export async function windowUnderPointer(connection: XConnection): Promise<number> {
  let window = connection.root;
  for (;;) {
    const body = Buffer.alloc(4);
    body.writeUInt32LE(window, 0);
    const reply = await connection.ask(QUERY_POINTER, 0, body);
    const child = reply.readUInt32LE(12);
    if (child === 0) return window;
    window = child;
  }
}

/** The process, as the server's own pid namespace counts; null where the server does not know it (a client over a network). */
export async function processOfWindow(connection: XConnection, window: number): Promise<number | null> {
  const opcode = await connection.extension("X-Resource");
  if (opcode === null) throw new XError("this X server has no X-Resource extension");
  const body = Buffer.alloc(12);
  body.writeUInt32LE(1, 0);
  body.writeUInt32LE(window, 4);
  body.writeUInt32LE(LOCAL_CLIENT_PID, 8);
  const reply = await connection.ask(opcode, QUERY_CLIENT_IDS, body);
  if (reply.readUInt32LE(8) === 0) return null;
  // Client, mask, length in bytes, then the pid.
  return reply.length < 48 || reply.readUInt32LE(40) < 4 ? null : reply.readUInt32LE(44);
}
