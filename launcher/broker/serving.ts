// What bus process and connector are told about one instance, made while its sandbox is built: once that stands the app may be waiting already.
import type { InstanceRequest } from "../../dbus-proxy/control.ts";
import { describeInstance, encodeInstance, leaveWithConnector } from "../../dbus-proxy/description.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { PortalOrigin } from "../../portals/door.ts";
import type { OpenedInstance } from "../instance/door.ts";
import type { Broker } from "./broker.ts";
import { portalOrigin, type StartedRun } from "./portals.ts";

export interface Serving {
  readonly portals: PortalOrigin | undefined;
  /** `sockets`: a listening one for each bus, then the connector's; takes them over. Called once, or `drop` is. */
  begin(sockets: readonly number[]): void;
  drop(): void;
}

/** Null where the app has no bus. */
export function prepareServing(broker: Broker, run: StartedRun, instance: OpenedInstance, request: FrontRequest): Serving | null {
  const { plan } = run;
  if (plan.buses.length === 0) return null;
  const { addon } = broker;
  const portals = portalOrigin(run, request, broker.installation);
  const told: InstanceRequest = {
    type: "instance",
    instance: instance.id,
    appId: instance.appId,
    // Where a bus lies is the connector's business alone.
    buses: plan.buses.map(({ address: _, source: __, ...served }) => served),
    ...(portals === undefined ? {} : { portals }),
  };
  const encoded = encodeInstance(told);
  const description = describeInstance(addon, encoded);
  return {
    portals,
    begin(sockets) {
      leaveWithConnector(addon, sockets.at(-1) as number, description, sockets.slice(0, -1));
      broker.bus.send(encoded, sockets).catch((error: Error) => {
        // It cannot be started. The sockets are closed by now, and their copies lie with the connector, which asks for another bus process.
        broker.log.note("bus process", { instance: instance.id, detail: error.message });
      });
      addon.close(description);
    },
    drop: () => addon.close(description),
  };
}
