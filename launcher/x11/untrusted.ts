// A cookie that the X server makes for untrusted clients (SECURITY extension, version 1): they can neither see nor touch what trusted ones have.
import { type Cookie, openDisplay, padded, XError, XRefused } from "./connection.ts";

const GENERATE = 1;
const REVOKE = 2;
const PROTOCOL = "MIT-MAGIC-COOKIE-1";
/** Timeout and trust level follow, in this order. */
const TIMEOUT_AND_TRUST = 3;
/** Never: it is revoked when the instance ends, and an app may open its first window late. */
const NO_TIMEOUT = 0;
const UNTRUSTED = 1;

export interface UntrustedCookie extends Cookie {
  /** What the server knows it by. */
  readonly id: number;
}

async function withSecurity<T>(
  socketPath: string,
  cookie: Cookie | null,
  use: (connection: Awaited<ReturnType<typeof openDisplay>>, opcode: number) => Promise<T>,
): Promise<T> {
  const connection = await openDisplay(socketPath, cookie);
  try {
    const opcode = await connection.extension("SECURITY");
    if (opcode === null) throw new XError("this X server has no SECURITY extension");
    return await use(connection, opcode);
  } finally {
    connection.close();
  }
}

/**
 * `cookie` opens the display as its user does. Throws XError where the server lets this user's programs in without a cookie (`xhost +si:localuser:…`): a
 * client that shows none would be trusted.
 */
export async function makeUntrustedCookie(socketPath: string, cookie: Cookie | null): Promise<UntrustedCookie> {
  if (await isOpen(socketPath)) throw new XError("this X server lets your programs in without a cookie, and who shows none is no stranger to it");
  return withSecurity(socketPath, cookie, async (connection, opcode) => {
    const body = Buffer.alloc(8 + padded(PROTOCOL.length) + 8);
    body.writeUInt16LE(PROTOCOL.length, 0);
    body.writeUInt32LE(TIMEOUT_AND_TRUST, 4);
    body.write(PROTOCOL, 8, "latin1");
    body.writeUInt32LE(NO_TIMEOUT, 8 + padded(PROTOCOL.length));
    body.writeUInt32LE(UNTRUSTED, 12 + padded(PROTOCOL.length));
    const reply = await connection.ask(opcode, GENERATE, body);
    const length = reply.readUInt16LE(12);
    if (length === 0 || 32 + length > reply.length) throw new XError("the X server made no cookie");
    return { id: reply.readUInt32LE(8), name: Buffer.from(PROTOCOL, "latin1"), data: reply.subarray(32, 32 + length) };
  });
}

async function isOpen(socketPath: string): Promise<boolean> {
  try {
    (await openDisplay(socketPath, null)).close();
    return true;
  } catch (error) {
    // One that is silent may be open all the same.
    if (error instanceof XRefused) return false;
    throw error;
  }
}

/** Ends it, and every connection that was opened with it. */
export function revokeCookie(socketPath: string, cookie: Cookie | null, id: number): Promise<void> {
  return withSecurity(socketPath, cookie, async (connection, opcode) => {
    const body = Buffer.alloc(4);
    body.writeUInt32LE(id, 0);
    connection.send(opcode, REVOKE, body);
    await connection.settle();
  });
}
