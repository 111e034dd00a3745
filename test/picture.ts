// `npm run picture`: makes the picture of the README from running programs. A text editor and a calculator in sandboxes of their own, and a terminal on the
// host that asks what runs and looks into the editor's sandbox.
import { copyFileSync, chmodSync } from "node:fs";
import { resolve } from "node:path";
import { ordinaryAccount } from "./support/account.ts";
import { startBus } from "./support/bus.ts";
import { findTsbox } from "./support/sandbox.ts";
import { openSession, type Session } from "./support/session.ts";
import { waitForWindow } from "./support/window.ts";
import { startXvfb } from "./support/xvfb.ts";

const LETTER =
  "This editor runs in a sandbox.\n\nIt sees ~/Documents, and of your home nothing else.\nIt sees no process but its own,\nno network but its own loopback,\nand of the session bus its own name.\n";
const LOOK = 'echo "home:       $(ls ~)"; echo "processes:  $(ls /proc | grep -c \'^[0-9]\')"; echo "network:    $(ls /sys/class/net)"; touch /usr/x';
const PAUSE = 1500;

const session = openSession(ordinaryAccount());
try {
  await take(session);
} finally {
  await session.close();
}

async function take(session: Session): Promise<void> {
  await startXvfb(session, { windowManager: true });
  await startBus(session);
  const letter = session.write("Documents/letter.txt", LETTER);
  session.write(".ssh/id_ed25519", "a key\n");
  session.write(".config/user-dirs.dirs", 'XDG_DOCUMENTS_DIR="$HOME/Documents"\n');
  const tsbox = await findTsbox(session);
  const limit = 120_000;
  session.start([tsbox, "run", "org.xfce.mousepad", letter], { limit });
  await place(session, "letter.txt", 0, 0, 600, 350);
  session.start([tsbox, "run", "org.gnome.Calculator"], { limit });
  await place(session, "Calculator", 610, 0, 410, 560);
  const script = session.write("look.sh", shellScript(tsbox), 0o755);
  session.start(["/usr/bin/xterm", "-fa", "DejaVu Sans Mono", "-fs", "10", "-T", "terminal", "-e", script], { limit });
  await place(session, "terminal", 0, 385, 600, 370);
  await new Promise((resolve) => setTimeout(resolve, 2 * PAUSE));
  const shot = session.path("picture.png");
  const taken = await session.run(["/usr/bin/import", "-silent", "-window", "root", shot]);
  if (taken.status !== 0) throw new Error(taken.stderr);
  copyFileSync(shot, resolve("manifests/picture.png"));
  chmodSync(resolve("manifests/picture.png"), 0o644);
}

async function place(session: Session, title: string, x: number, y: number, width: number, height: number): Promise<void> {
  await waitForWindow(session, title);
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
  await session.run(["/usr/bin/wmctrl", "-r", title, "-e", `0,${x},${y},${width},${height}`]);
}

/** What the terminal shows: each command, then its answer. */
function shellScript(tsbox: string): string {
  return `#!/bin/sh
PATH=${resolve(tsbox, "..")}:$PATH
show() { printf '\\033[1m$ %s\\033[0m\\n' "$1"; sh -c "$2" 2>&1; echo; }
show 'ls -A ~' 'ls -A ~ | grep -v look.sh'
show 'tsbox ps' 'tsbox ps --columns=application,pid'
show 'tsbox run --command=sh org.xfce.mousepad' '${`tsbox run --command=sh org.xfce.mousepad -c '"'"'${LOOK}'"'"' 2>&1 | grep -v -e notice -e hint`.replace(/'"'"'/g, `'\\''`)}'
sleep 60
`;
}
