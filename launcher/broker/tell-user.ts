// A start that fails where nobody reads standard error (a desktop entry) is told by a notification.
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { Problem } from "../manifest/origin.ts";
import { messagesFor } from "../messages/messages.ts";
import { renderProblem, renderText } from "../messages/render.ts";
import { type HostBusCall, plainBusAddress } from "./host-bus.ts";

/** What to tell, or null: somebody reads along, there is no screen, or there is no bus to tell it over. */
export function notificationFor(request: FrontRequest, problems: readonly Problem[]): HostBusCall | null {
  // A file is a session's error log; a pipe is somebody's script.
  const hasReader = request.standard.slice(1).some((kind) => kind === "tty" || kind === "pipe");
  const hasScreen = ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => (request.environment.get(name) ?? "") !== "");
  const busAddress = plainBusAddress(request.environment.get("DBUS_SESSION_BUS_ADDRESS"));
  const [first] = problems.filter((problem) => problem.severity === "error");
  if (hasReader || !hasScreen || busAddress === null || first === undefined) return null;
  const app = request.argv.find((word, index) => index > 0 && !word.startsWith("-")) ?? "the app";
  const messages = messagesFor(request.environment);
  const body = renderProblem(first, messages)
    .replace(/^tsbox: /, "")
    .replace(`\n${messages["render.hint"]?.text}`, "\n")
    .trimEnd();
  return { busAddress, notification: { title: renderText("run.not-started", { app }, messages).trimEnd(), body, icon: "dialog-error" } };
}
