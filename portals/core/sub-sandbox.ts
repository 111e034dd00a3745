// What a portal may ask of the launcher: a sandbox of the same app, with less.
import type { PortalOrigin } from "./instance.ts";

/** The running sandbox whose app asks. */
export interface PartOwner {
  readonly id: string;
  readonly appId: string;
  readonly origin: PortalOrigin;
}

/** There is none, for a reason that is told to the app. */
export interface RefusedPart {
  readonly refused: string;
}

export type SharedPart = "display" | "sound" | "graphics" | "session-bus" | "accessibility-bus";

/** A place that the app gives on; device and inode in decimal, as found when it was given. */
export interface GivenPlace {
  readonly from: string;
  readonly to: string;
  readonly isDirectory: boolean;
  /** It lies in the app's own data. */
  readonly inData: boolean;
  readonly writable: boolean;
  readonly dev: string;
  readonly ino: string;
}

export interface SubSandboxWish {
  /** Program and arguments; the first is not empty. */
  readonly command: readonly string[];
  /** Inside; "" for the app's own. */
  readonly directory: string;
  /** By number inside; the broker's own copies, which the one who asks closes. */
  readonly descriptors: ReadonlyMap<number, number>;
  readonly environment: readonly (readonly [name: string, value: string | null])[];
  readonly clearEnvironment: boolean;
  readonly noNetwork: boolean;
  /** Nothing of what the app was granted but for these parts; null: all of it. */
  readonly closed: ReadonlySet<SharedPart> | null;
  readonly places: readonly GivenPlace[];
  /** It stands. */
  started(): void;
  /** As wait(2) has it. */
  ended(status: number): void;
}

export interface SubSandbox {
  signal(number: number): void;
}
