// The text of /.flatpak-info, by which portals and libraries know the app (Flatpak's format: flatpak-metadata(5), [Instance] and the flattened context). Pure.
import { type Deployment, renderExtensions } from "../manifest/door.ts";
import type { NamedPermission } from "../permissions/permissions.ts";
import { appFolder } from "./folders.ts";
import type { RunInputs } from "./inputs.ts";

/** Stands for the instance's number until the instance is open. */
export const INSTANCE_MARK = "@INSTANCE@";
/** The release whose format and meaning this follows. */
const FLATPAK_VERSION = "1.16.0";

export function buildIdentity(inputs: RunInputs, hasSessionBusFilter: boolean): string {
  const { manifest, permissions, caller } = inputs;
  const { deployment } = manifest;
  const runtime = deployment?.runtime ?? null;
  const groups: [string, [string, string][]][] = [
    [
      "Application",
      [
        ["name", manifest.id],
        ["runtime", runtime === null ? `runtime/org.tsbox.Host/${caller.arch}/1` : `runtime/${runtime.id}/${runtime.arch}/${runtime.branch}`],
      ],
    ],
    [
      "Instance",
      [
        ["instance-id", INSTANCE_MARK],
        // What it does not have on the host no portal may look for there.
        ...(inputs.options.ephemeral ? [] : [["instance-path", escapeText(appFolder(inputs))] as [string, string]]),
        ...(manifest.programFolder === null ? [] : [["app-path", escapeText(manifest.programFolder)] as [string, string]]),
        ...deployedKeys(deployment),
        ["runtime-path", deployment === null ? "/usr" : escapeText(deployment.runtimeFiles)],
        ["branch", deployment?.app?.branch ?? "host"],
        ["arch", runtime?.arch ?? caller.arch],
        ["flatpak-version", FLATPAK_VERSION],
        ["session-bus-proxy", String(hasSessionBusFilter)],
        ["system-bus-proxy", "true"],
        ...(permissions.features.get("devel")?.allowed ? [["devel", "true"] as [string, string]] : []),
      ],
    ],
    ["Context", contextKeys(inputs)],
    ["Session Bus Policy", [...permissions.sessionBus.values()].filter(({ level }) => level !== "none").map(({ name, level }) => [name, level])],
    ["System Bus Policy", [...permissions.systemBus.values()].filter(({ level }) => level !== "none").map(({ name, level }) => [name, level])],
    ["Environment", [...permissions.environment].map(([name, { value }]) => [name, escapeText(value ?? "")])],
    ...policyGroups(permissions.policies),
    ["USB Devices", usbKeys(inputs)],
  ];
  return groups
    .filter(([, keys]) => keys.length > 0)
    .map(([name, keys]) => `[${name}]\n${keys.map(([key, value]) => `${key}=${value}\n`).join("")}`)
    .join("\n");
}

function deployedKeys(deployment: Deployment | null): [string, string][] {
  if (deployment === null) return [];
  const extensions = (of: "app" | "runtime"): [string, string][] => {
    const text = renderExtensions(deployment.extensions, of);
    return text === "" ? [] : [[`${of}-extensions`, escapeText(text)]];
  };
  return [
    ...(deployment.app === null ? [] : [["app-commit", deployment.app.commit] as [string, string]]),
    ...extensions("app"),
    ["runtime-commit", deployment.runtime.commit],
    ...extensions("runtime"),
  ];
}

function contextKeys({ permissions }: RunInputs): [string, string][] {
  const filesystems = [...permissions.filesystems.values()]
    .filter(({ mode }) => mode !== "none")
    .map(({ location, mode }) => `${(location === "home-all" ? "home" : location).replace(/[\\:]/g, "\\$&")}${mode === "rw" ? "" : `:${mode}`}`);
  const unset = [...permissions.environment].filter(([, { value }]) => value === null).map(([name]) => name);
  const lists: [string, readonly string[]][] = [
    ["shared", named(permissions.shared)],
    ["sockets", named(permissions.sockets)],
    ["devices", named(permissions.devices)],
    ["features", named(permissions.features)],
    ["filesystems", filesystems.sort()],
    ["persistent", permissions.persistent.map(({ path }) => path)],
    ["unset-environment", unset.sort()],
  ];
  return lists.filter(([, items]) => items.length > 0).map(([key, items]) => [key, encodeList(items)]);
}

/** Flattened: denials are dropped, conditions are kept behind the bare name that older readers take. */
function named(list: ReadonlyMap<string, NamedPermission>): readonly string[] {
  return [...list.values()]
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(({ name, allowed, conditions }) =>
      allowed ? [name] : conditions.length === 0 ? [] : [name, ...conditions.map((condition) => `if:${name}:${condition}`)],
    );
}

function policyGroups(policies: ReadonlyMap<string, readonly string[]>): [string, [string, string][]][] {
  const groups = new Map<string, [string, string][]>();
  for (const [path, all] of policies) {
    const values = all.filter((value) => !value.startsWith("!"));
    if (values.length === 0) continue;
    const dot = path.indexOf(".");
    const group = `Policy ${path.slice(0, dot)}`;
    groups.set(group, [...(groups.get(group) ?? []), [path.slice(dot + 1), encodeList(values)]]);
  }
  return [...groups];
}

function usbKeys({ permissions: { usb } }: RunInputs): [string, string][] {
  const keys: [string, string][] = [];
  if (usb.enumerable.length > 0) keys.push(["enumerable-devices", encodeList(usb.enumerable)]);
  if (usb.hidden.length > 0) keys.push(["hidden-devices", encodeList(usb.hidden)]);
  return keys;
}

/** GLib's keyfile lists: each item ends in `;`. */
function encodeList(items: readonly string[]): string {
  return items.map((item) => `${escapeText(item).replaceAll(";", "\\;")};`).join("");
}

/** GLib's keyfile strings. */
function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t").replace(/^ /, "\\s");
}
