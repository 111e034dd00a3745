// The binary format of ~/.Xauthority (Xau library, Xauth.h): read, cut down to one local display, written again under another number. Pure.

/** Families of Xauth.h. */
const FAMILY_LOCAL = 256;
const FAMILY_WILD = 65535;

interface Entry {
  readonly family: number;
  readonly address: Uint8Array;
  readonly number: string;
  readonly name: Uint8Array;
  readonly data: Uint8Array;
}

/** Every complete entry; what follows a broken one is dropped, as libXau does. All numbers are big endian. */
function parseXauthority(bytes: Uint8Array): readonly Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Entry[] = [];
  let at = 0;
  const counted = (): Uint8Array | null => {
    if (at + 2 > bytes.length) return null;
    const length = view.getUint16(at);
    if (at + 2 + length > bytes.length) return null;
    const field = bytes.slice(at + 2, at + 2 + length);
    at += 2 + length;
    return field;
  };
  while (at + 2 <= bytes.length) {
    const family = view.getUint16(at);
    at += 2;
    const address = counted();
    const number = counted();
    const name = counted();
    const data = counted();
    if (address === null || number === null || name === null || data === null) break;
    entries.push({ family, address, number: new TextDecoder("latin1").decode(number), name, data });
  }
  return entries;
}

function encodeEntry(entry: Entry): Uint8Array {
  const fields = [entry.address, new TextEncoder().encode(entry.number), entry.name, entry.data];
  const bytes = new Uint8Array(2 + fields.reduce((sum, field) => sum + 2 + field.length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, entry.family);
  let at = 2;
  for (const field of fields) {
    view.setUint16(at, field.length);
    bytes.set(field, at + 2);
    at += 2 + field.length;
  }
  return bytes;
}

/** Name and data of the first entry, or null: what opens a display for us. */
export function firstCookie(bytes: Uint8Array): { readonly name: Uint8Array; readonly data: Uint8Array } | null {
  return parseXauthority(bytes)[0] ?? null;
}

/** A cookie file with this cookie alone, for display `number` under whatever host name. */
export function encodeCookieFile(number: number, { name, data }: { readonly name: Uint8Array; readonly data: Uint8Array }): Uint8Array {
  return encodeEntry({ family: FAMILY_WILD, address: new Uint8Array(), number: String(number), name, data });
}

/**
 * The entries that open local display `from`, for a client that sees it as display `to` on a host called `hostname`.
 * A local entry counts if its host is this one, or the one that XAUTHLOCALHOSTNAME names (written before the host was renamed).
 */
export function rewriteXauthority(bytes: Uint8Array, from: number, to: number, hostname: string, formerHostname: string | undefined): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of parseXauthority(bytes)) {
    if (entry.number !== "" && entry.number !== String(from)) continue;
    if (entry.family === FAMILY_WILD) parts.push(encodeEntry({ ...entry, number: String(to) }));
    else if (entry.family === FAMILY_LOCAL) {
      const address = new TextDecoder().decode(entry.address);
      if (address !== hostname && address !== formerHostname) continue;
      parts.push(encodeEntry({ ...entry, address: new TextEncoder().encode(hostname), number: String(to) }));
    }
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
