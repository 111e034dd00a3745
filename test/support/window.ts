// Windows of an X display, as a user meets them: found by title, typed into, clicked at.
import { type Running, waitFor } from "./process.ts";
import type { Session } from "./session.ts";

export interface WindowPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface AppWindow {
  readonly id: string;
  title(): Promise<string>;
  place(): Promise<WindowPlace>;
  /** Keys as xdotool names them: `ctrl+s`, `Return`. */
  press(...keys: string[]): Promise<void>;
  type(text: string): Promise<void>;
  /** A click at a place of the screen. */
  clickAt(x: number, y: number): Promise<void>;
  /** With the first button held, from one place of the screen to another. */
  drag(from: readonly [number, number], to: readonly [number, number]): Promise<void>;
}

/** Waits for a visible window whose title matches. With the program at hand, its end is told at once. */
export async function waitForWindow(session: Session, title: string, program?: Running, limit = 20_000): Promise<AppWindow> {
  let over = "";
  void program?.ended.then((outcome) => {
    over = `the program ended with ${outcome.status ?? outcome.signal}:\n${outcome.stdout}${outcome.stderr}`;
  });
  const id = await waitFor(
    `a window titled ${title}`,
    async () => {
      if (over !== "") throw new Error(over);
      const found = await session.run(["xdotool", "search", "--onlyvisible", "--name", title]);
      return found.stdout.trim().split("\n").at(-1) || undefined;
    },
    limit,
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${program?.stderr() ?? ""}`);
  });
  return windowById(session, id);
}

function windowById(session: Session, id: string): AppWindow {
  const xdotool = async (...argv: string[]): Promise<string> => {
    const result = await session.run(["xdotool", ...argv], { limit: 15_000 });
    if (result.status !== 0) throw new Error(`xdotool ${argv.join(" ")}: ${result.stderr}`);
    return result.stdout;
  };
  const focus = (): Promise<string> => xdotool("windowactivate", "--sync", id);
  return {
    id,
    title: async () => (await xdotool("getwindowname", id)).trimEnd(),
    async place() {
      // Not xdotool's own answer: that counts the frame of the window manager twice.
      const { stdout } = await session.run(["xwininfo", "-id", id]);
      const value = (name: string): number => Number(new RegExp(`${name}:\\s+(-?\\d+)`).exec(stdout)?.[1]);
      return { x: value("Absolute upper-left X"), y: value("Absolute upper-left Y"), width: value("Width"), height: value("Height") };
    },
    async press(...keys) {
      await focus();
      await xdotool("key", "--delay", "30", ...keys);
    },
    async type(text) {
      await focus();
      await xdotool("type", "--delay", "20", text);
    },
    clickAt: async (x, y) => void (await xdotool("mousemove", String(x), String(y), "click", "1")),
    async drag(from, to) {
      const at = (place: readonly [number, number]): string[] => place.map((value) => String(Math.round(value)));
      const middle: [number, number] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
      await xdotool("mousemove", ...at(from), "mousedown", "1");
      for (const place of [middle, to]) await xdotool("mousemove", ...at(place));
      await xdotool("mouseup", "1");
    },
  };
}
