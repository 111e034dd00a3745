// New streams: whether the policy gives them, on which device, with which properties. A device is looked up first and then named by its own name: the default
// input may be the monitor of an output, and PipeWire takes any program's stream for a device.
import { Command } from "./commands.ts";
import { u32 } from "./framing.ts";
import type { SoundPolicy } from "./policy.ts";
import { filteredProperties } from "./properties.ts";
import { ErrorCode, type Judging, type PendingStream, QUESTION_TAG, shapeOf, type SoundState, type StreamKind, type Verdict } from "./state.ts";
import { booleanValue, numberValue, replaceTokens, textOf, textValue, type Token } from "./tagstruct.ts";

const NO_INDEX = 0xffff_ffff;
/** Places among the values, command and tag included: since version 13 these come first, whatever newer versions add behind. */
const DEVICE_INDEX = 4;
const DEVICE_NAME = 5;
const KINDS = {
  playback: { command: "CREATE_PLAYBACK_STREAM", shape: /^LLamL[tN]L[01]LLLLv[01]{9}P[01BfV]*$/, properties: 22, dontMove: null, tapped: null },
  record: { command: "CREATE_RECORD_STREAM", shape: /^LLamL[tN]L[01]L[01]{9}PL[01BfvV]*$/, properties: 18, dontMove: 14, tapped: 19 },
} as const;

export function judgeNewStream(judging: Judging, kind: StreamKind): Verdict {
  const { state, policy, tokens, tag, refuse } = judging;
  const words = KINDS[kind];
  if (!words.shape.test(shapeOf(tokens))) return { kind: "broken", because: `${words.command}: malformed values` };
  if (kind === "playback" ? !policy.playback : !policy.microphone && !policy.monitor) {
    return refuse(kind === "playback" ? "playback is not granted" : "neither microphone nor monitor is granted");
  }
  if (state.pending !== null) return { kind: "broken", because: "two streams at once" };
  // The receive buffer is used again before the answer comes.
  const bytes = judging.bytes.slice((tokens[0] as Token).start, (tokens.at(-1) as Token).end);
  const shift = (tokens[0] as Token).start;
  const own = tokens.map(({ type, start, end }) => ({ type, start: start - shift, end: end - shift }));
  const replacements = new Map([[words.properties as number, filteredProperties(bytes, own[words.properties] as Token, null)]]);
  // A recording that the server moves could end on a device that is not granted.
  if (words.dontMove !== null && !(policy.microphone && policy.monitor)) replacements.set(words.dontMove, booleanValue(true));
  const tapped = words.tapped === null ? NO_INDEX : numberAt(bytes, own[words.tapped]);
  const pending: PendingStream = { kind, tag, bytes, tokens: own, replacements, tapsStream: tapped !== NO_INDEX };
  if (pending.tapsStream && !policy.monitor) return refuse("monitor is not granted");
  const index = numberAt(bytes, own[DEVICE_INDEX]);
  const name = deviceName(bytes, own[DEVICE_NAME] as Token);
  if (kind === "playback" && index === NO_INDEX && name === null) return create(state, pending, null);
  state.pending = pending;
  return { kind: "ask", payload: question(kind, index, name) };
}

function question(kind: StreamKind, index: number, name: string | null): Uint8Array {
  const command = kind === "playback" ? Command.GET_SINK_INFO : Command.GET_SOURCE_INFO;
  const byName = name ?? (index === NO_INDEX ? (kind === "playback" ? "@DEFAULT_SINK@" : "@DEFAULT_SOURCE@") : null);
  // Either, never both: a name beside an index is a second thing that somebody could read.
  return Buffer.concat([numberValue(command), numberValue(QUESTION_TAG), numberValue(byName === null ? index : NO_INDEX), textValue(byName)]);
}

/** What the server says of the device that the waiting stream wants. */
export function settleNewStream(state: SoundState, policy: SoundPolicy, found: boolean, bytes: Uint8Array, tokens: readonly Token[]): Verdict {
  const { pending } = state;
  state.pending = null;
  if (pending === null) return { kind: "broken", because: "an answer that nobody asked for" };
  const refuse = (because: string, error: number): Verdict => ({
    kind: "settled",
    verdict: { kind: "refuse", error, tag: pending.tag, command: KINDS[pending.kind].command, because },
  });
  if (!found) return refuse("there is no such device", ErrorCode.NO_ENTITY);
  // Index, name, description, sample format, channels; of a source then its module, volume, mute, and the sink whose monitor it is.
  if (!/^LLLt[tN]am/.test(shapeOf(tokens))) return { kind: "broken", because: "malformed values from the server" };
  if (pending.kind === "record") {
    if (!/^LLLt[tN]amLv[01]L/.test(shapeOf(tokens))) return { kind: "broken", because: "malformed values from the server" };
    const monitor = numberAt(bytes, tokens[10]) !== NO_INDEX;
    if (monitor && !policy.monitor) return refuse("monitor is not granted", ErrorCode.ACCESS);
    if (!monitor && !policy.microphone) return refuse("microphone is not granted", ErrorCode.ACCESS);
  }
  const name = tokens[3] as Token;
  return { kind: "settled", verdict: create(state, pending, textOf(bytes, name.start, name.end)) };
}

function create(state: SoundState, pending: PendingStream, device: string | null): Verdict {
  const replacements = new Map(pending.replacements);
  if (device !== null) replacements.set(DEVICE_INDEX, numberValue(NO_INDEX)).set(DEVICE_NAME, textValue(device));
  state.awaited.set(pending.tag, pending.kind);
  return { kind: "replace", payload: replaceTokens(pending.bytes, pending.tokens, replacements) };
}

/** Absent, or the empty name that old clients write. */
function deviceName(bytes: Uint8Array, token: Token): string | null {
  const text = token.type === "t" ? textOf(bytes, token.start, token.end) : "";
  return text === "" ? null : text;
}

function numberAt(bytes: Uint8Array, token: Token | undefined): number {
  return token?.type === "L" ? u32(bytes, token.start + 1) : NO_INDEX;
}
