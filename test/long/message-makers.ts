// Messages for the reader: valid ones of every shape, and changes that make others of them. Fast, since a million are made; the same for the same seed.
import fc from "fast-check";
import { FIXED_HEADER_BYTES, frameLength } from "../../dbus-proxy/wire/header.ts";
import { encodeMessage } from "../../dbus-proxy/wire/writer.ts";
import { body, busName, interfaceName, memberName, objectPath, singleValue, withFields } from "../dbus-proxy/wire/generators.ts";

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 0 … bound - 1 (xorshift32). */
  below(bound: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % bound;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

export function splitMessages(bytes: Uint8Array): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at + FIXED_HEADER_BYTES <= bytes.length; ) {
    const total = frameLength(bytes, at);
    // Copies: a slice of a Buffer would be the same memory.
    messages.push(Uint8Array.from(bytes.subarray(at, at + total)));
    at += total;
  }
  return messages;
}

/** Messages of random headers around bodies that were made before. With `anew` false one that was made before, with another serial. */
export function validMessages(random: Random, bodies: number, seed: number): (anew: boolean) => Uint8Array {
  const pool = fc.sample(body, { numRuns: bodies, seed });
  const texts = <T>(arbitrary: fc.Arbitrary<T>): readonly T[] => fc.sample(arbitrary, { numRuns: 200, seed });
  const paths = texts(objectPath).filter((path) => path !== "/org/freedesktop/DBus/Local");
  const [interfaces, members, names] = [texts(interfaceName), texts(memberName), texts(busName)];
  const contents = fc.sample(singleValue, { numRuns: 200, seed });
  const made: Uint8Array[] = [];
  const make = (): Uint8Array => {
    const { signature, values } = random.pick(pool);
    const type = (1 + random.below(4)) as 1 | 2 | 3 | 4;
    const addressed = type === 1 || type === 4 || random.below(4) === 0;
    const optional = <T>(list: readonly T[]): T | "" => (random.below(2) === 0 ? random.pick(list) : "");
    let bytes = encodeMessage(
      {
        type,
        flags: random.below(8),
        serial: 1 + random.below(0xffff_fffe),
        littleEndian: random.below(3) > 0,
        signature,
        ...(addressed
          ? { path: random.pick(paths), member: random.pick(members), interface: type === 4 ? random.pick(interfaces) : optional(interfaces) }
          : {}),
        ...(type === 3 ? { errorName: random.pick(interfaces) } : {}),
        ...(type === 2 || type === 3 ? { replySerial: 1 + random.below(0xffff_fffe) } : {}),
        destination: optional(names),
        sender: optional(names),
      },
      values,
    );
    if (random.below(16) === 0) bytes = withFields(bytes, [[11 + random.below(245), random.pick(contents)]]);
    if (made.length < 20_000) made.push(bytes);
    else made[random.below(made.length)] = bytes;
    return bytes;
  };
  return (anew) => {
    if (anew || made.length === 0) return make();
    const copy = random.pick(made).slice();
    copy[copy[0] === 108 ? 8 : 11] = 1 + random.below(255);
    return copy;
  };
}

const INTERESTING = [0, 1, 2, 4, 7, 8, 0x20, 0x28, 0x29, 0x2e, 0x2f, 0x3a, 0x61, 0x62, 0x73, 0x76, 0x7b, 0x7f, 0x80, 0xc0, 0xed, 0xf4, 0xff];

/** One to three changes: bytes, bits, lengths, pieces left out, doubled or taken from elsewhere, the byte order, the type. */
export function mutate(random: Random, original: Uint8Array): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(original);
  for (let changes = 1 + random.below(3); changes > 0 && bytes.length > FIXED_HEADER_BYTES; changes--) {
    // Half of them in the header, where more can go wrong.
    const headerBytes = Math.min(bytes.length, FIXED_HEADER_BYTES + 120);
    const at = random.below(random.below(2) === 0 ? headerBytes : bytes.length);
    switch (random.below(8)) {
      case 0:
        bytes[at] = random.pick(INTERESTING);
        break;
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        break;
      case 2:
        // A length or number, changed by little.
        bytes[at & ~3] = ((bytes[at & ~3] as number) + random.pick([1, -1, 4, -4, 8, -8])) & 0xff;
        break;
      case 3: {
        const length = 1 + random.below(Math.min(16, bytes.length - at));
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      }
      case 4: {
        const length = 1 + random.below(Math.min(16, bytes.length - at));
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      }
      case 5:
        bytes.copyWithin(at, random.below(bytes.length), random.below(bytes.length));
        break;
      case 6:
        bytes[1] = random.below(6);
        break;
      default:
        bytes[random.below(FIXED_HEADER_BYTES)] = random.pick(INTERESTING);
    }
  }
  bytes = fitted(random, bytes);
  // What lies behind the message would be another one.
  const total = bytes.length < FIXED_HEADER_BYTES ? -1 : frameLength(bytes, 0);
  return total >= FIXED_HEADER_BYTES && total < bytes.length ? bytes.subarray(0, total) : bytes;
}

/** Mostly with a body length that fits the bytes again: a wrong one is found at once, and nothing behind it would be tried. */
function fitted(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length <= FIXED_HEADER_BYTES || random.below(8) === 0) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 108;
  const header = (FIXED_HEADER_BYTES + view.getUint32(12, little) + 7) & ~7;
  if (header > 0 && header <= bytes.length) view.setUint32(4, bytes.length - header, little);
  return bytes;
}
