// Commands of PulseAudio's protocol as tests write them.
import type { SoundPolicy } from "../../../dbus-proxy/pulse/policy.ts";
import { booleanValue, bytesValue, numberValue, propertiesValue, textValue } from "../../../dbus-proxy/pulse/tagstruct.ts";

export const NO_INDEX = 0xffff_ffff;
export const EVERYTHING: SoundPolicy = { appId: "org.example.App", playback: true, microphone: true, monitor: true };
export const PLAYBACK: SoundPolicy = { ...EVERYTHING, microphone: false, monitor: false };

const SAMPLE_SPEC = Buffer.from([0x61, 3, 1, 0, 0, 0xbb, 0x80]);
const CHANNEL_MAP = Buffer.from([0x6d, 1, 0]);
const VOLUME = Buffer.from([0x76, 1, 0, 1, 0, 0]);

export function command(number: number, tag: number, ...values: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([numberValue(number), numberValue(tag), ...values]);
}

export function properties(entries: Readonly<Record<string, string>>): Uint8Array {
  return propertiesValue(Object.entries(entries).map(([key, value]) => ({ key, value: Buffer.from(`${value}\0`) })));
}

export function authentication(tag = 0, version = 0xc000_0023): Uint8Array {
  return command(8, tag, numberValue(version), bytesValue(Buffer.alloc(256, 7)));
}

export interface StreamWish {
  readonly index?: number;
  readonly name?: string | null;
  readonly properties?: Readonly<Record<string, string>>;
  readonly tapped?: number;
}

const booleans = (count: number): readonly Uint8Array[] => Array.from({ length: count }, () => booleanValue(false));
const numbers = (count: number): readonly Uint8Array[] => Array.from({ length: count }, () => numberValue(9));

/** CREATE_PLAYBACK_STREAM as version 35 has it. */
export function newPlayback(tag: number, wish: StreamWish = {}): Uint8Array {
  const device = [numberValue(wish.index ?? NO_INDEX), textValue(wish.name ?? null)];
  const head = [SAMPLE_SPEC, CHANNEL_MAP, ...device, numberValue(9), booleanValue(false), ...numbers(4), VOLUME, ...booleans(9)];
  return command(3, tag, ...head, properties(wish.properties ?? {}), ...booleans(7), Buffer.from([0x42, 1]), Buffer.from([0x66, 0x42, 1]), properties({}));
}

/** CREATE_RECORD_STREAM as version 35 has it. */
export function newRecord(tag: number, wish: StreamWish = {}): Uint8Array {
  const device = [numberValue(wish.index ?? NO_INDEX), textValue(wish.name ?? null)];
  const head = [SAMPLE_SPEC, CHANNEL_MAP, ...device, numberValue(9), booleanValue(false), numberValue(9), ...booleans(9)];
  return command(5, tag, ...head, properties(wish.properties ?? {}), numberValue(wish.tapped ?? NO_INDEX), ...booleans(3), VOLUME, ...booleans(5));
}

/** What the server answers to a question about a source. */
export function sourceInfo(tag: number, name: string, monitorOf: number): Uint8Array {
  return command(
    2,
    tag,
    numberValue(4),
    textValue(name),
    textValue("A source"),
    SAMPLE_SPEC,
    CHANNEL_MAP,
    numberValue(1),
    VOLUME,
    booleanValue(false),
    numberValue(monitorOf),
  );
}
