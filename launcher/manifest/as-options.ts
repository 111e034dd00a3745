// The options of the command line that say the same as merged permissions: for `permissions --as-command`. Pure.
import type { NamedList } from "../permissions/entries.ts";
import type { BusLevel, NamedPermission } from "../permissions/permissions.ts";
import { renderBind } from "./grammar/bind.ts";
import { renderFilesystem } from "./filesystem-location.ts";
import type { Merged } from "./layers.ts";

const WORDS: Readonly<Record<NamedList, { readonly grant: string; readonly deny: string }>> = {
  shared: { grant: "share", deny: "unshare" },
  sockets: { grant: "socket", deny: "nosocket" },
  devices: { grant: "device", deny: "nodevice" },
  features: { grant: "allow", deny: "disallow" },
};
const BUS_FLAGS: Readonly<Record<"session" | "system", Readonly<Record<BusLevel, string>>>> = {
  session: { none: "--no-talk-name", see: "--see-name", talk: "--talk-name", own: "--own-name" },
  system: { none: "--system-no-talk-name", see: "--system-see-name", talk: "--system-talk-name", own: "--system-own-name" },
};

/** Each `--flag=value`, in an order in which laying them over any layers leads to these permissions. */
export function renderOptions({ permissions, trace }: Merged): readonly string[] {
  const lists = (Object.keys(WORDS) as NamedList[]).flatMap((list) => inOrder(list, [...permissions[list].values()]).flatMap((one) => namedOptions(list, one)));
  return [
    ...lists,
    ...(trace.has("filesystems=host-reset") ? ["--nofilesystem=host:reset"] : []),
    ...[...permissions.filesystems.values()].map(({ location, mode }) =>
      mode === "none" ? `--nofilesystem=${renderFilesystem(location, mode).slice(1)}` : `--filesystem=${renderFilesystem(location, mode)}`,
    ),
    ...permissions.binds.map((one) => `--bind=${renderBind(one)}`),
    ...permissions.persistent.map(({ path }) => `--persist=${path}`),
    ...(["session", "system"] as const).flatMap((bus) =>
      [...permissions[bus === "session" ? "sessionBus" : "systemBus"].values()].map(({ name, level }) => `${BUS_FLAGS[bus][level]}=${name}`),
    ),
    ...[...permissions.busRules.values()].map(({ bus, name, verb, rule }) => `--${bus === "system" ? "system-" : ""}bus-rule=${name}=${verb} ${rule}`),
    ...[...permissions.busSets.values()].map(
      ({ bus, set, parameter }) => `--${bus === "system" ? "system-" : ""}bus-set=${set}${parameter && `:${parameter}`}`,
    ),
    ...[...permissions.environment].map(([name, { value }]) => (value === null ? `--unset-env=${name}` : `--env=${name}=${value}`)),
    ...[...permissions.audio].map(([use, { granted }]) => `${granted ? "--audio" : "--no-audio"}=${use}`),
    ...[...permissions.settings].map(([name, { word }]) => `--${name}=${word}`),
    ...[...permissions.deviceUses].map(([word, { allowed }]) => `${allowed ? "--allow-device" : "--disallow-device"}=${word}`),
    ...[...permissions.policies].flatMap(([key, values]) =>
      values.map((value) => (value.startsWith("!") ? `--remove-policy=${key}=${value.slice(1)}` : `--add-policy=${key}=${value}`)),
    ),
    ...permissions.usb.enumerable.map((query) => `--usb=${query}`),
    ...permissions.usb.hidden.map((query) => `--nousb=${query}`),
    ...[...permissions.acceptedLowerLevels.keys()].map((name) => `--accept-lower=${name}`),
  ];
}

/** A plain `x11` takes a `fallback-x11` before it away. */
function inOrder(list: NamedList, permissions: readonly NamedPermission[]): readonly NamedPermission[] {
  const isX11 = (one: NamedPermission): boolean => list === "sockets" && one.name === "x11";
  return [...permissions.filter(isX11), ...permissions.filter((one) => !isX11(one))];
}

function namedOptions(list: NamedList, { name, allowed, conditions }: NamedPermission): readonly string[] {
  const { grant, deny } = WORDS[list];
  if (allowed) return [`--${grant}=${name}`];
  return [`--${deny}=${name}`, ...conditions.map((condition) => `--${grant}-if=${name}:${condition}`)];
}

/** One word of a POSIX shell. */
export function renderShellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
