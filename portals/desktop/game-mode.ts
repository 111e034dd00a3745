// org.freedesktop.portal.GameMode: a game asks the session's GameMode (com.feralinteractive.GameMode) for the machine's power while it runs. Processes are named by the
// numbers of the sandbox, and mean its own ones alone.
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import type { PortalInstance } from "../core/instance.ts";
import { dictionary } from "../core/options.ts";
import { DESKTOP_PATH, type Portal, type PortalCall, type PortalMethod, type Reply, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { isAllowed, isRefused } from "../dialogs/consent.ts";
import type { BusClient } from "../host-bus/bus-client.ts";
import { listenUntilEnd } from "../host-bus/listening.ts";
import { beforeLooking, hostProcess, hostProcessOf } from "../outside/app-process.ts";

const INTERFACE = "org.freedesktop.portal.GameMode";
const GAME_MODE = "com.feralinteractive.GameMode";
const SERVICE = { destination: GAME_MODE, path: "/com/feralinteractive/GameMode", interface: GAME_MODE };
const TABLE = "gamemode";

type Act = "QueryStatus" | "RegisterGame" | "UnregisterGame";

export const gameMode: Portal = {
  interface: INTERFACE,
  version: 4,
  methods: Object.fromEntries((["QueryStatus", "RegisterGame", "UnregisterGame"] as const).flatMap((act) => Object.entries(methodsOf(act)))),
  properties: { Active: { type: "b", get: async (instance) => (await clients(instance)).count > 0 } },
};

/** Of one act: of the caller itself, of a process by its number, and by its descriptor. */
function methodsOf(act: Act): Readonly<Record<string, PortalMethod>> {
  const byNumber = ({ instance, args }: PortalCall): readonly number[] => args.map((pid) => hostProcess(instance, Number(pid)));
  return {
    [act]: method("i", ["pid"], act, byNumber),
    [`${act}ByPid`]: method("ii", ["target", "requester"], act, byNumber),
    [`${act}ByPIDFd`]: {
      ...method("hh", ["target", "requester"], act, byNumber),
      run: async (call) => {
        const held: number[] = [];
        try {
          for (const index of call.args) held.push(call.descriptors.take(index));
          return await perform(call, act, () => held.map((fd) => hostProcessOf(call.instance, fd)));
        } finally {
          for (const fd of held) call.instance.addon.close(fd);
        }
      },
    },
  };
}

function method(signature: string, names: readonly string[], act: Act, processes: (call: PortalCall) => readonly number[]): PortalMethod {
  return { in: signature, out: "i", names: [...names, "result"], run: (call) => perform(call, act, () => processes(call)) };
}

async function perform({ instance }: PortalCall, act: Act, processes: () => readonly number[]): Promise<Reply> {
  await beforeLooking(instance);
  // Refused before anybody is asked: a number that is none of the app's.
  processes();
  // What it gives up needs no leave, and what it looks at is its own.
  const isFree = act !== "RegisterGame" && !isRefused(instance, TABLE, TABLE);
  if (!isFree && !(await isAllowed(instance, { table: TABLE, words: "game-mode" }))) throw new PortalError("NotAllowed", "the user has not allowed it");
  const bus = await instance.sessionBus();
  // Anew, as a question takes long and numbers are given away again.
  const [target = 0, requester = target] = processes();
  // Who calls is the broker for all apps: the one that asks is said in the call.
  return (await bus.call({ ...SERVICE, member: `${act}ByPID`, signature: "ii", args: [target, requester] })).values;
}

/** Asked once, then followed. */
function clients(instance: PortalInstance): Promise<{ count: number }> {
  return instance.own("game mode", async () => {
    const state = { count: 0 };
    const bus = await instance.sessionBus();
    await listenUntilEnd(
      instance,
      bus,
      { sender: GAME_MODE, path: SERVICE.path, interface: "org.freedesktop.DBus.Properties", member: "PropertiesChanged" },
      ({ args }) => {
        const changed = (args[1] as unknown as readonly (readonly [string, VariantValue])[]).find(([key]) => key === "ClientCount");
        if (changed !== undefined) tell(instance, state, Number(changed[1].value));
      },
    );
    state.count = await readCount(bus).catch(() => 0);
    return state;
  });
}

async function readCount(bus: BusClient): Promise<number> {
  const args: readonly Value[] = [GAME_MODE, "ClientCount"];
  const { values } = await bus.call({ ...SERVICE, interface: "org.freedesktop.DBus.Properties", member: "Get", signature: "ss", args, noAutoStart: true });
  return Number((values[0] as VariantValue).value);
}

function tell(instance: PortalInstance, state: { count: number }, count: number): void {
  const isChange = state.count > 0 !== count > 0;
  state.count = count;
  if (!isChange) return;
  const changed = dictionary({ Active: variant("b", count > 0) });
  instance.emit("", DESKTOP_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", [INTERFACE, changed, []]);
}
