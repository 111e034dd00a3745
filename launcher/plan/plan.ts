// The plan: everything that one start does, as pure data. Built by build.ts, printed by render-*.ts, encoded for the front by encode.ts.
import type { Access, PathRight } from "./landlock-rights.ts";
import type { NestedLevel } from "../seccomp/door.ts";
import type { Origin } from "../manifest/origin.ts";
import type { BusName, ServedBus } from "../../dbus-proxy/control.ts";

/** Why an operation is there: one sentence, and the manifest line where one led to it. */
export interface Because {
  readonly reason: string;
  readonly origin: Origin | null;
}

/** What a source was when the plan was made; the front refuses anything else. Device and inode in decimal. */
export interface SourceIdentity {
  readonly type: "directory" | "file" | "symlink" | "character" | "block" | "socket";
  readonly dev: bigint;
  readonly ino: bigint;
}

/** One step, in bubblewrap's words where bubblewrap has the word. `to` is a path inside. Modes are octal numbers. */
export type Operation = { readonly because: Because } & (
  | { readonly kind: "bind"; readonly from: string; readonly to: string; readonly source: SourceIdentity; readonly access: "ro" | "rw" | "dev" }
  | { readonly kind: "link-bind"; readonly from: string; readonly to: string; readonly source: SourceIdentity }
  /** Not a place inside: changes below the folder `from` go to `upper`. `to` is the same as `from`. */
  | {
      readonly kind: "layer";
      readonly from: string;
      readonly to: string;
      readonly source: SourceIdentity;
      readonly upper: string;
      readonly work: string;
    }
  /** A writable bind of what the layer around `from` shows there. */
  | { readonly kind: "layered-bind"; readonly from: string; readonly to: string; readonly source: SourceIdentity }
  | { readonly kind: "directory"; readonly to: string; readonly mode: number }
  | { readonly kind: "tmpfs"; readonly to: string; readonly mode: number; readonly sizeBytes: number | null }
  | { readonly kind: "symlink"; readonly target: string; readonly to: string }
  | { readonly kind: "data"; readonly to: string; readonly mode: number; readonly bytes: Uint8Array; readonly as: "bind-ro" | "file" }
  /** `whole`: without the read-only covers over what only the host's root could write; the kernel allows a nested /proc only beside a whole one. */
  | { readonly kind: "proc"; readonly to: string; readonly whole: boolean }
  | { readonly kind: "sysfs"; readonly to: string }
  | { readonly kind: "dev"; readonly to: string }
  | { readonly kind: "mqueue"; readonly to: string }
  | { readonly kind: "remount-ro"; readonly to: string }
  | { readonly kind: "listen"; readonly name: BusName; readonly to: string }
  /** A socket that the compositor serves as a sandbox's; `compositor` is the path of its own. */
  /** A socket of an X server of the app's own, which the front starts outside: `program` is the server's. */
  | { readonly kind: "x11-server"; readonly program: string; readonly to: string }
  /** A carrier of text between the user's clipboard and that of the X server that listens at `to`: into the app alone, or both ways. */
  | { readonly kind: "x11-clipboard"; readonly ways: "in" | "both"; readonly to: string }
  /** A cookie file with one cookie, which the X server at `server` makes at the start for a stranger. `cookies` open the display for us; `inside` is the app's number. */
  | { readonly kind: "x11-stranger"; readonly server: string; readonly inside: number; readonly cookies: Uint8Array; readonly to: string }
  | { readonly kind: "wayland-context"; readonly compositor: string; readonly to: string }
);

export interface PlanEnvironment {
  /** Set to a value. */
  readonly set: ReadonlyMap<string, { readonly value: string; readonly because: Because }>;
  /** Taken from the caller as it is, by name. */
  readonly pass: ReadonlyMap<string, Because>;
}

/** One bus that the app may reach, or the sound server: upstream address and policy. */
export type PlanBus = ServedBus & {
  /** Absolute path or `@abstract` of the host's socket. */
  readonly address: string;
  /** What the path must be when the connector opens it; null for an abstract name, which has nothing to compare. */
  readonly source: SourceIdentity | null;
};

/**
 * Something that must exist on the host before it is probed, so that no app can plant it. Made by launcher/host/prepare.ts, in order;
 * what exists already is left as it is.
 */
export interface Preparation {
  readonly because: Because;
  readonly path: string;
  /** `link` is a symbolic link to `target`. */
  readonly kind: "directory" | "file" | "link";
  readonly target: string | null;
  /** Permission bits; the umask of the request is applied already. */
  readonly mode: number;
  /** Below this folder an app could write in an earlier run: no link is followed there. Null where the path is the user's own. */
  readonly beneath: string | null;
  /** `stop`: the app does not start without it. `leave`: then the plan decides by what the probe sees. */
  readonly failure: "stop" | "leave";
}

/** A file of the host that the broker keeps the same as one in a folder that the app sees, whoever of both puts another one in its place. */
export interface FollowedFile {
  /** Real path on the host. */
  readonly path: string;
  /** The folder of the app's side on the host, its identity, and the name there. */
  readonly stage: string;
  readonly stageDev: bigint;
  readonly stageIno: bigint;
  readonly name: string;
  readonly writable: boolean;
  /** The app's side never is the very file: it would stay with the app for good. */
  readonly copies: boolean;
  /** The folder inside of a file that was opened with the app; what was kept for it goes when the app ends. Null for all others. */
  readonly opened: string | null;
  /** Where it is written down what was the same last. */
  readonly known: string;
}

/** A weaker form that this plan takes, told to the user by `--dry-run` and `permissions`. */
export interface TakenLowerLevel {
  readonly name: string;
  readonly because: Because;
}

/** The second layer, below the mounts. */
export interface PlanLandlock {
  /** Version of the interface of the kernel that the plan was made for. */
  readonly abi: number;
  /** Rights over paths that are refused but where a rule gives them. */
  readonly handled: readonly PathRight[];
  readonly rules: readonly { readonly path: string; readonly access: Access; readonly folder: boolean; readonly because: Because }[];
  /** Why nothing is handled; null where something is. */
  readonly off: string | null;
}

export interface Plan {
  readonly appId: string;
  readonly namespaces: { readonly network: boolean; readonly ipc: boolean };
  readonly hostname: string | null;
  readonly operations: readonly Operation[];
  readonly environment: PlanEnvironment;
  readonly workingDirectory: string;
  /** argv[0] and fixed arguments; the caller's follow from `callerArgumentsFrom` (index in the request's argv). */
  readonly command: readonly string[];
  readonly callerArgumentsFrom: number | null;
  /** Which sandboxes the app may make itself. */
  readonly nested: NestedLevel;
  readonly filter: Uint8Array;
  readonly scopes: readonly ("abstract-unix-socket" | "signal")[];
  readonly landlock: PlanLandlock;
  readonly buses: readonly PlanBus[];
  /** Text of `/.flatpak-info`, with `@INSTANCE@` where the instance id goes. */
  readonly identity: string;
  readonly keepDescriptors: readonly number[];
  readonly followed: readonly FollowedFile[];
  /** Files inside on which pid 1 keeps a read lock, so that Flatpak does not remove what runs. */
  readonly locks: readonly string[];
  readonly lowerLevels: readonly TakenLowerLevel[];
  /** Sentences that `run` prints in one line each: permissions that cannot be given yet, and such. */
  readonly notices: readonly string[];
}
