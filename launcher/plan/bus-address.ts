// Which sockets of the host are the caller's session, system and accessibility bus. Pure. (D-Bus specification, "Server Addresses".)
import type { RunInputs } from "./inputs.ts";

export type HostBus =
  | { readonly kind: "path"; readonly path: string; readonly named: boolean }
  | { readonly kind: "abstract"; readonly name: string }
  /** The environment names an address of a kind that no socket file or abstract name stands for (tcp, autolaunch …). */
  | { readonly kind: "unusable"; readonly address: string };

/** `DBUS_SESSION_BUS_ADDRESS`, else `bus` in the runtime directory (sd_bus_open_user(3) and libdbus do the same). `named` tells which. */
export function findSessionBus(inputs: Pick<RunInputs, "caller" | "request">): HostBus {
  return readAddress(inputs.request.environment.get("DBUS_SESSION_BUS_ADDRESS") ?? "", `${inputs.caller.runtimeDirectory}/bus`);
}

/** `DBUS_SYSTEM_BUS_ADDRESS`, else the socket that every distribution has (D-Bus specification, "System message bus"). */
export function findSystemBus(inputs: RunInputs): HostBus {
  return readAddress(inputs.request.environment.get("DBUS_SYSTEM_BUS_ADDRESS") ?? "", "/run/dbus/system_bus_socket");
}

/**
 * Where the accessibility bus may listen, in the order to try: `AT_SPI_BUS_ADDRESS`, else where at-spi-bus-launcher puts it, `bus_N` for display N or `bus`.
 * The launcher itself (`org.a11y.Bus`) is never asked: a question would hold up the launch, and would start assistive technology where none runs.
 */
export function findAccessibilityBus({ request, caller }: RunInputs): readonly HostBus[] {
  const address = request.environment.get("AT_SPI_BUS_ADDRESS") ?? "";
  if (address !== "") return [readAddress(address, "")];
  const folder = `${caller.runtimeDirectory}/at-spi`;
  const display = /^(?:unix)?:([0-9]{1,5})(?:\.[0-9]+)?$/.exec(request.environment.get("DISPLAY") ?? "")?.[1];
  return [...(display === undefined ? [] : [`bus_${display}`]), "bus"].map((name) => ({ kind: "path", path: `${folder}/${name}`, named: false }));
}

function readAddress(address: string, usual: string): HostBus {
  if (address === "") return { kind: "path", path: usual, named: false };
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
