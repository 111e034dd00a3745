// The host's own permission store (org.freedesktop.impl.portal.PermissionStore): what its portals remember of an app is forgotten with the app.
import { readdirSync } from "node:fs";
import { parseAddress } from "../../dbus-proxy/address.ts";
import type { VariantValue } from "../../dbus-proxy/wire/reader.ts";
import type { Addon } from "../../native/addon.ts";
import { type BusClient, connectBusClient } from "../host-bus/bus-client.ts";

const NAME = "org.freedesktop.impl.portal.PermissionStore";
const STORE = { destination: NAME, path: "/org/freedesktop/impl/portal/PermissionStore", interface: NAME };

/** How many entries there were. Throws where the store has tables and cannot be asked. */
export async function forgetInHostStore(addon: Addon, environment: { get(name: string): string | undefined }, uid: number, app: string): Promise<number> {
  const tables = tablesOf(environment);
  if (tables.length === 0) return 0;
  const parsed = parseAddress(environment.get("DBUS_SESSION_BUS_ADDRESS") ?? `unix:path=${environment.get("XDG_RUNTIME_DIR") ?? ""}/bus`);
  const [socket] = parsed.ok ? parsed.sockets : [];
  if (socket === undefined) throw new RangeError("there is no session bus");
  const bus = await connectBusClient(addon, socket, uid);
  try {
    let forgotten = 0;
    for (const table of tables) forgotten += await forgetInTable(bus, table, app);
    return forgotten;
  } finally {
    bus.close();
  }
}

async function forgetInTable(bus: BusClient, table: string, app: string): Promise<number> {
  let forgotten = 0;
  const ids = (await bus.call({ ...STORE, member: "List", signature: "s", args: [table] })).values[0] as readonly string[];
  for (const id of ids) {
    const { values } = await bus.call({ ...STORE, member: "Lookup", signature: "ss", args: [table, id] });
    const apps = values[0] as unknown as readonly (readonly [string, VariantValue])[];
    if (!apps.some(([name]) => name === app)) continue;
    await bus.call({ ...STORE, member: "DeletePermission", signature: "sss", args: [table, id, app] });
    forgotten++;
  }
  return forgotten;
}

/** The store has no method that lists its tables: each is a file of its database, as Flatpak's `permission-reset` finds them. */
function tablesOf(environment: { get(name: string): string | undefined }): readonly string[] {
  const data = environment.get("XDG_DATA_HOME") || `${environment.get("HOME") ?? ""}/.local/share`;
  try {
    return readdirSync(`${data}/flatpak/db`).filter((name) => /^[\w-]{1,100}$/.test(name));
  } catch {
    return [];
  }
}
