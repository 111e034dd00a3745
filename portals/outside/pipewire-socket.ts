// PipeWire's own socket outside, which no app is given.
import type { Addon } from "../../native/addon.ts";
import type { PortalInstance } from "../core/instance.ts";

/**
 * Where PipeWire listens in the session of the user whose instance this is: as its own clients find it, by PIPEWIRE_REMOTE and PIPEWIRE_RUNTIME_DIR. "" where the user
 * named a list of servers, or what is no name: of which one the cameras are nobody can say.
 */
export function pipewireSocket({ origin: { environment } }: Pick<PortalInstance, "origin">): string {
  const remote = environment["PIPEWIRE_REMOTE"] || "pipewire-0";
  if (!/^@?[\w./:+-]+$/.test(remote)) return "";
  if (remote.startsWith("/") || remote.startsWith("@")) return remote;
  return `${environment["PIPEWIRE_RUNTIME_DIR"] || environment["XDG_RUNTIME_DIR"] || ""}/${remote}`;
}

/** A new connection, the caller's to close; negative where nobody listens. */
export function connectPipewire(addon: Addon, socket: string): number {
  try {
    return addon.connectUnix(socket);
  } catch {
    return -1;
  }
}
