// The carrier between the clipboard of the user's X server and that of an app's own (`[X-Tsbox Display] clipboard=in|both`): a process for each such app, started
// by the keeper of its server (native/x11-server.c). `node clipboard.cjs in|both`, descriptor 3 a connection to the app's server. It ends with either server.
import { readFileSync } from "node:fs";
import { connect, Socket } from "node:net";
import { hostname } from "node:os";
import { firstCookie, rewriteXauthority } from "../permissions/kinds/xauthority.ts";
import { parseLocalDisplay } from "../permissions/kinds/x11.ts";
import { openSelection, type Selection } from "./selection.ts";

const APP_SERVER = 3;

/** Who pastes at `to` gets what is copied at `from`. */
interface Way {
  from: Selection | null;
  to: Selection | null;
}

function follow(way: Way, owner: "nobody" | "us" | "another"): void {
  if (owner === "another") way.to?.take();
  else if (owner === "nobody") way.to?.release();
}

async function main(): Promise<void> {
  const isBoth = process.argv[2] === "both";
  const display = parseLocalDisplay(process.env["DISPLAY"] ?? "");
  if (display === null) return;
  const end = (): void => process.exit(0);
  const inward: Way = { from: null, to: null };
  const outward: Way = { from: null, to: null };
  const host = await openSelection(connect(`/tmp/.X11-unix/X${display.number}`), cookieOf(display.number), {
    changed: (owner) => follow(inward, owner),
    wanted: async () => (await outward.from?.text()) ?? null,
    ended: end,
  });
  const app = await openSelection(new Socket({ fd: APP_SERVER, readable: true, writable: true }), null, {
    changed: (owner) => follow(outward, owner),
    wanted: async () => (await inward.from?.text()) ?? null,
    ended: end,
  });
  Object.assign(inward, { from: host, to: app });
  // INVARIANT: without this, nothing of the app's clipboard is ever asked for or offered.
  if (isBoth) Object.assign(outward, { from: app, to: host });
  follow(inward, await host.owner());
}

function cookieOf(number: number): ReturnType<typeof firstCookie> {
  const file = process.env["XAUTHORITY"] ?? `${process.env["HOME"] ?? ""}/.Xauthority`;
  try {
    return firstCookie(rewriteXauthority(readFileSync(file), number, number, hostname(), process.env["XAUTHLOCALHOSTNAME"]));
  } catch {
    // A server without cookies.
    return null;
  }
}

main().catch((error: Error) => {
  process.stderr.write(`tsbox clipboard: ${error.message}\n`);
  process.exit(1);
});
