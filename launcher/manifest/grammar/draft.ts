// Permissions while layers are laid over each other; finished once, then never changed.
import type { Origin } from "../origin.ts";
import type { AudioUse, NamedList, SettingName } from "../../permissions/entries.ts";
import type {
  BindPermission,
  BusPermission,
  BusRulePermission,
  BusSetPermission,
  FilesystemPermission,
  NamedPermission,
  Permissions,
} from "../../permissions/permissions.ts";

export interface Draft {
  readonly named: Readonly<Record<NamedList, Map<string, NamedPermission>>>;
  /** By slot: `home` and `home:rw-all` share one. */
  readonly filesystems: Map<string, FilesystemPermission>;
  /** By the place inside. */
  readonly binds: Map<string, BindPermission>;
  readonly persistent: Map<string, Origin>;
  readonly environment: Map<string, { readonly value: string | null; readonly origin: Origin }>;
  readonly bus: Readonly<Record<"session" | "system", Map<string, BusPermission>>>;
  readonly busRules: Map<string, BusRulePermission>;
  readonly busSets: Map<string, BusSetPermission>;
  readonly acceptedLowerLevels: Map<string, Origin>;
  readonly audio: Map<AudioUse, { readonly granted: boolean; readonly origin: Origin }>;
  readonly settings: Map<SettingName, { readonly word: string; readonly origin: Origin }>;
  readonly deviceUses: Map<string, { readonly allowed: boolean; readonly origin: Origin }>;
  /** SUBSYSTEM.KEY to VALUE or !VALUE with its origin, in order. */
  readonly policies: Map<string, Map<string, Origin>>;
  readonly usb: Readonly<Record<"enumerable" | "hidden", Map<string, Origin>>>;
}

export function emptyDraft(): Draft {
  return {
    named: { shared: new Map(), sockets: new Map(), devices: new Map(), features: new Map() },
    filesystems: new Map(),
    binds: new Map(),
    persistent: new Map(),
    environment: new Map(),
    bus: { session: new Map(), system: new Map() },
    busRules: new Map(),
    busSets: new Map(),
    acceptedLowerLevels: new Map(),
    audio: new Map(),
    settings: new Map(),
    deviceUses: new Map(),
    policies: new Map(),
    usb: { enumerable: new Map(), hidden: new Map() },
  };
}

export function finishDraft(draft: Draft): Permissions {
  return {
    ...draft.named,
    filesystems: new Map([...draft.filesystems.values()].map((permission) => [permission.location, permission])),
    binds: [...draft.binds.values()],
    persistent: [...draft.persistent].map(([path, origin]) => ({ path, origin })),
    environment: draft.environment,
    sessionBus: draft.bus.session,
    systemBus: draft.bus.system,
    busRules: draft.busRules,
    busSets: draft.busSets,
    acceptedLowerLevels: draft.acceptedLowerLevels,
    audio: draft.audio,
    settings: draft.settings,
    deviceUses: draft.deviceUses,
    policies: new Map([...draft.policies].map(([key, values]) => [key, [...values.keys()]])),
    usb: { enumerable: [...draft.usb.enumerable.keys()], hidden: [...draft.usb.hidden.keys()] },
  };
}
