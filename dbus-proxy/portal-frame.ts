// One message between an app and the broker's portals, as a frame of BusFrame.PORTAL: who it belongs to (JSON, behind its length), then the message's own bytes.
export interface PortalHead {
  readonly instance: string;
  /** The app's connection by its unique name. Towards the app "" means each that has a match rule for the signal. */
  readonly client: string;
  /** Towards the app: bytes of earlier messages that the broker is done with, so that as many may come. */
  readonly taken?: number;
  /** Towards the app: the message makes, or ends, an object of the broker's. */
  readonly opened?: string;
  readonly closed?: string;
}

export interface PortalFrame {
  readonly head: PortalHead;
  /** Empty where the head is all. */
  readonly message: Uint8Array;
}

const NONE = new Uint8Array();

export function encodePortalFrame(head: PortalHead, message: Uint8Array = NONE): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const frame = new Uint8Array(4 + text.length + message.length);
  new DataView(frame.buffer).setUint32(0, text.length, true);
  frame.set(text, 4);
  frame.set(message, 4 + text.length);
  return frame;
}

/** Undefined where it is none: from another version of us. */
export function decodePortalFrame(payload: Uint8Array): PortalFrame | undefined {
  if (payload.length < 4) return undefined;
  const length = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0, true);
  if (length > payload.length - 4) return undefined;
  try {
    const head = JSON.parse(new TextDecoder().decode(payload.subarray(4, 4 + length))) as PortalHead;
    // Copied: an own buffer starts 8-aligned at 0, as bodies are read.
    return typeof head.instance === "string" && typeof head.client === "string" ? { head, message: payload.slice(4 + length) } : undefined;
  } catch {
    return undefined;
  }
}
