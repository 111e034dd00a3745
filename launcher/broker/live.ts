// The instances that this broker started, and what each may do on its buses by now. Manifests and overrides are read again when the user says so: the filter takes another
// policy while the app runs. What the kernel holds (folders, devices, sockets, the network) is as it was at the start.
import { type BusName, isSoundServer, type ServedBus } from "../../dbus-proxy/control.ts";
import type { Reloaded } from "../cli/command.ts";
import type { ProxyPolicy } from "../../dbus-proxy/policy/policy.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import { type Problem, type Result, splitInstanceId } from "../manifest/door.ts";
import type { Plan } from "../plan/door.ts";
import type { BusLink } from "./bus-link.ts";
import type { Part } from "./sub-sandboxes.ts";
import { now } from "./timing.ts";

export interface LiveInstance {
  readonly id: string;
  readonly appId: string;
  readonly request: FrontRequest;
  readonly part: Part | undefined;
  /** It may be shown places while it runs. */
  readonly takesPlaces: boolean;
  readonly buses: Plan["buses"];
  /** When its request came (timing.ts): what was written after that it may not have read. */
  readonly begun: number;
}

export interface LiveInstances {
  /** Its buses are served from now on. The answer forgets it. */
  begin(instance: LiveInstance): () => void;
  /** Ids of those that are the app itself, not a part of it, and may be shown places. */
  openOf(appId: string): readonly string[];
  /** `name`: an instance, or an app with its named instances; null: all. In force when it answers. */
  reload(name: string | null): Promise<readonly Reloaded[]>;
}

export interface LiveParts {
  bus(): BusLink;
  /** The plan that the request would get now; nothing is made or asked for. */
  planAnew(instance: LiveInstance): Promise<Result<Plan>>;
  problem(key: string): Problem;
}

/** For a bus process that was killed and comes up again. */
const TRIES = 50;
const PAUSE_MILLISECONDS = 100;

export function createLiveInstances(parts: LiveParts): LiveInstances {
  const live = new Map<string, { readonly instance: LiveInstance; buses: readonly ServedBus[] }>();
  let last = Number.NEGATIVE_INFINITY;
  // One after the other: an older reading must not come last.
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => {});
    return done;
  };

  const reloadOne = async (id: string): Promise<Reloaded | undefined> => {
    const one = live.get(id);
    if (one === undefined) return undefined;
    const answer = { instance: id, application: one.instance.appId, changed: [], later: [], problems: [] };
    const planned = await parts.planAnew(one.instance);
    if (!planned.ok) return { ...answer, problems: planned.problems };
    const wanted = new Map<BusName, ServedBus>(planned.value.buses.map(({ address: _, source: __, ...bus }) => [bus.name, bus]));
    const buses = one.buses.map((bus) => withPolicyOf(wanted.get(bus.name), bus));
    const changed = buses.filter((bus, index) => !isSame(bus, one.buses[index] as ServedBus));
    if (changed.length > 0 && !(await put(id, changed))) return live.has(id) ? { ...answer, problems: [parts.problem("reload.bus-process")] } : undefined;
    one.buses = buses;
    const later: string[] = [...wanted.keys()].filter((name) => !buses.some((bus) => bus.name === name));
    if (buses.some((bus) => JSON.stringify(withheldBy(bus)) !== JSON.stringify(withheldBy(wanted.get(bus.name) ?? bus)))) later.push("portals");
    return { ...answer, changed: changed.map(({ name }) => name), later };
  };

  /** False where no bus process says that it knows the instance. Twice: one that was killed before it read the first is followed by one that reads the second. */
  const put = async (id: string, buses: readonly ServedBus[]): Promise<boolean> => {
    for (let tries = 0, told = 0; tries < TRIES && live.has(id); tries++) {
      // What is sent before a question is done before its answer.
      if ((await parts.bus().status(id)) === null) await new Promise((done) => setTimeout(done, PAUSE_MILLISECONDS));
      else if (told === 2) return true;
      else {
        for (const bus of buses) await parts.bus().send(policyRequest(id, bus), []);
        told++;
      }
    }
    return false;
  };

  return {
    begin(instance) {
      live.set(instance.id, { instance, buses: instance.buses.map(({ address: _, source: __, ...served }) => served) });
      if (instance.begun <= last) inTurn(() => reloadOne(instance.id)).catch(() => {});
      return () => live.delete(instance.id);
    },
    openOf: (appId) =>
      [...live.values()].flatMap(({ instance }) => (instance.appId === appId && instance.part === undefined && instance.takesPlaces ? [instance.id] : [])),
    reload(name) {
      last = now();
      return inTurn(async () => {
        const reloaded: Reloaded[] = [];
        for (const { instance } of [...live.values()]) {
          if (name !== null && name !== instance.id && name !== instance.appId && name !== splitInstanceId(instance.appId)?.app) continue;
          const one = await reloadOne(instance.id);
          if (one !== undefined) reloaded.push(one);
        }
        return reloaded;
      });
    },
  };
}

function policyRequest(instance: string, bus: ServedBus): Parameters<BusLink["send"]>[0] {
  return { type: "policy", instance, bus: bus.name, policy: bus.policy } as Parameters<BusLink["send"]>[0];
}

function withheldBy(bus: ServedBus): ProxyPolicy["withheld"] {
  return isSoundServer(bus) ? undefined : bus.policy.withheld;
}

/** A bus that the app would not get any more stays where it is, and nothing is left to it. Which portals are withheld the broker's own service knows since the start of the app. */
function withPolicyOf(wanted: ServedBus | undefined, served: ServedBus): ServedBus {
  if (wanted !== undefined && isSoundServer(wanted)) return wanted;
  if (wanted !== undefined) {
    const { withheld: _, ...policy } = wanted.policy;
    const withheld = withheldBy(served);
    return { name: wanted.name, policy: withheld === undefined ? policy : { ...policy, withheld } };
  }
  if (isSoundServer(served)) return { ...served, policy: { ...served.policy, playback: false, microphone: false, monitor: false } };
  return { ...served, policy: { ...served.policy, filter: true, names: [], calls: [], broadcasts: [] } };
}

function isSame(one: ServedBus, other: ServedBus): boolean {
  return JSON.stringify(one.policy) === JSON.stringify(other.policy);
}
