// `[X-Tsbox Audio] playback= microphone= monitor=`: what an app with a sound server (`sockets=pulseaudio`, `filesystems=xdg-run/pipewire-0`) may do there, `true` or `false` each.
import { AUDIO_USES, type AudioUse, type PermissionEntry } from "../../permissions/entries.ts";
import { removeKey, setKey } from "../keyfile-edit.ts";
import { entryOf } from "../keyfile.ts";
import { decodeString } from "../keyfile-values.ts";
import { nearestWord } from "../nearest.ts";
import { errorAt, failure, NO_PLACE, success } from "../problem.ts";
import { cutName, isInForce } from "./device-cuts.ts";
import { type EntryGrammar, type KeyReader, optionOrigin, type PermissionOption } from "./entry-grammar.ts";
import { originOf } from "./list-entry.ts";

const GROUP = "X-Tsbox Audio";
/** By this, and by the sound cards' own nodes, an app has what no filter says no to. */
const PLAIN_SOCKET = "pipewire-plain-socket";
const KEY_WORDS: Readonly<Record<AudioUse, string>> = {
  playback: "whether an app with `sockets=pulseaudio` or `filesystems=xdg-run/pipewire-0` may play; it may unless this is false",
  microphone: "whether it may record from microphones",
  monitor: "whether it may record what other programs play",
};

export const audio: EntryGrammar<"audio"> = {
  kind: "audio",
  keys: AUDIO_USES.map(readerOf),
  options: [optionOf("--audio", true, "let an app with sound use it for USE"), optionOf("--no-audio", false, "do not let an app with sound use it for USE")],
  subject: (entry) => `audio=${entry.use}`,
  render: (entry) => `${entry.use}=${entry.granted}`,
  denies: (entry) => !entry.granted,
  // Playing comes with the sound server unless it was denied.
  isWithin: (older, { use }) => older.find((one) => one.use === use)?.granted ?? use === "playback",
  merge: (draft, { use, granted, origin }) => void draft.audio.set(use, { granted, origin }),
  cut: (draft, { use, origin }) => {
    const wanted = draft.audio.get(use);
    draft.audio.set(use, { granted: false, origin });
    const plain = draft.acceptedLowerLevels.get(PLAIN_SOCKET);
    draft.acceptedLowerLevels.delete(PLAIN_SOCKET);
    return [
      ...(wanted?.granted ? [{ granted: `${use}=true`, wanted: wanted.origin, limit: origin }] : []),
      ...(plain === undefined ? [] : [{ granted: `lower=${PLAIN_SOCKET}`, wanted: plain, limit: origin }]),
      ...(use === "monitor" ? [] : cutName(draft, "devices", "all", origin, false)),
    ];
  },
  remaining: (permissions, { use }) => [
    ...(permissions.acceptedLowerLevels.has(PLAIN_SOCKET) ? [`accept-lower=${PLAIN_SOCKET}`] : []),
    ...(use !== "monitor" && isInForce(permissions.devices.get("all")) ? ["devices=all"] : []),
  ],
  edit: (keyfile, { use, granted }) => setKey(keyfile, GROUP, use, String(granted)),
  erase: (keyfile, { use }) => (entryOf(keyfile, GROUP, use) === null ? keyfile : removeKey(keyfile, GROUP, use)),
};

function readerOf(use: AudioUse): KeyReader {
  return {
    group: GROUP,
    key: use,
    form: "boolean",
    words: KEY_WORDS[use],
    read: (entry, reading) => {
      const value = decodeString(entry);
      if (!value.ok) for (const problem of value.problems) reading.report(problem);
      else if (value.value === "true" || value.value === "false") {
        reading.add({ kind: "audio", use, granted: value.value === "true", origin: originOf(entry, reading) });
      } else reading.report(errorAt({ ...entry, column: entry.valueColumn }, "manifest.audio-value", { key: use, value: value.value }));
    },
  };
}

function optionOf(flag: "--audio" | "--no-audio", granted: boolean, words: string): PermissionOption {
  return {
    flag,
    argument: "USE",
    words,
    choices: AUDIO_USES,
    parse: (raw, layer) => {
      const use = AUDIO_USES.find((one) => one === raw);
      if (use !== undefined) {
        const entry: PermissionEntry = { kind: "audio", use, granted, origin: optionOrigin(flag, raw, layer) };
        return success([entry]);
      }
      const nearest = nearestWord(raw, AUDIO_USES);
      const values = { option: flag, word: raw, known: AUDIO_USES.join(", "), nearest: nearest ?? "" };
      return failure(errorAt(NO_PLACE, nearest === null ? "option.unknown-word" : "option.unknown-word-nearest", values));
    },
  };
}
