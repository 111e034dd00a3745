// The framing shared by every socket between tsbox processes: front and broker, broker and bus process, bus process and connector.
// Its twin in C is frames.c; test/native/frames.test.ts holds the two together.

/** Bytes before each payload: payload length and type, both unsigned 32-bit little endian. */
export const FRAME_HEADER_BYTES = 8;
/** Longest payload that either side accepts; a longer one ends the connection. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** Version of everything below; part of the sockets' names (`broker-1`, `bus-1`). */
export const PROTOCOL_VERSION = 1;

/** Types on the socket between front and broker. */
export const FrontFrame = {
  // front to broker
  REQUEST: 1, // fields: see FrontRequest in front-protocol.ts
  SANDBOX: 2, // fields: child-pid, listen (repeated, names in order of descriptors); descriptors: listening sockets, connector and where it asks for another bus process (none without buses), pidfd of init
  EXITED: 3, // fields: status
  FAILED: 4, // fields: stage, index (of the operation, -1 if none), errno, detail
  ORPHAN: 5, // instead of REQUEST; two descriptors: a connector's socket for the next bus process, and where it will ask for one again
  // broker to front
  ACK: 10, // empty; the request will be worked on and must never be repeated
  OUTPUT: 11, // first byte: descriptor (1 or 2), then bytes to write there
  EXIT: 12, // fields: status; the front leaves with it
  PLAN: 13, // see plan-language.ts
  NOT_HERE: 14, // the broker does not answer this command: execute the command line
  NAMESPACES: 15, // fields: network, ipc (`own` or `shared`): what the plan that will probably follow asks for; the front clones its child meanwhile
  GO: 16, // empty; after a PLAN whose sandbox is being built: the app may start. EXIT in its place: it may not
} as const;

/** Types between bus process and connector (on a SOCK_STREAM pair; one request outstanding per id). */
export const ConnectorFrame = {
  CONNECT: 1, // fields: id (at most 23 bytes, never used before with this connector), bus (session, system, a11y)
  CONNECTED: 2, // fields: id; one descriptor: the connected upstream socket. A copy stays with the connector
  REFUSED: 3, // fields: id, errno
  FORGET: 4, // fields: id; the connector closes its copies (the upstream with shutdown)
  // what outlives the bus process
  KEEP_INSTANCE: 5, // no fields; descriptors that the connector only keeps: listening sockets, a description. In the place of earlier ones
  KEEP: 6, // fields: id; two descriptors: the app's end of that connection, and memory from which another process can go on
  TAKE: 7, // no fields; from the next bus process, before any CONNECT: asks for all that was kept
  KEPT_INSTANCE: 8, // answer to TAKE, first; the descriptors of KEEP_INSTANCE
  KEPT: 9, // answer to TAKE, for each connection that was kept; fields: id; three descriptors: app, memory, upstream
} as const;

/** Between broker and bus process: MESSAGE holds one JSON value; PORTAL one between an app and the portals (dbus-proxy/portal-frame.ts). Descriptors ride on the frame's first byte. */
export const BusFrame = { MESSAGE: 1, PORTAL: 2 } as const;

/** One pair of a `fields` payload. Keys may repeat; order is kept. */
export type Field = readonly [key: string, value: string];

/** `key=value` pairs, each ended by NUL. Keys hold no `=`; keys and values hold no NUL. */
export function encodeFields(fields: readonly Field[]): Uint8Array {
  const parts: Buffer[] = [];
  for (const [key, value] of fields) {
    if (key.includes("=") || key.includes("\0") || value.includes("\0")) throw new RangeError(`field ${key} cannot be encoded`);
    parts.push(Buffer.from(`${key}=${value}\0`, "utf8"));
  }
  return Buffer.concat(parts);
}

/** The pairs of a payload, or undefined where it is malformed (no NUL at the end, no `=`). Text is UTF-8; bytes that are not become U+FFFD, so what must
 * stay byte-exact (the app's arguments, passed variables) never comes back from here: the front takes it from its own copy (`--caller-args`, `--pass-env`). */
export function decodeFields(payload: Uint8Array): readonly Field[] | undefined {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8");
  if (text.length === 0) return [];
  if (!text.endsWith("\0")) return undefined;
  const fields: Field[] = [];
  for (const piece of text.slice(0, -1).split("\0")) {
    const at = piece.indexOf("=");
    if (at <= 0) return undefined;
    fields.push([piece.slice(0, at), piece.slice(at + 1)]);
  }
  return fields;
}

/** Header and payload in one buffer. */
export function encodeFrame(type: number, payload: Uint8Array): Uint8Array {
  if (payload.byteLength > MAX_FRAME_BYTES) throw new RangeError("frame too long");
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.byteLength);
  frame.writeUInt32LE(payload.byteLength, 0);
  frame.writeUInt32LE(type, 4);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}
