// org.freedesktop.portal.Realtime: sound programs ask RealtimeKit for a higher priority of their threads. Processes and threads are named by the numbers of the sandbox,
// and mean its own ones alone.
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import type { PortalInstance } from "../core/instance.ts";
import type { Portal, PortalMethod, PortalProperty } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { isAllowed } from "../dialogs/consent.ts";
import { beforeLooking, hostProcess, hostThread } from "../outside/app-process.ts";

const REALTIME_KIT = "org.freedesktop.RealtimeKit1";
const SERVICE = { destination: REALTIME_KIT, path: "/org/freedesktop/RealtimeKit1", interface: REALTIME_KIT };

export const realtime: Portal = {
  interface: "org.freedesktop.portal.Realtime",
  version: 1,
  methods: {
    MakeThreadRealtimeWithPID: raise("MakeThreadRealtimeWithPID", "u"),
    MakeThreadHighPriorityWithPID: raise("MakeThreadHighPriorityWithPID", "i"),
  },
  properties: { MaxRealtimePriority: limit("MaxRealtimePriority", "i"), MinNiceLevel: limit("MinNiceLevel", "i"), RTTimeUSecMax: limit("RTTimeUSecMax", "x") },
};

function raise(member: string, priority: "u" | "i"): PortalMethod {
  return {
    in: `tt${priority}`,
    out: "",
    names: ["process", "thread", "priority"],
    run: async ({ instance, args }) => {
      await beforeLooking(instance);
      // Refused before anybody is asked: a number that is none of the app's.
      translate(instance, args);
      if (!(await isAllowed(instance, { table: "realtime", words: "realtime" }))) throw new PortalError("NotAllowed", "the user has not allowed it");
      const bus = await instance.systemBus();
      // Anew, as a question takes long and numbers are given away again.
      await bus.call({ ...SERVICE, member, signature: `tt${priority}`, args: translate(instance, args) });
      return [];
    },
  };
}

function translate(instance: PortalInstance, [process, thread, priority]: readonly Value[]): readonly Value[] {
  const outside = hostProcess(instance, Number(process));
  return [BigInt(outside), BigInt(hostThread(outside, Number(thread))), priority as Value];
}

function limit(name: string, type: string): PortalProperty {
  return {
    type,
    get: async (instance) => {
      const bus = await instance.systemBus();
      const call = { ...SERVICE, interface: "org.freedesktop.DBus.Properties", member: "Get", signature: "ss", args: [REALTIME_KIT, name] };
      const { signature, value } = (await bus.call(call)).values[0] as VariantValue;
      if (signature !== type) throw new PortalError("Failed", "RealtimeKit told a value of another type");
      return value;
    },
  };
}
