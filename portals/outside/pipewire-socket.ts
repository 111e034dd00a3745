// PipeWire's own socket outside, which no app is given.
import type { Addon } from "../../native/addon.ts";
import type { PortalInstance } from "../core/instance.ts";

/** Where PipeWire listens in the session of the user whose instance this is. */
export function pipewireSocket({ origin }: PortalInstance): string {
  return `${origin.environment["XDG_RUNTIME_DIR"] ?? ""}/pipewire-0`;
}

/** A new connection, the caller's to close; negative where nobody listens. */
export function connectPipewire(addon: Addon, socket: string): number {
  try {
    return addon.connectUnix(socket);
  } catch {
    return -1;
  }
}
