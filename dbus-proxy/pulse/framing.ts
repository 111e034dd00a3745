// The frames of PulseAudio's native protocol: 20 bytes of descriptor (length, channel, offset in two halves, flags; all big-endian), then the payload.
// A frame on the command channel is a command; every other one is a block of audio.

export const DESCRIPTOR_BYTES = 20;
/** The server's own bound. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const COMMAND_CHANNEL = 0xffff_ffff;
/** Low bits of the flags of an audio block: how its offset counts (0 to 3). Everything above them speaks of shared memory. */
const MAX_SEEK_MODE = 3;

export interface FrameHead {
  length: number;
  isCommand: boolean;
}

/** Reads the descriptor at `at` into `head`. Empty where it may pass, else what is wrong. */
export function parseDescriptor(bytes: Uint8Array, at: number, head: FrameHead): string {
  head.length = u32(bytes, at);
  head.isCommand = u32(bytes, at + 4) === COMMAND_CHANNEL;
  if (head.length === 0 || head.length > MAX_FRAME_BYTES) return "frame length";
  const flags = u32(bytes, at + 16);
  if (head.isCommand) return flags === 0 && u32(bytes, at + 8) === 0 && u32(bytes, at + 12) === 0 ? "" : "flags on a command";
  return flags <= MAX_SEEK_MODE ? "" : "shared memory, which is switched off";
}

/** A whole command frame around this payload. */
export function commandFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(DESCRIPTOR_BYTES + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length);
  view.setUint32(4, COMMAND_CHANNEL);
  frame.set(payload, DESCRIPTOR_BYTES);
  return frame;
}

export function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) * 0x100_0000 + (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))) >>> 0;
}
