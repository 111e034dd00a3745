// What is true of this host and this caller at the time of one start. Frozen; made by probe.ts, used by the plan builder, which asks the host nothing.
import type { SourceIdentity } from "../plan/plan.ts";
import type { Walk } from "./walk.ts";

/** One path of the host as lstat and realpath saw it. Absent paths are in the map with `null`. */
export interface PathFact extends SourceIdentity {
  /** The path itself. */
  readonly path: string;
  /** Permission bits and owner. */
  readonly mode: number;
  readonly uid: number;
  /** For a symlink: its target as written. */
  readonly target: string | null;
  /** Whether the caller may write it (access W_OK). */
  readonly writable: boolean;
}

/** Who starts the app, from where: the passwd entry of the uid and the directories that the request's environment names. Made by caller.ts. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  /** Empty where the primary group has no name. */
  readonly groupName: string;
  readonly realName: string;
  /** Absolute, as the environment or the passwd entry writes it (links in it are not resolved). */
  readonly home: string;
  readonly dataHome: string;
  readonly configHome: string;
  readonly cacheHome: string;
  readonly stateHome: string;
  readonly runtimeDirectory: string;
  readonly runtimeDirectoryIsFallback: boolean;
  /** `xdg-music` and its like to the folder that user-dirs.dirs names. A folder equal to the home is absent (disabled). */
  readonly userFolders: ReadonlyMap<string, string>;
  readonly hostname: string;
  readonly arch: "x86_64" | "aarch64";
  readonly kernel: { readonly major: number; readonly minor: number };
  /** Version of Landlock's interface that is in force; 0: none. */
  readonly landlockAbi: number;
}

/** What the plan builder wants to know. Every path is walked: its ancestors and the targets of links on the way become facts as well. */
export interface HostQueries {
  readonly paths: readonly string[];
  /** Files whose contents are wanted (links followed, regular files only, at most 1 MiB). */
  readonly texts: readonly string[];
  /** Folders whose names are wanted; an entry whose name starts with one of `looking` becomes a path fact as well (`""`: each). */
  readonly folders: readonly { readonly path: string; readonly looking: readonly string[] }[];
  /** The app id for which a machine id is to be derived, or null. */
  readonly machineIdFor: string | null;
  /** The Wayland socket whose compositor is to be asked what it offers, or null. */
  readonly compositor: string | null;
  /** Whether the devices by their use are wanted. */
  readonly devices: boolean;
  /** Whether the names of the host's abstract sockets are wanted. */
  readonly abstractSockets: boolean;
}

/** What a device is for; the words of `[X-Tsbox Devices] allow=`, and `dri` and `kvm` of Flatpak's `devices=`. */
export type DeviceUse = "dri" | "compute" | "camera" | "gamepad" | "fido" | "serial" | "usb" | "kvm";

/** One node with one use. */
export interface DeviceFact {
  readonly use: DeviceUse;
  /** Below /dev. */
  readonly node: string;
  /** As the device calls itself; may be empty. */
  readonly name: string;
  /** VENDOR:PRODUCT in hexadecimal of a USB device, the name of a serial port, else empty. */
  readonly id: string;
  readonly source: PathFact;
}

/**
 * What answers at the Wayland socket: a compositor with `wp_security_context_v1`, one without, one that says nothing in time or nonsense, or nobody:
 * a socket that a compositor left behind.
 */
export type CompositorFact = "security-context" | "plain" | "silent" | "dead";

export interface HostFacts {
  /** Absolute path without `.` and `..` to what lstat says of it. A path that is not in the map was never asked for. */
  readonly paths: ReadonlyMap<string, PathFact | null>;
  /** The walks of the paths that were asked for, so that the plan need not take them again. */
  readonly walks: ReadonlyMap<string, Walk>;
  readonly texts: ReadonlyMap<string, Uint8Array | null>;
  /** Names in byte order; null where the folder is absent or unreadable. */
  readonly folders: ReadonlyMap<string, readonly string[] | null>;
  /** 32 hexadecimal digits that belong to this app on this host, or null where the host has no machine id. */
  readonly machineId: string | null;
  /** Null where nobody asked for them. */
  readonly devices: readonly DeviceFact[] | null;
  /** Null where nobody asked it. */
  readonly compositor: CompositorFact | null;
  /** Without the leading NUL. */
  readonly abstractSockets: ReadonlySet<string>;
}
