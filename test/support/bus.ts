// Session buses of the real kinds, private to a session, and the service that the tests call on them.
import { existsSync, mkdirSync } from "node:fs";
import { type Running, waitFor } from "./process.ts";
import { SERVER_LIFE, serverScript } from "./server-script.ts";
import type { Session } from "./session.ts";

export type BusKind = "dbus-daemon" | "dbus-broker";

/** A dbus-daemon that starts no service by itself: the bus of a session without any desktop. */
export function startBareBus(session: Session): Promise<string> {
  const services = session.makeFolder(`${session.scratch}/services`);
  const config = session.write(
    `${session.scratch}/bare-bus.conf`,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth><servicedir>${services}</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`,
  );
  return startBus(session, "dbus-daemon", [`--config-file=${config}`]);
}

/** Starts a bus and puts its address into the session's environment; answers calls when this returns. */
export async function startBus(session: Session, kind: BusKind = "dbus-daemon", configuration: readonly string[] = ["--session"]): Promise<string> {
  const socket = `${session.runtimeDirectory}/bus`;
  const address = `unix:path=${socket}`;
  const server = kind === "dbus-daemon" ? startDaemon(session, address, configuration) : startBroker(session, socket);
  session.onClose(async () => {
    server.kill("SIGTERM");
    await server.ended;
  });
  await waitFor(`${kind} at ${socket}`, () => existsSync(socket) || failure(server));
  session.environment["DBUS_SESSION_BUS_ADDRESS"] = address;
  await waitFor(`an answer of ${kind}`, async () => (await busCall(session, "org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetId")).status === 0);
  return address;
}

function startDaemon(session: Session, address: string, configuration: readonly string[]): Running {
  return session.start(["dbus-daemon", ...configuration, "--nofork", "--nopidfile", `--address=${address}`], { limit: SERVER_LIFE });
}

function startBroker(session: Session, socket: string): Running {
  if (process.getuid?.() === 0) mkdirSync("/run/systemd", { recursive: true });
  const outer = ["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/run/systemd", "--die-with-parent"] as const;
  return session.start([...outer, "/usr/bin/python3", serverScript(session, "dbus_broker.py"), socket], { limit: SERVER_LIFE });
}

function failure(server: Running): false {
  if (server.stderr().includes("Failed to")) throw new Error(server.stderr());
  return false;
}

/** A call from outside, as any program of the user may make it. */
export function busCall(session: Session, destination: string, path: string, method: string, ...parameters: string[]) {
  return session.run(["gdbus", "call", "--session", "--timeout=10", "--dest", destination, "--object-path", path, "--method", method, ...parameters], {
    limit: 15_000,
  });
}

/** Owns the names and answers `org.example.Test` at /test; its output has a line for each call. */
export async function startService(session: Session, ...names: string[]): Promise<Running> {
  const service = session.start(["/usr/bin/python3", serverScript(session, "service.py"), ...names], { limit: SERVER_LIFE });
  await waitFor(`the service ${names.join(" ")}`, () => service.stdout().startsWith("ready") || crashed(service));
  return service;
}

function crashed(server: Running): false {
  if (server.stderr().includes("Traceback")) throw new Error(server.stderr());
  return false;
}
