// Signals of the host's that one app's portal hears. The connection serves all apps and outlives each: what is not given back at the end of an instance stays until the last one ends.
import type { PortalInstance } from "../core/instance.ts";
import type { BusClient, HeardSignal } from "./bus-client.ts";

/** Until the instance ends. */
export async function listenUntilEnd(
  instance: Pick<PortalInstance, "own">,
  bus: Pick<BusClient, "listen">,
  terms: Parameters<BusClient["listen"]>[0],
  heard: (signal: HeardSignal) => void,
): Promise<void> {
  const listening = instance.own(
    "listening",
    () => ({ stops: [] as (() => void)[], isOver: false }),
    (ended) => {
      ended.isOver = true;
      for (const stop of ended.stops.splice(0)) stop();
    },
  );
  const stop = await bus.listen(terms, heard);
  if (listening.isOver) stop();
  else listening.stops.push(stop);
}
