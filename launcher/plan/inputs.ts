// What one plan is made from, beside the facts of the host.
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { Caller } from "../host/facts.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Bind } from "./binds.ts";
import type { Permissions } from "../permissions/permissions.ts";

/** Where tsbox itself lies: real paths. */
export interface Installation {
  /** The installed static binary, bound inside as init. */
  readonly binary: string;
  /** The folder that holds bin/ and build/. */
  readonly folder: string;
  /** The node that runs the broker. */
  readonly node: string;
}

/** What the command line of one `tsbox run` says beyond permissions. */
export interface RunOptions {
  /** `--command=`: argv[0] inside, in place of the manifest's. */
  readonly command: string | null;
  /** Index in the request's argv of the first argument for the app; null where there is none. */
  readonly callerArgumentsFrom: number | null;
  /** `--cwd=`: the working directory inside. */
  readonly workingDirectory: string | null;
  /** `--inherit-env`: the whole environment of the caller instead of the pass list. */
  readonly inheritEnvironment: boolean;
  /** `--fd=N`. */
  readonly keepDescriptors: readonly number[];
  /** False: `--no-session-bus`. */
  readonly sessionBus: boolean;
  /** False: `--no-a11y-bus`. */
  readonly accessibilityBus: boolean;
  /** What an app gives on to a part of itself: mounted as it is, beside the binds among the permissions. */
  readonly binds: readonly Bind[];
  /** `--ephemeral`: no folder of the app's on the host. */
  readonly ephemeral: boolean;
  /** `--try`: the folder where changes of what is granted go; null where they go to their places. */
  readonly layers: string | null;
  /** Who builds the sandbox. */
  readonly backend: "own" | "bwrap";
  /** True for `--dry-run`: what a preparation would make counts as made. */
  readonly assumePrepared: boolean;
}

export const DEFAULT_RUN_OPTIONS: RunOptions = {
  command: null,
  callerArgumentsFrom: null,
  workingDirectory: null,
  inheritEnvironment: false,
  keepDescriptors: [],
  sessionBus: true,
  accessibilityBus: true,
  binds: [],
  ephemeral: false,
  layers: null,
  backend: "own",
  assumePrepared: false,
};

/** Everything about one run that is known before the host is asked. */
export interface RunInputs {
  readonly manifest: Manifest;
  readonly permissions: Permissions;
  readonly request: FrontRequest;
  readonly caller: Caller;
  readonly installation: Installation;
  readonly options: RunOptions;
}
