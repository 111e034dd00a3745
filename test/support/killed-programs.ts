// Programs whose windows are open while the bus process dies: a calculator of each toolkit, a viewer, an editor.
import type { Desk } from "./desktop.ts";
import { type Running, waitFor } from "./process.ts";
import { makeApp } from "./sandbox.ts";
import type { Session } from "./session.ts";
import { type AppWindow, waitForWindow } from "./window.ts";

const CONTEXT = "[Context]\nshared=ipc;\nsockets=x11;\nfilesystems=~/desk;\n[Session Bus Policy]\n";
const PROGRAMS = [
  { id: "org.kde.kcalc", command: "kcalc", title: "" },
  { id: "org.gnome.Calculator", command: "gnome-calculator", title: "Calculator" },
  { id: "org.gnome.evince", command: "evince", title: "Recent|Document Viewer|Evince" },
  { id: "org.xfce.mousepad", command: "mousepad", title: "letter.txt" },
] as const;

export interface OpenPrograms {
  /** By id. */
  readonly running: ReadonlyMap<string, Running>;
  /** Of mousepad, with the desk's letter. */
  readonly editor: AppWindow;
}

/** One after the other, each with its window. `limit`: milliseconds until they are killed. */
export async function openPrograms(session: Session, desk: Desk, limit: number): Promise<OpenPrograms> {
  const running = new Map<string, Running>();
  let editor: AppWindow | undefined;
  for (const { id, command, title } of PROGRAMS) {
    const app = await makeApp(session, id, `command=${command}\n${CONTEXT}`);
    const child = app.start(command === "mousepad" ? [desk.letter] : [], { limit });
    running.set(id, child);
    // The calculator of KDE gives its visible window no name.
    if (title === "") await waitFor("its window", async () => (await session.run(["xdotool", "search", "--class", command])).status === 0, 30_000);
    else editor = await waitForWindow(session, title, child, 30_000);
  }
  return { running, editor: editor as AppWindow };
}
