// Every command of PulseAudio's native protocol (versions 13 to 35) that an app may send, with the reason. What is not in the table is refused. Data.

export const Command = {
  ERROR: 0,
  REPLY: 2,
  GET_SINK_INFO: 21,
  GET_SOURCE_INFO: 23,
  PLAYBACK_STREAM_KILLED: 64,
  RECORD_STREAM_KILLED: 65,
  ENABLE_SRBCHANNEL: 101,
  DISABLE_SRBCHANNEL: 102,
  REGISTER_MEMFD_SHMID: 103,
} as const;

/** What must be looked at before the command goes on. */
export type Check =
  | "nothing"
  /** Version and shared-memory bits are written anew, the cookie is left out. */
  | "authentication"
  /** A new stream: policy, device, properties. */
  | "new-playback"
  | "new-record"
  /** The stream's index is forgotten. */
  | "end-playback"
  | "end-record"
  /** Properties pass an allow-list. */
  | "client-properties"
  | "stream-properties"
  /** The first value is an index that all clients share: it must be one that this connection made. */
  | "own-sink-input"
  | "own-source-output"
  | "own-client";

export interface CommandRule {
  readonly name: string;
  readonly check: Check;
  readonly because: string;
}

const OWN_STREAM = "names a stream by its number on this connection: there are no others' among them";
const DEVICES = "tells of devices, and of no other program";

const rule = (name: string, check: Check, because: string): CommandRule => ({ name, check, because });

export const ALLOWED_COMMANDS: ReadonlyMap<number, CommandRule> = new Map([
  [3, rule("CREATE_PLAYBACK_STREAM", "new-playback", "sound needs a stream")],
  [4, rule("DELETE_PLAYBACK_STREAM", "end-playback", OWN_STREAM)],
  [5, rule("CREATE_RECORD_STREAM", "new-record", "a microphone or a monitor, each with its own grant")],
  [6, rule("DELETE_RECORD_STREAM", "end-record", OWN_STREAM)],
  [8, rule("AUTH", "authentication", "the first command of every connection")],
  [9, rule("SET_CLIENT_NAME", "client-properties", "who plays, for mixers")],
  [10, rule("LOOKUP_SINK", "nothing", DEVICES)],
  [11, rule("LOOKUP_SOURCE", "nothing", DEVICES)],
  [12, rule("DRAIN_PLAYBACK_STREAM", "nothing", OWN_STREAM)],
  [13, rule("STAT", "nothing", "sizes of the server's memory, which programs ask for as a sign of life")],
  [14, rule("GET_PLAYBACK_LATENCY", "nothing", OWN_STREAM)],
  [20, rule("GET_SERVER_INFO", "nothing", "version, sample format and the names of the default devices")],
  [21, rule("GET_SINK_INFO", "nothing", DEVICES)],
  [22, rule("GET_SINK_INFO_LIST", "nothing", DEVICES)],
  [23, rule("GET_SOURCE_INFO", "nothing", DEVICES)],
  [24, rule("GET_SOURCE_INFO_LIST", "nothing", DEVICES)],
  [27, rule("GET_CLIENT_INFO", "own-client", "the app itself")],
  [29, rule("GET_SINK_INPUT_INFO", "own-sink-input", "the app's own streams")],
  [31, rule("GET_SOURCE_OUTPUT_INFO", "own-source-output", "the app's own streams")],
  [35, rule("SUBSCRIBE", "nothing", "events carry a number and a kind, and toolkits wait for them")],
  [37, rule("SET_SINK_INPUT_VOLUME", "own-sink-input", "the app's own volume")],
  [41, rule("CORK_PLAYBACK_STREAM", "nothing", OWN_STREAM)],
  [42, rule("FLUSH_PLAYBACK_STREAM", "nothing", OWN_STREAM)],
  [43, rule("TRIGGER_PLAYBACK_STREAM", "nothing", OWN_STREAM)],
  [46, rule("SET_PLAYBACK_STREAM_NAME", "nothing", OWN_STREAM)],
  [47, rule("SET_RECORD_STREAM_NAME", "nothing", OWN_STREAM)],
  [57, rule("GET_RECORD_LATENCY", "nothing", OWN_STREAM)],
  [58, rule("CORK_RECORD_STREAM", "nothing", OWN_STREAM)],
  [59, rule("FLUSH_RECORD_STREAM", "nothing", OWN_STREAM)],
  [60, rule("PREBUF_PLAYBACK_STREAM", "nothing", OWN_STREAM)],
  [69, rule("SET_SINK_INPUT_MUTE", "own-sink-input", "the app's own volume")],
  [72, rule("SET_PLAYBACK_STREAM_BUFFER_ATTR", "nothing", OWN_STREAM)],
  [73, rule("SET_RECORD_STREAM_BUFFER_ATTR", "nothing", OWN_STREAM)],
  [74, rule("UPDATE_PLAYBACK_STREAM_SAMPLE_RATE", "nothing", OWN_STREAM)],
  [75, rule("UPDATE_RECORD_STREAM_SAMPLE_RATE", "nothing", OWN_STREAM)],
  [80, rule("UPDATE_RECORD_STREAM_PROPLIST", "stream-properties", OWN_STREAM)],
  [81, rule("UPDATE_PLAYBACK_STREAM_PROPLIST", "stream-properties", OWN_STREAM)],
  [82, rule("UPDATE_CLIENT_PROPLIST", "client-properties", "who plays, for mixers")],
  [98, rule("SET_SOURCE_OUTPUT_VOLUME", "own-source-output", "the app's own volume")],
  [99, rule("SET_SOURCE_OUTPUT_MUTE", "own-source-output", "the app's own volume")],
]);

/** Names for the log of what is refused most. Commands without a name are told by their number. */
export const REFUSED_NAMES: ReadonlyMap<number, string> = new Map([
  [7, "EXIT"],
  [15, "CREATE_UPLOAD_STREAM"],
  [18, "PLAY_SAMPLE"],
  [19, "REMOVE_SAMPLE"],
  [25, "GET_MODULE_INFO"],
  [26, "GET_MODULE_INFO_LIST"],
  [28, "GET_CLIENT_INFO_LIST"],
  [30, "GET_SINK_INPUT_INFO_LIST"],
  [32, "GET_SOURCE_OUTPUT_INFO_LIST"],
  [36, "SET_SINK_VOLUME"],
  [38, "SET_SOURCE_VOLUME"],
  [39, "SET_SINK_MUTE"],
  [40, "SET_SOURCE_MUTE"],
  [44, "SET_DEFAULT_SINK"],
  [45, "SET_DEFAULT_SOURCE"],
  [48, "KILL_CLIENT"],
  [49, "KILL_SINK_INPUT"],
  [50, "KILL_SOURCE_OUTPUT"],
  [51, "LOAD_MODULE"],
  [52, "UNLOAD_MODULE"],
  [67, "MOVE_SINK_INPUT"],
  [68, "MOVE_SOURCE_OUTPUT"],
  [70, "SUSPEND_SINK"],
  [71, "SUSPEND_SOURCE"],
  [87, "EXTENSION"],
  [88, "GET_CARD_INFO"],
  [89, "GET_CARD_INFO_LIST"],
  [90, "SET_CARD_PROFILE"],
  [104, "SEND_OBJECT_MESSAGE"],
]);
