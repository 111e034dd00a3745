// Services of python3-dbusmock on the session's bus, or on a system bus of its own.
import { type Running, waitFor } from "./process.ts";
import { SERVER_LIFE, serverScript } from "./server-script.ts";
import type { Session } from "./session.ts";

export interface Mock {
  /** Its calls so far, as dbusmock writes them. */
  log(): string;
  /** What a template of ours prints. */
  said(): string;
  /** Of the bus that it is on. */
  readonly address: string;
  /** As by a crash. */
  kill(): Promise<unknown>;
}

export async function startMock(session: Session, template: string, bus: "session" | "system"): Promise<Mock> {
  const address = bus === "session" ? (session.environment["DBUS_SESSION_BUS_ADDRESS"] as string) : await startSystemBus(session);
  const log = session.write(`${session.scratch}/mock-${template}.log`, "");
  const environment = { DBUS_SYSTEM_BUS_ADDRESS: address, DBUS_SESSION_BUS_ADDRESS: address };
  const file = template.endsWith(".py") ? serverScript(session, template) : template;
  const mock = session.start(["/usr/bin/python3", "-m", "dbusmock", "--template", file, "--logfile", log], { limit: SERVER_LIFE, environment });
  const name = NAMES[template] ?? template;
  await waitFor(`the mock ${template}`, async () => {
    if (mock.stderr().includes("Traceback")) throw new Error(mock.stderr());
    return (await call(session, address, "org.freedesktop.DBus.NameHasOwner", name)).stdout.includes("true");
  });
  const kill = (): Promise<unknown> => {
    mock.kill("SIGKILL");
    return mock.ended;
  };
  return { log: () => session.read(log), said: () => mock.stdout(), address, kill };
}

const NAMES: Readonly<Record<string, string>> = {
  notification_daemon: "org.freedesktop.Notifications",
  logind: "org.freedesktop.login1",
  networkmanager: "org.freedesktop.NetworkManager",
  upower: "org.freedesktop.UPower",
  power_profiles_daemon: "net.hadess.PowerProfiles",
  "mock_game_mode.py": "com.feralinteractive.GameMode",
  "mock_realtime_kit.py": "org.freedesktop.RealtimeKit1",
  "mock_geoclue.py": "org.freedesktop.GeoClue2",
};

async function startSystemBus(session: Session): Promise<string> {
  const known = session.environment["DBUS_SYSTEM_BUS_ADDRESS"];
  if (known !== undefined) return known;
  const address = `unix:path=${session.scratch}/system-bus`;
  const server: Running = session.start(["dbus-daemon", "--session", "--nofork", "--nopidfile", `--address=${address}`], { limit: SERVER_LIFE });
  await waitFor("the system bus", async () => {
    if (server.stderr().includes("Failed")) throw new Error(server.stderr());
    return (await call(session, address, "org.freedesktop.DBus.GetId")).status === 0;
  });
  return address;
}

function call(session: Session, address: string, method: string, ...parameters: string[]) {
  return session.run(["gdbus", "call", "--address", address, "--dest", "org.freedesktop.DBus", "--object-path", "/", "--method", method, ...parameters]);
}
