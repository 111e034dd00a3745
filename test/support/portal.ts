// A real xdg-desktop-portal on the session's bus, with a backend that writes down which app it was told is calling.
import { chmodSync, existsSync, statSync } from "node:fs";
import { type Running, waitFor } from "./process.ts";
import { busCall } from "./bus.ts";
import { SERVER_LIFE, serverScript } from "./server-script.ts";
import type { Session } from "./session.ts";

const PORTAL = ["/usr/libexec/xdg-desktop-portal", "/usr/lib/xdg-desktop-portal"];
const DESKTOP = "tsboxtest";

export interface Portal {
  /** `notification APP_ID ID` lines so far; the app id is `-` where the portal found none. */
  calls(): readonly string[];
  readonly server: Running;
}

/** The bus must be running. */
export async function startPortal(session: Session): Promise<Portal> {
  openFuse(session);
  const folder = session.makeFolder(`${session.scratch}/portals`);
  session.write(
    `${folder}/${DESKTOP}.portal`,
    `[portal]\nDBusName=org.freedesktop.impl.portal.desktop.tsboxtest\nInterfaces=org.freedesktop.impl.portal.Notification;\nUseIn=${DESKTOP}\n`,
  );
  const backend = session.start(["/usr/bin/python3", serverScript(session, "portal_backend.py")], { limit: SERVER_LIFE });
  await waitFor("the portal's backend", () => {
    if (backend.stderr().includes("Error")) throw new Error(backend.stderr());
    return backend.stdout().startsWith("ready");
  });
  const binary = PORTAL.find((path) => existsSync(path)) ?? "xdg-desktop-portal";
  const environment = { XDG_DESKTOP_PORTAL_DIR: folder, XDG_CURRENT_DESKTOP: DESKTOP };
  const server = session.start([binary, "--verbose"], { limit: SERVER_LIFE, environment });
  session.onClose(async () => {
    server.kill("SIGTERM");
    await server.ended;
    backend.kill("SIGTERM");
    await backend.ended;
  });
  await waitFor("xdg-desktop-portal", async () => (await version(session)).status === 0, 20_000);
  return {
    server,
    calls: () =>
      backend
        .stdout()
        .split("\n")
        .filter((line) => line.startsWith("notification ")),
  };
}

function version(session: Session) {
  const path = "/org/freedesktop/portal/desktop";
  return busCall(session, "org.freedesktop.portal.Desktop", path, "org.freedesktop.DBus.Properties.Get", "org.freedesktop.portal.Notification", "version");
}

/** The document portal mounts a FUSE file system; a package's script may have closed the device to users. */
export function openFuse(session: Session): void {
  if (process.getuid?.() !== 0 || !existsSync("/dev/fuse")) return;
  const mode = statSync("/dev/fuse").mode & 0o777;
  chmodSync("/dev/fuse", 0o666);
  session.onClose(() => chmodSync("/dev/fuse", mode));
}
