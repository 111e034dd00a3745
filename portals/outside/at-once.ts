// How many programs run outside for one sandbox at a time, and how many hosts are tried for it: an app decides how often it asks.
import type { PortalInstance } from "../core/instance.ts";

const MOST = 16;

/** Begins when there is room, in the order of asking. `what` there is room for. */
export async function atOnce<T>(instance: PortalInstance, work: () => Promise<T>, what: "programs" | "connections" = "programs"): Promise<T> {
  const state = instance.own(`${what} at once`, () => ({ running: 0, waiting: [] as (() => void)[] }));
  if (state.running < MOST) state.running++;
  else await new Promise<void>((begins) => state.waiting.push(begins));
  try {
    return await work();
  } finally {
    // Its place is the next one's.
    const next = state.waiting.shift();
    if (next === undefined) state.running--;
    else next();
  }
}
