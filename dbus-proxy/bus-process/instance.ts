// One instance as the bus process has it.
import type { AppUse } from "../connection/state.ts";
import type { ProxiedBus } from "../connection/proxied-bus.ts";
import type { BusName, InstanceRequest } from "../control.ts";
import type { ProxiedSound } from "../pulse/proxied-sound.ts";
import type { ConnectorClient } from "./connector-client.ts";
import type { PortalGate } from "./portal-gate.ts";
import type { Remotes } from "./remotes.ts";
import type { Reports } from "./reports.ts";

export interface Instance {
  /** With the policies as they are now. */
  request: InstanceRequest;
  readonly listeners: readonly number[];
  readonly buses: Map<BusName, ProxiedBus | ProxiedSound>;
  /** To PipeWire, from the camera portal. */
  readonly remotes: Remotes;
  readonly connector: ConnectorClient;
  readonly use: AppUse;
  /** Its own, so that no app's refusals crowd out another's. */
  readonly reports: Reports;
  readonly gate: PortalGate | undefined;
}

export function connectionsOf(instance: Instance): number {
  let count = instance.remotes.connections;
  for (const bus of instance.buses.values()) count += bus.connections;
  return count;
}

const MAX_WARNINGS = 200;

/** An app decides how often its connections break: the log must not grow with it. */
export function warnSparingly(warn: (text: string) => void): (text: string) => void {
  let count = 0;
  return (text) => {
    if (++count <= MAX_WARNINGS) warn(count === MAX_WARNINGS ? `${text} (no more is said of this app)` : text);
  };
}
