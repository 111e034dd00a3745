// Permissions as plain values without their origins, for comparing what two ways of saying the same thing lead to.
import { layerOf, mergeLayers, type PermissionLayer } from "../../launcher/manifest/layers.ts";
import type { PermissionEntry } from "../../launcher/permissions/entries.ts";
import type { NamedPermission, Permissions } from "../../launcher/permissions/permissions.ts";

export function plainPermissions(permissions: Permissions): Readonly<Record<string, unknown>> {
  const named = (map: ReadonlyMap<string, NamedPermission>): unknown => sorted([...map.values()].map((one) => [one.name, one.allowed, one.conditions]));
  return {
    shared: named(permissions.shared),
    sockets: named(permissions.sockets),
    devices: named(permissions.devices),
    features: named(permissions.features),
    filesystems: sorted([...permissions.filesystems.values()].map((one) => [one.location, one.mode])),
    binds: sorted(permissions.binds.map((one) => [one.from, one.to, one.mode])),
    persistent: sorted(permissions.persistent.map((one) => one.path)),
    environment: sorted([...permissions.environment].map(([name, one]) => [name, one.value])),
    sessionBus: sorted([...permissions.sessionBus.values()].map((one) => [one.name, one.level])),
    systemBus: sorted([...permissions.systemBus.values()].map((one) => [one.name, one.level])),
    busRules: sorted([...permissions.busRules.keys()]),
    busSets: sorted([...permissions.busSets.keys()]),
    acceptedLowerLevels: sorted([...permissions.acceptedLowerLevels.keys()]),
    audio: sorted([...permissions.audio].map(([use, one]) => [use, one.granted])),
    settings: sorted([...permissions.settings].map(([name, one]) => [name, one.word])),
    deviceUses: sorted([...permissions.deviceUses].map(([word, one]) => [word, one.allowed])),
    policies: sorted([...permissions.policies].map(([key, values]) => [key, values])),
    usb: { enumerable: sorted(permissions.usb.enumerable), hidden: sorted(permissions.usb.hidden) },
  };
}

export function plainLayer(layer: PermissionLayer): Readonly<Record<string, unknown>> {
  return plainPermissions(mergeLayers([layer]).permissions);
}

export function plainEntries(entries: readonly PermissionEntry[]): Readonly<Record<string, unknown>> {
  return plainLayer(layerOf("manifest", "", entries));
}

function sorted<T>(values: readonly T[]): readonly T[] {
  return [...values].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}
