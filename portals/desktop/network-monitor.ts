// org.freedesktop.portal.NetworkMonitor: what GIO asks in the place of netlink. NetworkManager's word where it runs, else the interfaces themselves. Only for apps with a network.
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import type { PortalInstance } from "../core/instance.ts";
import { dictionary } from "../core/options.ts";
import { DESKTOP_PATH, type Portal, type PortalCall, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { atOnce } from "../outside/at-once.ts";

const INTERFACE = "org.freedesktop.portal.NetworkMonitor";
const MANAGER = "org.freedesktop.NetworkManager";
const POLL_MILLISECONDS = 3_000;
const REACH_MILLISECONDS = 20_000;

interface NetworkStatus {
  readonly available: boolean;
  readonly metered: boolean;
  /** 1 local, 2 limited, 3 portal, 4 full. */
  readonly connectivity: number;
}

export const networkMonitor: Portal = {
  interface: INTERFACE,
  version: 3,
  methods: {
    GetAvailable: { in: "", out: "b", names: ["available"], run: async (call) => [(await status(call)).available] },
    GetMetered: { in: "", out: "b", names: ["metered"], run: async (call) => [(await status(call)).metered] },
    GetConnectivity: { in: "", out: "u", names: ["connectivity"], run: async (call) => [(await status(call)).connectivity] },
    GetStatus: {
      in: "",
      out: "a{sv}",
      names: ["status"],
      run: async (call) => {
        const { available, metered, connectivity } = await status(call);
        return [dictionary({ available: variant("b", available), metered: variant("b", metered), connectivity: variant("u", connectivity) })];
      },
    },
    CanReach: {
      in: "su",
      out: "b",
      names: ["hostname", "port", "reachable"],
      run: async (call) => {
        requireNetwork(call.instance);
        return [await atOnce(call.instance, () => canReach(String(call.args[0]), Number(call.args[1])), "connections")];
      },
    },
  },
  signals: { changed: "" },
  started(instance) {
    if (!instance.origin.network) return;
    const timer = instance.own("network poll", () => setInterval(() => void look(instance), POLL_MILLISECONDS).unref(), clearInterval);
    void timer;
    void look(instance);
  },
};

function requireNetwork(instance: PortalInstance): void {
  if (!instance.origin.network) throw new PortalError("NotAllowed", "this sandbox has no network");
}

async function status({ instance }: PortalCall): Promise<NetworkStatus> {
  requireNetwork(instance);
  return readStatus(instance);
}

/** Tells of a change that nobody told us. */
async function look(instance: PortalInstance): Promise<void> {
  const seen = instance.own("network seen", () => ({ text: "" }));
  const text = JSON.stringify(await readStatus(instance));
  if (seen.text !== "" && seen.text !== text) instance.emit("", DESKTOP_PATH, INTERFACE, "changed", "", []);
  seen.text = text;
}

/** Programs ask in bursts, and one look serves them all. */
const FRESH_MILLISECONDS = 500;

function readStatus(instance: PortalInstance): Promise<NetworkStatus> {
  const latest = instance.own("network status", () => ({ at: 0, status: undefined as Promise<NetworkStatus> | undefined }));
  const now = Date.now();
  if (latest.status === undefined || now - latest.at > FRESH_MILLISECONDS) {
    latest.at = now;
    latest.status = managerStatus(instance).then((told) => told ?? interfaceStatus());
  }
  return latest.status;
}

/** NetworkManager's D-Bus API, "org.freedesktop.NetworkManager": Connectivity 0 unknown, 1 none, 2 portal, 3 limited, 4 full; Metered 1 yes, 3 guess yes. */
async function managerStatus(instance: PortalInstance): Promise<NetworkStatus | undefined> {
  try {
    const bus = await instance.systemBus();
    const read = async (name: string): Promise<number> => {
      const { values } = await bus.call({
        destination: MANAGER,
        path: "/org/freedesktop/NetworkManager",
        interface: "org.freedesktop.DBus.Properties",
        member: "Get",
        signature: "ss",
        args: [MANAGER, name],
        noAutoStart: true,
        timeout: 2_000,
      });
      return Number((values[0] as { value: unknown }).value);
    };
    const [connectivity, metered] = await Promise.all([read("Connectivity"), read("Metered").catch(() => 0)]);
    const levels: Readonly<Record<number, number>> = { 0: 4, 1: 1, 2: 3, 3: 2, 4: 4 };
    return { available: connectivity !== 1, metered: metered === 1 || metered === 3, connectivity: levels[connectivity] ?? 1 };
  } catch {
    return undefined;
  }
}

function interfaceStatus(): NetworkStatus {
  const available = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ internal, address }) => !internal && !address.startsWith("fe80:")),
  );
  return { available, metered: false, connectivity: available ? 4 : 1 };
}

function canReach(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (host === "" || host.length > 255 || port < 1 || port > 65_535) {
      resolve(false);
      return;
    }
    const socket = connect({ host, port });
    const finish = (reached: boolean) => () => {
      socket.destroy();
      resolve(reached);
    };
    socket.setTimeout(REACH_MILLISECONDS, finish(false));
    socket.once("connect", finish(true));
    socket.once("error", finish(false));
  });
}
