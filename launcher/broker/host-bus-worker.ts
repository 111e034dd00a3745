// The worker of host-bus.ts: connects to the host's session bus with dbus-next, makes one call, answers true or false. Ends with any error.
import { parentPort, workerData } from "node:worker_threads";
import { type ClientInterface, sessionBus } from "dbus-next";
import type { HostBusCall } from "./host-bus.ts";

const SERVICE = "org.freedesktop.Notifications";
const PATH = "/org/freedesktop/Notifications";

async function notify(call: HostBusCall): Promise<boolean> {
  const bus = sessionBus({ busAddress: call.busAddress });
  bus.on("error", () => parentPort?.postMessage(false));
  const service = await bus.getProxyObject(SERVICE, PATH);
  const notifications: ClientInterface = service.getInterface(SERVICE);
  const { title, body, icon } = call.notification;
  // Desktop Notifications Specification 1.2: the body is markup where the service can show it.
  const escaped = body.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  await notifications["Notify"]?.("tsbox", 0, icon, title, escaped, [], {}, -1);
  bus.disconnect();
  return true;
}

notify(workerData as HostBusCall).then(
  (taken) => parentPort?.postMessage(taken),
  () => parentPort?.postMessage(false),
);
