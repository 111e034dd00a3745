// An X server without a screen, with a cookie of its own, and a window manager as a desktop has one.
import { randomBytes } from "node:crypto";
import { waitFor } from "./process.ts";
import { SERVER_LIFE } from "./server-script.ts";
import type { Session } from "./session.ts";

export interface Display {
  readonly number: number;
  readonly authority: string;
  readonly pid: number;
}

/** The server's size; the window manager places windows inside. */
export const SCREEN = { width: 1024, height: 768 } as const;
/** Starts Xvfb at `number`, or at the next free one, and puts DISPLAY and XAUTHORITY into the session's environment. */
export async function startXvfb(session: Session, options: { readonly number?: number; readonly windowManager?: boolean } = {}): Promise<Display> {
  const authority = session.write(".Xauthority-test", "", 0o600);
  const cookie = randomBytes(16).toString("hex");
  // The server takes any cookie of the file, whatever its number, but only what is there when it starts; an empty file means no access control at all.
  await session.run(["xauth", "-q", "-f", authority, "add", `:${options.number ?? 0}`, ".", cookie]);
  const wanted = options.number === undefined ? [] : [`:${options.number}`];
  const screen = `${SCREEN.width}x${SCREEN.height}x24`;
  const server = session.start(["Xvfb", ...wanted, "-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp", "-noreset", "-auth", authority], {
    limit: SERVER_LIFE,
  });
  session.onClose(async () => {
    server.kill("SIGTERM");
    await server.ended;
  });
  const number = Number(await waitFor("Xvfb", () => /^(\d+)\n/.exec(server.stdout())?.[1] ?? fatal(server.stderr())));
  if (number !== (options.number ?? 0)) await session.run(["xauth", "-q", "-f", authority, "remove", ":0"]);
  await session.run(["xauth", "-q", "-f", authority, "add", `:${number}`, ".", cookie]);
  session.environment["DISPLAY"] = `:${number}`;
  session.environment["XAUTHORITY"] = authority;
  if (options.windowManager === true) {
    const manager = session.start(["openbox", "--sm-disable"], { limit: SERVER_LIFE });
    session.onClose(() => manager.kill("SIGTERM"));
    await waitFor("openbox", async () => (await session.run(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"])).stdout.includes("window id"));
  }
  return { number, authority, pid: server.pid };
}

function fatal(stderr: string): undefined {
  if (stderr.includes("Fatal server error")) throw new Error(stderr);
  return undefined;
}
