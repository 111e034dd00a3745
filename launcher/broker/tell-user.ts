// A start that fails where nobody reads standard error (a desktop entry), or whose app does not see the file that it was started for, is told by a notification; where
// no service takes one, by a dialog.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { Problem } from "../manifest/origin.ts";
import { messagesFor } from "../messages/messages.ts";
import { renderProblem, renderText } from "../messages/render.ts";
import { type HostBusCall, type Notification, plainBusAddress } from "./host-bus.ts";

/** Set by what starts desktop entries: GIO, and startup notification of X11 and Wayland. */
const ENTRY_MARKS = ["GIO_LAUNCHED_DESKTOP_FILE", "DESKTOP_STARTUP_ID", "XDG_ACTIVATION_TOKEN"];

/** Notices without which a window that shows nothing would be a riddle. */
const TOLD: ReadonlySet<string> = new Set(["run.argument-unseen", "run.opened-beside"]);

/** What to tell, or null: somebody reads along, there is no screen, or there is nothing to tell. */
export function noticeFor(request: FrontRequest, problems: readonly Problem[]): Notification | null {
  const isSet = (name: string): boolean => (request.environment.get(name) ?? "") !== "";
  // A file is a session's error log; a pipe is somebody's script, unless a desktop entry was clicked: some desktops collect what programs say by pipes.
  const isFromEntry = request.standard[0] !== "tty" && ENTRY_MARKS.some(isSet);
  const hasReader = request.standard.slice(1).some((kind) => kind === "tty" || (kind === "pipe" && !isFromEntry));
  const hasScreen = ["DISPLAY", "WAYLAND_DISPLAY"].some(isSet);
  const [first] = problems.filter(({ severity, key }) => severity === "error" || TOLD.has(key));
  if (hasReader || !hasScreen || first === undefined) return null;
  const app = request.argv.find((word, index) => index > 0 && !word.startsWith("-")) ?? "tsbox";
  const messages = messagesFor(request.environment);
  const body = renderProblem({ ...first, severity: "error" }, messages)
    .replace(/^tsbox: /, "")
    .replace(`\n${messages["render.hint"]?.text}`, "\n")
    .trimEnd();
  if (first.severity !== "error") return { title: app, body, icon: "dialog-warning" };
  return { title: renderText("run.not-started", { app }, messages).trimEnd(), body, icon: "dialog-error" };
}

/** Null where there is no bus to tell it over. */
export function notificationFor(request: FrontRequest, notification: Notification): HostBusCall | null {
  const busAddress = plainBusAddress(request.environment.get("DBUS_SESSION_BUS_ADDRESS"));
  return busAddress === null ? null : { busAddress, notification };
}

/** Programs that show a message, each with its words; none reads markup in ours. */
const DIALOGS: readonly (readonly [program: string, argv: (notification: Notification) => readonly string[]])[] = [
  ["zenity", ({ title, body }) => ["--error", "--no-markup", `--title=${title}`, `--text=${body}`, "--width=420"]],
  ["kdialog", ({ title, body }) => ["--title", title, "--error", body.replaceAll("<", "\u2039")]],
  ["yad", ({ title, body }) => ["--image=dialog-error", "--button=OK:0", `--title=${title}`, `--text=${escapeMarkup(body)}`, "--width=420"]],
  ["xmessage", ({ title, body }) => ["-center", "-title", title, body]],
];

/** The first of them that the caller has in his PATH. */
export function dialogFor(request: FrontRequest, notification: Notification, isThere: (path: string) => boolean = isProgram): readonly string[] | null {
  const folders = (request.environment.get("PATH") ?? "").split(":").filter((folder) => folder.startsWith("/"));
  for (const [name, argv] of DIALOGS) {
    const program = folders.map((folder) => `${folder}/${name}`).find(isThere);
    if (program !== undefined) return [program, ...argv(notification)];
  }
  return null;
}

/** With the caller's own environment, and outlives the broker. False where there is none. */
export function showDialog(request: FrontRequest, notification: Notification): boolean {
  const [program, ...argv] = dialogFor(request, notification) ?? [];
  if (program === undefined) return false;
  const child = spawn(program, argv, { env: Object.fromEntries(request.environment), cwd: "/", stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
  return true;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
