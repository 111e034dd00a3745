// The user's hand at a file dialog of ours: waits for it, enters a path, accepts.
import { setTimeout as wait } from "node:timers/promises";
import type { Running } from "./process.ts";
import type { Session } from "./session.ts";
import { type AppWindow, waitForWindow } from "./window.ts";

/** A dialog's title begins with the app's id, whatever the app says: that tells it from a dialog of the app's own. */
export function dialogOf(session: Session, id: string, program?: Running, limit?: number): Promise<AppWindow> {
  return waitForWindow(session, `^${id}: `, program, limit);
}

export interface Entering {
  /** GTK's dialogs show a field for a path on ctrl+l, unless they have one already. */
  readonly showsField?: boolean;
  /** The keys that accept. */
  readonly accept?: string;
}

/** Enters the path, and accepts until the dialog is gone. */
export async function enterPath(session: Session, window: AppWindow, path: string, { showsField = false, accept = "Return" }: Entering = {}): Promise<void> {
  // It takes keys a moment after it is there.
  const settle = (): Promise<void> => wait(1000);
  await settle();
  // A name that stands there already goes, its ending too.
  if (!showsField) await window.press("ctrl+l", "ctrl+a");
  await settle();
  await window.type(path);
  // The first Return may go to GTK's completion of the path.
  for (let count = 0; count < 5; count++) {
    await settle();
    await window.press(accept).catch(() => {});
    await settle();
    if (!(await session.run(["xwininfo", "-id", window.id])).stdout.includes("IsViewable")) return;
  }
}
