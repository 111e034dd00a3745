// The verdict over each command between one app and the sound server. Pure: bytes in, verdict out.
import { ALLOWED_COMMANDS, type Check, Command, REFUSED_NAMES } from "./commands.ts";
import { u32 } from "./framing.ts";
import type { SoundPolicy } from "./policy.ts";
import { filteredProperties } from "./properties.ts";
import { broken, ErrorCode, FORWARD, type Judging, QUESTION_TAG, shapeOf, type SoundState, type Verdict } from "./state.ts";
import { judgeNewStream, settleNewStream } from "./streams.ts";
import { bytesValue, numberValue, replaceTokens, type Token, tokensOf } from "./tagstruct.ts";

/** Tags of the app lie below; above are ours and the server's own. */
const FIRST_OWN_TAG = 0x8000_0000;
const MIN_VERSION = 13;
const MAX_VERSION = 35;
const VERSION_MASK = 0xffff;
const COOKIE_BYTES = 256;
/** Command and tag, each with its letter. */
const COMMAND_HEAD_BYTES = 10;
/** Streams and answers that one connection may wait for. */
const MAX_STREAMS = 256;
const MAX_UNREAD = 4096;

/** Command number and tag at the beginning of a payload; undefined where they are not there. */
export function commandHead(bytes: Uint8Array, from: number, to: number): { readonly command: number; readonly tag: number } | undefined {
  if (to - from < COMMAND_HEAD_BYTES || bytes[from] !== 0x4c || bytes[from + 5] !== 0x4c) return undefined;
  return { command: u32(bytes, from + 1), tag: u32(bytes, from + 6) };
}

/** One whole command of the app, at bytes [from, to). */
export function judgeAppCommand(state: SoundState, policy: SoundPolicy, bytes: Uint8Array, from: number, to: number): Verdict {
  const head = commandHead(bytes, from, to);
  if (head === undefined) return broken("a command without number and tag");
  const { tag } = head;
  if (tag >= FIRST_OWN_TAG) return broken("a tag of the server");
  // Its answer would be taken for another's, and with it an index that is not the app's.
  if (state.awaited.has(tag)) return broken("a tag that still waits for its answer");
  if (state.awaited.size >= MAX_STREAMS || state.unread.size >= MAX_UNREAD) return broken("too many commands that wait for their answers");
  const verdict = judgeNamed(state, policy, bytes, from, to, head.command, tag);
  if (state.awaited.has(tag) || state.pending?.tag === tag) {
    return state.unread.has(tag) ? broken("a tag that still waits for the answer to another command") : verdict;
  }
  if (verdict.kind === "forward" || verdict.kind === "replace") state.unread.set(tag, (state.unread.get(tag) ?? 0) + 1);
  return verdict;
}

function judgeNamed(state: SoundState, policy: SoundPolicy, bytes: Uint8Array, from: number, to: number, command: number, tag: number): Verdict {
  const rule = ALLOWED_COMMANDS.get(command);
  const name = rule?.name ?? REFUSED_NAMES.get(command) ?? `command ${command}`;
  const refuse = (because: string, error: number = ErrorCode.ACCESS): Verdict => ({ kind: "refuse", error, tag, command: name, because });
  if (rule === undefined) return refuse("no app may send it");
  if (!state.authenticated && rule.check !== "authentication") return refuse("not authenticated");
  if (rule.check === "nothing") return FORWARD;
  const tokens = tokensOf(bytes, from, to);
  if (tokens === undefined) return broken(`${name}: malformed values`);
  return check(rule.check, { state, policy, bytes, tokens, tag, refuse });
}

function check(what: Exclude<Check, "nothing">, judging: Judging): Verdict {
  const { state } = judging;
  switch (what) {
    case "authentication":
      return judgeAuthentication(judging);
    case "client-properties":
    case "stream-properties":
      return judgeProperties(judging, what === "client-properties");
    case "new-playback":
    case "new-record":
      if (state.sinkInputs.size + state.sourceOutputs.size >= MAX_STREAMS) return judging.refuse("too many streams", ErrorCode.TOO_LARGE);
      return judgeNewStream(judging, what === "new-playback" ? "playback" : "record");
    case "end-playback":
    case "end-record":
      return forget(what === "end-playback" ? state.sinkInputs : state.sourceOutputs, firstNumber(judging));
    case "own-sink-input":
      return ownOnly(judging, state.sinkInputs.values());
    case "own-source-output":
      return ownOnly(judging, state.sourceOutputs.values());
    case "own-client":
      return ownOnly(judging, state.client === null ? [] : [state.client]);
  }
}

