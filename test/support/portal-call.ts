// Calls from inside an app to its portals, with gdbus as the client; the app's command is gdbus.
import type { Outcome } from "./process.ts";
import type { App } from "./sandbox.ts";

export const DESKTOP = "org.freedesktop.portal.Desktop";
export const DESKTOP_PATH = "/org/freedesktop/portal/desktop";

export interface CallTarget {
  readonly name?: string;
  readonly path?: string;
}

export function portalCall(app: App, method: string, parameters: readonly string[] = [], target: CallTarget = {}): Promise<Outcome> {
  const { name = DESKTOP, path = DESKTOP_PATH } = target;
  return app.run(["call", "--session", "--timeout=15", "--dest", name, "--object-path", path, "--method", method, ...parameters]);
}
