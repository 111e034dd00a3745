// The effective permissions of one run: what the layers merge to. Pure data; every entry carries its origin.
import type { Origin } from "../manifest/origin.ts";
import type { AudioUse, SettingName } from "./entries.ts";

/** State of one name of `shared=`, `sockets=`, `devices=` or `features=` after merging (Flatpak's rules: grant, deny and reset, conditions or-ed). */
export interface NamedPermission {
  readonly name: string;
  readonly allowed: boolean;
  /** `CONDITION` or `!CONDITION`, sorted; any that holds grants the permission even where `allowed` is false. */
  readonly conditions: readonly string[];
  readonly origin: Origin;
}

export type FilesystemMode = "none" | "ro" | "rw" | "create";

/** `home`, `host`, `host-os`, `host-etc`, `host-root`, `home-all` (`home:rw-all`), `xdg-music/sub`, `~/x`, `/abs`: normalised as Flatpak writes it. */
export interface FilesystemPermission {
  readonly location: string;
  readonly mode: FilesystemMode;
  readonly origin: Origin;
}

/** A place of the host under another name inside. Both are `~/PATH` or absolute. */
export interface BindPermission {
  readonly from: string;
  readonly to: string;
  readonly mode: "ro" | "rw";
  readonly origin: Origin;
}

export type BusLevel = "none" | "see" | "talk" | "own";

export interface BusPermission {
  /** Well-known name, or `NAME.*` for NAME and everything below. */
  readonly name: string;
  readonly level: BusLevel;
  readonly origin: Origin;
}

export interface BusRulePermission {
  readonly bus: "session" | "system";
  readonly name: string;
  readonly verb: "call" | "broadcast";
  readonly rule: string;
  readonly origin: Origin;
}

export interface BusSetPermission {
  readonly bus: "session" | "system";
  readonly set: string;
  /** "" where the set's own default holds. */
  readonly parameter: string;
  readonly origin: Origin;
}

export interface Permissions {
  readonly shared: ReadonlyMap<string, NamedPermission>;
  readonly sockets: ReadonlyMap<string, NamedPermission>;
  readonly devices: ReadonlyMap<string, NamedPermission>;
  readonly features: ReadonlyMap<string, NamedPermission>;
  readonly filesystems: ReadonlyMap<string, FilesystemPermission>;
  readonly binds: readonly BindPermission[];
  /** Paths relative to home, in order of the layers. */
  readonly persistent: readonly { readonly path: string; readonly origin: Origin }[];
  /** A value, or null for a variable that is taken away. */
  readonly environment: ReadonlyMap<string, { readonly value: string | null; readonly origin: Origin }>;
  readonly sessionBus: ReadonlyMap<string, BusPermission>;
  readonly systemBus: ReadonlyMap<string, BusPermission>;
  /** By subject: single messages, and named sets of them, of services that the app gets nothing else of. */
  readonly busRules: ReadonlyMap<string, BusRulePermission>;
  readonly busSets: ReadonlyMap<string, BusSetPermission>;
  /** Lower levels that the user accepted (`[X-Tsbox Accept] lower=`, `--accept-lower=`). */
  readonly acceptedLowerLevels: ReadonlyMap<string, Origin>;
  /** What `[X-Tsbox Audio]` says; what it does not say is up to the sound permission. */
  readonly audio: ReadonlyMap<AudioUse, { readonly granted: boolean; readonly origin: Origin }>;
  /** What `[X-Tsbox]` says of the sandbox itself; what it does not say is `nested=none` and `live=all`. */
  readonly settings: ReadonlyMap<SettingName, { readonly word: string; readonly origin: Origin }>;
  /** What `[X-Tsbox Devices] allow=` says, by its words; a denied one is there too. */
  readonly deviceUses: ReadonlyMap<string, { readonly allowed: boolean; readonly origin: Origin }>;
  /** `SUBSYSTEM.KEY` to its values, and USB queries: kept for `.flatpak-info`, not interpreted. */
  readonly policies: ReadonlyMap<string, readonly string[]>;
  readonly usb: { readonly enumerable: readonly string[]; readonly hidden: readonly string[] };
}