function judgeAuthentication({ state, bytes, tokens, tag, refuse }: Judging): Verdict {
  if (state.authenticated) return refuse("authenticated already");
  if (shapeOf(tokens) !== "LLLx") return broken("AUTH: malformed values");
  const version = Math.min(u32(bytes, (tokens[2] as Token).start + 1) & VERSION_MASK, MAX_VERSION);
  if (version < MIN_VERSION) return refuse("a protocol older than version 13", ErrorCode.VERSION);
  state.authenticated = true;
  state.awaited.set(tag, "authentication");
  return {
    kind: "replace",
    payload: replaceTokens(
      bytes,
      tokens,
      new Map([
        [2, numberValue(version)],
        [3, bytesValue(new Uint8Array(COOKIE_BYTES))],
      ]),
    ),
  };
}

function judgeProperties({ state, policy, bytes, tokens, tag }: Judging, ofClient: boolean): Verdict {
  const at = tokens.length - 1;
  const token = tokens[at] as Token;
  // SET_CLIENT_NAME has the list alone, the updates have numbers before it.
  if (!/^LL(?:L{0,2})P$/.test(shapeOf(tokens))) return broken("a list of properties is missing");
  if (ofClient && tokens.length === 3) state.awaited.set(tag, "client");
  return { kind: "replace", payload: replaceTokens(bytes, tokens, new Map([[at, filteredProperties(bytes, token, ofClient ? policy : null)]])) };
}

function forget(streams: Map<number, number>, channel: number | undefined): Verdict {
  if (channel === undefined) return broken("a stream's number is missing");
  streams.delete(channel);
  return FORWARD;
}

function ownOnly(judging: Judging, own: Iterable<number>): Verdict {
  const index = firstNumber(judging);
  if (index === undefined) return broken("an index is missing");
  for (const one of own) if (one === index) return FORWARD;
  return judging.refuse("it belongs to another program");
}

function firstNumber({ bytes, tokens }: Judging): number | undefined {
  const token = tokens[2];
  return token?.type === "L" ? u32(bytes, token.start + 1) : undefined;
}

/** Whether a command of the server must be there as a whole before it is judged. */
export function serverCommandIsRead(state: SoundState, command: number, tag: number): boolean {
  if (command === Command.REPLY || command === Command.ERROR) return state.awaited.has(tag) || tag === QUESTION_TAG;
  return command === Command.PLAYBACK_STREAM_KILLED || command === Command.RECORD_STREAM_KILLED;
}

/** A command of the server; whole at [from, to) where serverCommandIsRead says so, else at least its head. */
export function judgeServerCommand(state: SoundState, policy: SoundPolicy, bytes: Uint8Array, from: number, to: number): Verdict {
  const head = commandHead(bytes, from, to);
  if (head === undefined) return broken("a command of the server without number and tag");
  const { command, tag } = head;
  if (command === Command.ENABLE_SRBCHANNEL || command === Command.DISABLE_SRBCHANNEL || command === Command.REGISTER_MEMFD_SHMID) {
    return broken("shared memory, which is switched off");
  }
  if (command === Command.REPLY || command === Command.ERROR) answered(state, tag);
  if (!serverCommandIsRead(state, command, tag)) return FORWARD;
  const tokens = tokensOf(bytes, from, to);
  if (tokens === undefined) return broken("malformed values from the server");
  if (command === Command.PLAYBACK_STREAM_KILLED || command === Command.RECORD_STREAM_KILLED) {
    const channel = tokens[2]?.type === "L" ? u32(bytes, tokens[2].start + 1) : undefined;
    return forget(command === Command.PLAYBACK_STREAM_KILLED ? state.sinkInputs : state.sourceOutputs, channel);
  }
  if (tag === QUESTION_TAG) return settleNewStream(state, policy, command === Command.REPLY, bytes, tokens);
  return learn(state, command === Command.REPLY, tag, bytes, tokens);
}

function answered({ unread }: SoundState, tag: number): void {
  const left = (unread.get(tag) ?? 0) - 1;
  if (left > 0) unread.set(tag, left);
  else unread.delete(tag);
}

function learn(state: SoundState, success: boolean, tag: number, bytes: Uint8Array, tokens: readonly Token[]): Verdict {
  const awaited = state.awaited.get(tag);
  state.awaited.delete(tag);
  if (!success) {
    if (awaited === "authentication") state.authenticated = false;
    return FORWARD;
  }
  const number = (at: number): number | undefined => (tokens[at]?.type === "L" ? u32(bytes, tokens[at].start + 1) : undefined);
  const first = number(2);
  const second = number(3);
  if (awaited === "authentication") {
    if (first === undefined || (first & VERSION_MASK) < MIN_VERSION) return broken("a server older than protocol version 13");
    return { kind: "replace", payload: replaceTokens(bytes, tokens, new Map([[2, numberValue(first & VERSION_MASK)]])) };
  }
  if (awaited === "client") {
    state.client = first ?? null;
    return FORWARD;
  }
  if (first === undefined || second === undefined) return broken("a new stream without its numbers");
  (awaited === "playback" ? state.sinkInputs : state.sourceOutputs).set(first, second);
  return FORWARD;
}
