// Connectors that lost their bus process: each asks for another one over a socket that lies here and with its front. The front looks only where no broker does.
import { type Addon, READABLE } from "../../native/addon.ts";
import type { BusLink } from "./bus-link.ts";

export interface OrphanParts {
  readonly addon: Addon;
  readonly bus: BusLink;
  readonly log: { note(event: string, values: Readonly<Record<string, unknown>>): void };
}

/** A report of the connector is shorter. */
const PACKET_BYTES = 4096;

/** Owns `orphans`; ends with the connector. */
export function watchOrphans(parts: OrphanParts, orphans: number): void {
  const { addon } = parts;
  const packet = new Uint8Array(PACKET_BYTES);
  const watcher = addon.watch(orphans, READABLE, () => {
    const descriptors: number[] = [];
    const count = addon.recvmsg(orphans, packet, 0, PACKET_BYTES, descriptors);
    if (count === -(addon.constants["EAGAIN"] as number)) return;
    const [connector, ...rest] = descriptors;
    for (const descriptor of rest) addon.close(descriptor);
    if (connector !== undefined) resumeOrphan(parts, connector);
    if (count > 0) return;
    watcher.close();
    addon.close(orphans);
  });
}

/** Gives a connector to a bus process, which is started where none runs. Where that fails the connector hears it by the end of its socket, and asks again. */
export function resumeOrphan({ bus, log }: OrphanParts, connector: number): void {
  log.note("orphan", {});
  bus.send({ type: "resume" }, [connector]).catch((error: Error) => log.note("bus process", { detail: error.message }));
}
