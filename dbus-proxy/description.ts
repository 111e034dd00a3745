// What an instance is, in memory that its connector keeps: from it any later bus process serves the same app in the same way.
import { readSync } from "node:fs";
import type { Addon } from "../native/addon.ts";
import { ConnectorFrame, encodeFrame } from "../native/frames.ts";
import type { InstanceRequest } from "./control.ts";

const MAX_BYTES = 16 * 1024 * 1024;

/** The bytes of the request, which are its description too. */
export function encodeInstance(request: InstanceRequest): Uint8Array {
  return Buffer.from(JSON.stringify(request), "utf8");
}

/** A new descriptor of sealed memory. */
export function describeInstance(addon: Addon, encoded: Uint8Array): number {
  return addon.memfd("tsbox-instance", encoded);
}

/** Undefined where this is no description. Does not take `fd` over. */
export function readDescription(addon: Addon, fd: number): InstanceRequest | undefined {
  const size = Number(addon.fstat(fd).size);
  if (size > MAX_BYTES) return undefined;
  const bytes = Buffer.alloc(size);
  // From a position: everybody who has a copy of the descriptor shares its own.
  if (readSync(fd, bytes, 0, size, 0) !== size) return undefined;
  try {
    const raw = JSON.parse(bytes.toString("utf8")) as InstanceRequest;
    return raw.type === "instance" ? raw : undefined;
  } catch {
    return undefined;
  }
}

/**
 * For the broker, before it gives the connector's socket away: from now on the app's listening sockets and its policies are lost with no bus process.
 * Descriptors stay the caller's.
 */
export function leaveWithConnector(addon: Addon, connector: number, description: number, listeners: readonly number[]): boolean {
  const frame = encodeFrame(ConnectorFrame.KEEP_INSTANCE, new Uint8Array());
  return addon.sendmsg(connector, frame, 0, frame.length, [...listeners, description]) === frame.length;
}
