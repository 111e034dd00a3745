// One thing that one layer says about permissions: the currency between files, options, merging and overrides.
import type { Origin } from "../manifest/origin.ts";
import type { BusLevel, FilesystemMode } from "./permissions.ts";

/** The four lists of `[Context]` that share one syntax: NAME, !NAME, if:NAME:CONDITION. */
export type NamedList = "shared" | "sockets" | "devices" | "features";

/** What sound can be used for. */
export const AUDIO_USES = ["playback", "microphone", "monitor"] as const;
export type AudioUse = (typeof AUDIO_USES)[number];

/** Settings of the sandbox itself, each with its words from the narrowest on. */
export const SETTINGS = {
  nested: ["none", "isolate", "full"],
  live: ["none", "all"],
  x11: ["nested", "untrusted", "host"],
  clipboard: ["none", "in", "both"],
} as const;
export type SettingName = keyof typeof SETTINGS;
/** What holds where nobody says anything. */
export const STANDARD_SETTINGS: { readonly [Name in SettingName]: (typeof SETTINGS)[Name][number] } = {
  nested: "none",
  live: "all",
  x11: "host",
  clipboard: "none",
};

export type PermissionEntry = { readonly origin: Origin } & (
  | {
      readonly kind: "named";
      readonly list: NamedList;
      readonly name: string;
      readonly allowed: boolean;
      /** Forgets what lower layers say about this name. */
      readonly reset: boolean;
      readonly conditions: readonly string[];
    }
  | { readonly kind: "filesystem"; readonly location: string; readonly mode: FilesystemMode }
  /** `!host:reset`: forgets every filesystem of the lower layers. */
  | { readonly kind: "host-reset" }
  /** `[X-Tsbox Data] bind=`. `from` null: nothing of the host is shown at `to`. Both `~/PATH` or absolute. */
  | { readonly kind: "bind"; readonly from: string | null; readonly to: string; readonly mode: "ro" | "rw" }
  /** `[X-Tsbox Data] adopt=`: `~/PATH`. */
  | { readonly kind: "adopt"; readonly path: string }
  | { readonly kind: "persistent"; readonly path: string }
  | { readonly kind: "environment"; readonly name: string; readonly value: string | null }
  | { readonly kind: "bus"; readonly bus: "session" | "system"; readonly name: string; readonly level: BusLevel }
  /** `[X-Tsbox Session Bus Rules]`. `rule` in the one writing that renderMessageRule gives. */
  | {
      readonly kind: "bus-rule";
      readonly bus: "session" | "system";
      readonly name: string;
      readonly verb: "call" | "broadcast";
      readonly rule: string;
      readonly allowed: boolean;
    }
  /** `sets=` there. `parameter`: "" where nothing stands behind the name. */
  | { readonly kind: "bus-set"; readonly bus: "session" | "system"; readonly set: string; readonly parameter: string; readonly allowed: boolean }
  | { readonly kind: "accept-lower"; readonly name: string; readonly accepted: boolean }
  /** `[X-Tsbox Audio]`. */
  | { readonly kind: "audio"; readonly use: AudioUse; readonly granted: boolean }
  /** `[X-Tsbox]`: one of the words of SETTINGS. */
  | { readonly kind: "setting"; readonly name: SettingName; readonly word: string }
  /** `[X-Tsbox Devices] allow=`: `camera`, `serial:ttyUSB0`, `usb:1050:0407`. */
  | { readonly kind: "device-use"; readonly word: string; readonly allowed: boolean }
  /** `key` is SUBSYSTEM.KEY. */
  | { readonly kind: "policy"; readonly key: string; readonly value: string; readonly allowed: boolean }
  | { readonly kind: "usb"; readonly list: "enumerable" | "hidden"; readonly query: string }
);

export type EntryKind = PermissionEntry["kind"];
export type EntryOf<K extends EntryKind> = Extract<PermissionEntry, { readonly kind: K }>;
