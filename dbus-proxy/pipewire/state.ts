// What judging a PipeWire connection remembers, and the words in which it answers.
import type { Camera } from "./policy.ts";

/** What a proxy of the app is; `client-node` is a stream of its own, `own-node` the same one as a node. */
export type Kind = "core" | "client" | "registry" | "node" | "metadata" | "client-node" | "own-node";

export type Direction = "camera" | "capture" | "playback";

export interface Held {
  readonly kind: Kind;
  /** Of a stream. */
  readonly direction?: Direction;
  /** Of a stream from a camera: which one, by its serial. */
  readonly camera?: string;
  /** Of a bound node: whether it is what it was bound as. Not said by the server yet: missing. */
  isDevice?: boolean;
  /** The app destroyed it. Its number is free again when the server says so, not before: until then the server may know it. */
  isDying: boolean;
}

/** A global that the app is shown. */
export interface Shown {
  readonly type: string;
  /** Streams may go here, or come from here. */
  readonly takes?: Direction;
  /** By any of these a stream may ask for it. */
  readonly names: readonly string[];
  readonly camera?: Camera;
}

export interface PipewireState {
  greeted: boolean;
  /**
   * By number. INVARIANT: whatever the server knows of this connection is here, under the kind that the server has for it: a number is taken before the server
   * hears of it, and given back by the server's own word alone.
   */
  readonly proxies: Map<number, Held>;
  readonly shown: Map<number, Shown>;
}

/** What happens to one message. Bytes: a whole message that goes on in its place, without descriptors. */
export type Verdict =
  | { readonly kind: "forward" }
  | { readonly kind: "replace"; readonly bytes: Uint8Array; readonly told?: Refusal }
  /** It goes nowhere. */
  | { readonly kind: "drop" }
  /** It goes nowhere, and these bytes go back to the app. */
  | { readonly kind: "refuse"; readonly bytes: Uint8Array; readonly told: Refusal }
  /** The stream breaks the protocol. */
  | { readonly kind: "broken"; readonly because: string };

export interface Refusal {
  readonly message: string;
  readonly because: string;
}

export const FORWARD: Verdict = { kind: "forward" };
export const DROP: Verdict = { kind: "drop" };

export function broken(because: string): Verdict {
  return { kind: "broken", because };
}

export const CORE_PROXY = 0;
/** The server makes it with the first message. */
export const CLIENT_PROXY = 1;

export function newPipewireState(): PipewireState {
  return { greeted: false, proxies: new Map([[CORE_PROXY, { kind: "core", isDying: false }]]), shown: new Map() };
}
