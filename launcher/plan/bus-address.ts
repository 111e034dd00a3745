// Which socket of the host is the caller's session bus. Pure. (D-Bus specification, "Server Addresses".)
import type { RunInputs } from "./inputs.ts";

export type HostBus =
  | { readonly kind: "path"; readonly path: string; readonly named: boolean }
  | { readonly kind: "abstract"; readonly name: string }
  /** The environment names an address of a kind that no socket file or abstract name stands for (tcp, autolaunch …). */
  | { readonly kind: "unusable"; readonly address: string };

/** `DBUS_SESSION_BUS_ADDRESS`, else `bus` in the runtime directory (sd_bus_open_user(3) and libdbus do the same). `named` tells which. */
export function findSessionBus(inputs: RunInputs): HostBus {
  const address = inputs.request.environment.get("DBUS_SESSION_BUS_ADDRESS") ?? "";
  if (address === "") return { kind: "path", path: `${inputs.caller.runtimeDirectory}/bus`, named: false };
  for (const one of address.split(";")) {
    if (!one.startsWith("unix:")) continue;
    for (const pair of one.slice(5).split(",")) {
      const [key, value] = pair.split("=", 2);
      const text = unescapeValue(value ?? "");
      if (key === "path" && text.startsWith("/")) return { kind: "path", path: text, named: true };
      if (key === "abstract" && text !== "") return { kind: "abstract", name: text };
    }
  }
  return { kind: "unusable", address };
}

/** `%` and two hexadecimal digits stand for a byte. */
function unescapeValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return "";
  }
}
