// org.freedesktop.portal.Settings: how the desktop looks, read-only and told anew when it changes. The host's GSettings are read with its own program.
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import type { PortalInstance } from "../core/instance.ts";
import { dictionary } from "../core/options.ts";
import { DESKTOP_PATH, type Portal, type PortalCall, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { outsideEnvironment } from "../outside/host-program.ts";
import { type DesktopSettings, openDesktopSettings } from "./desktop-settings.ts";

const INTERFACE = "org.freedesktop.portal.Settings";
const MAX_PATTERNS = 64;

export const settings: Portal = {
  interface: INTERFACE,
  version: 2,
  methods: {
    ReadAll: {
      in: "as",
      out: "a{sa{sv}}",
      names: ["namespaces", "value"],
      run: async (call) => {
        const patterns = (call.args[0] as readonly string[]).slice(0, MAX_PATTERNS);
        const all = await source(call.instance).all();
        const chosen = [...all].filter(([namespace]) => matches(namespace, patterns));
        return [chosen.map(([namespace, keys]) => [namespace, dictionary(Object.fromEntries(keys))]) as unknown as Value];
      },
    },
    // Deprecated for its variant in a variant, and still what many programs call.
    Read: { in: "ss", out: "v", names: ["namespace", "key", "value"], run: async (call) => [variant("v", await one(call))] },
    ReadOne: { in: "ss", out: "v", names: ["namespace", "key", "value"], run: async (call) => [await one(call)] },
  },
  signals: { SettingChanged: "ssv" },
  started: source,
};

async function one({ instance, args }: PortalCall): Promise<VariantValue> {
  const found = (await source(instance).all()).get(String(args[0]))?.get(String(args[1]));
  if (found === undefined) throw new PortalError("NotFound", "the requested setting is not known");
  return found;
}

/** `*` stands for the rest at the end of a pattern alone; none, or an empty one, means all. */
export function matches(namespace: string, patterns: readonly string[]): boolean {
  if (patterns.length === 0) return true;
  return patterns.some((pattern) => pattern === "" || pattern === namespace || (pattern.endsWith("*") && namespace.startsWith(pattern.slice(0, -1))));
}

function source(instance: PortalInstance): DesktopSettings {
  return instance.own("desktop settings", () => openSource(instance));
}

function openSource(instance: PortalInstance): DesktopSettings {
  const desktop = instance.shared(
    `desktop settings ${JSON.stringify(outsideEnvironment(instance))}`,
    () => openDesktopSettings({ environment: outsideEnvironment(instance) }),
    (opened) => opened.close(),
  );
  instance.own(
    "settings listener",
    () => desktop.listen((namespace, key, value) => instance.emit("", DESKTOP_PATH, INTERFACE, "SettingChanged", "ssv", [namespace, key, value])),
    (stop) => stop(),
  );
  return desktop;
}
