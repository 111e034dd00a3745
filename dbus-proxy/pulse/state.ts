// What judging a sound connection remembers, and the words in which it answers.
import type { SoundPolicy } from "./policy.ts";
import type { Token } from "./tagstruct.ts";

/** What happens to one command. Bytes: a payload that goes on in its place. */
export type Verdict =
  | { readonly kind: "forward" }
  | { readonly kind: "replace"; readonly payload: Uint8Array }
  /** The app gets an error under its tag. */
  | { readonly kind: "refuse"; readonly error: number; readonly tag: number; readonly command: string; readonly because: string }
  /** This question of ours goes to the server, and the app waits for its answer. */
  | { readonly kind: "ask"; readonly payload: Uint8Array }
  /** Answer of the server to a question of ours: not the app's. */
  | { readonly kind: "settled"; readonly verdict: Verdict }
  /** The stream breaks the protocol. */
  | { readonly kind: "broken"; readonly because: string };

export const FORWARD: Verdict = { kind: "forward" };

export const ErrorCode = { ACCESS: 1, NO_ENTITY: 5, VERSION: 17, TOO_LARGE: 18 } as const;

export const QUESTION_TAG = 0xffff_fff0;
type Awaited = "authentication" | "client" | "playback" | "record";

export interface SoundState {
  authenticated: boolean;
  /** Answers that are read, by tag. */
  readonly awaited: Map<number, Awaited>;
  /** Answers that pass unread, by tag: how many. INVARIANT: no tag is among both, since the first answer under it would be read for the second. */
  readonly unread: Map<number, number>;
  /** The app's own streams: number on this connection to the index that all clients share. */
  readonly sinkInputs: Map<number, number>;
  readonly sourceOutputs: Map<number, number>;
  client: number | null;
  /** A stream that waits for what the server says of its device. */
  pending: PendingStream | null;
}

export function newSoundState(): SoundState {
  return { authenticated: false, awaited: new Map(), unread: new Map(), sinkInputs: new Map(), sourceOutputs: new Map(), client: null, pending: null };
}

export function broken(because: string): Verdict {
  return { kind: "broken", because };
}

export type StreamKind = "playback" | "record";

/** A stream that was asked for, with all but its device decided. */
export interface PendingStream {
  readonly kind: StreamKind;
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly tokens: readonly Token[];
  readonly replacements: ReadonlyMap<number, Uint8Array>;
  /** Records one program's output, whatever the device. */
  readonly tapsStream: boolean;
}

export interface Judging {
  readonly state: SoundState;
  readonly policy: SoundPolicy;
  readonly bytes: Uint8Array;
  /** Command and tag are the first two. */
  readonly tokens: readonly Token[];
  readonly tag: number;
  readonly refuse: (because: string, error?: number) => Verdict;
}

export function shapeOf(tokens: readonly Token[]): string {
  return tokens.map(({ type }) => type).join("");
}
