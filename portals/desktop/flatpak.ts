// org.freedesktop.portal.Flatpak: an app starts a part of itself in a sandbox of its own, which has what the app has or less. Never anything on the host.
import { Buffer } from "node:buffer";
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import type { PortalInstance } from "../core/instance.ts";
import { pathOfBytes, readOptions, textOption } from "../core/options.ts";
import { type Descriptors, FLATPAK_PATH, type Options, type Portal, type PortalCall, UPDATE_MONITOR } from "../core/portal.ts";
import { busError } from "../core/portal-error.ts";
import type { GivenPlace, SharedPart, SubSandbox } from "../core/sub-sandbox.ts";
import { givenByDescriptor, givenByName } from "../outside/given-places.ts";

const INTERFACE = "org.freedesktop.portal.Flatpak";

const CLEAR_ENVIRONMENT = 1;
/** An app of the host has one version: the one that its manifest says at the start. */
const LATEST_VERSION = 2;
const SANDBOX = 4;
const NO_NETWORK = 8;
const WATCH_BUS = 16;
const NOTIFY_START = 64;
const KNOWN_FLAGS = CLEAR_ENVIRONMENT | LATEST_VERSION | SANDBOX | NO_NETWORK | WATCH_BUS | NOTIFY_START;

/** Bits of `sandbox-flags`, from 1 on. */
const SHARED_PARTS: readonly SharedPart[] = ["display", "sound", "graphics", "session-bus", "accessibility-bus"];
const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MAX_PARTS = 256;
const MAX_DESCRIPTOR = 1023;
const MAX_WORDS_BYTES = 512 * 1024;
/** Its end and a pointer to it. */
const WORD_COST_BYTES = 9;
/** Below the 128 KiB of execve(2), with the option before it. */
const MAX_TEXT_BYTES = 128 * 1024 - 64;
const MAX_SIGNAL = 64;
/** Of its `tsbox run`, with which all that is in the sandbox ends; another signal would reach its first program alone. */
const SIGKILL = 9;

interface Running {
  readonly client: string;
  readonly watchesBus: boolean;
  readonly sandbox: SubSandbox;
}

/** Of one instance. The numbers are ours: a process number of the host means nothing inside. */
interface Parts {
  readonly running: Map<number, Running>;
  next: number;
}

export const flatpak: Portal = {
  interface: INTERFACE,
  // 6 and 7 would promise another /app or /usr, and names on the accessibility bus.
  version: 5,
  methods: {
    Spawn: { in: "ayaaya{uh}a{ss}ua{sv}", out: "u", names: ["cwd_path", "argv", "fds", "envs", "flags", "options", "pid"], run: (call) => [spawnPart(call)] },
    SpawnSignal: {
      in: "uub",
      out: "",
      names: ["pid", "signal", "to_process_group"],
      run: ({ instance, client, args }) => {
        const [number, signal] = args as readonly [number, number];
        const part = partsOf(instance).running.get(number);
        if (part === undefined || part.client !== client) throw busError("UnixProcessIdUnknown", "no such process was started by this connection");
        if (signal < 1 || signal > MAX_SIGNAL) throw busError("InvalidArgs", "no such signal");
        part.sandbox.signal(signal);
        return [];
      },
    },
    CreateUpdateMonitor: {
      in: "a{sv}",
      out: "o",
      names: ["options", "handle"],
      run: ({ instance, client, args }) => {
        const token = textOption(readOptions(args[0], { handle_token: "s" }), "handle_token") ?? "t";
        return [instance.sessions.begin(client, token, UPDATE_MONITOR, `${FLATPAK_PATH}/update_monitor`).path];
      },
    },
  },
  signals: { SpawnStarted: "uu", SpawnExited: "uu" },
  // None of the bits: processes of a part are in a pid namespace of their own.
  properties: { supports: { type: "u", get: () => 0 } },
  started: (instance) => instance.onClientGone((client) => endWatching(instance, client)),
};

function partsOf(instance: PortalInstance): Parts {
  return instance.own(
    "parts",
    () => ({ running: new Map(), next: 1 }),
    ({ running }) => {
      for (const part of running.values()) if (part.watchesBus) part.sandbox.signal(SIGKILL);
    },
  );
}

function spawnPart({ instance, client, args, descriptors }: PortalCall): number {
  const [directory, words, fds, variables, flags, rawOptions] = args as readonly [Value, readonly Value[], Pairs<number>, Pairs<string>, number, Value];
  if ((flags & ~KNOWN_FLAGS) !== 0) throw busError("NotSupported", `flags 0x${(flags & ~KNOWN_FLAGS).toString(16)} are not supported`);
  const options = readOptions(rawOptions, OPTION_TYPES);
  for (const name of ["app-fd", "usr-fd"]) if (options.has(name)) throw busError("NotSupported", `\`${name}\` is not supported`);
  const parts = partsOf(instance);
  if (parts.running.size >= MAX_PARTS) throw busError("LimitsExceeded", `this sandbox may have at most ${MAX_PARTS} parts`);
  const taking = takeOnce(instance, descriptors);
  try {
    const number = parts.next++;
    const running: Omit<Running, "sandbox"> = { client, watchesBus: (flags & WATCH_BUS) !== 0 };
    const tell = (member: string, ...values: readonly number[]): void => instance.emit(client, FLATPAK_PATH, INTERFACE, member, "uu", [number, ...values]);
    const sandbox = instance.startSubSandbox({
      command: commandOf(words),
      directory: directoryOf(directory),
      descriptors: descriptorsOf(fds, taking.take),
      environment: [...environmentOf(variables), ...unsetOf(options)],
      clearEnvironment: (flags & CLEAR_ENVIRONMENT) !== 0,
      noNetwork: (flags & NO_NETWORK) !== 0,
      closed: (flags & SANDBOX) === 0 ? null : sharesOf(options),
      places: (flags & SANDBOX) === 0 ? [] : placesOf(instance, options, taking.take),
      started: () => {
        if ((flags & NOTIFY_START) !== 0) tell("SpawnStarted", 0);
      },
      ended: (status) => {
        parts.running.delete(number);
        // Behind the answer, also where it ended at once.
        instance.after(() => tell("SpawnExited", status));
      },
    });
    if ("refused" in sandbox) throw busError("LimitsExceeded", sandbox.refused);
    parts.running.set(number, { ...running, sandbox });
    return number;
  } finally {
    taking.close();
  }
}

type Pairs<T> = readonly (readonly [T, Value])[];

const OPTION_TYPES = {
  "sandbox-expose": "as",
  "sandbox-expose-ro": "as",
  "sandbox-expose-fd": "ah",
  "sandbox-expose-fd-ro": "ah",
  "sandbox-flags": "u",
  "unset-env": "as",
  "app-fd": "h",
  "usr-fd": "h",
} as const;

/** One descriptor of the message may stand for several numbers. */
function takeOnce({ addon }: PortalInstance, descriptors: Descriptors): { take(index: Value): number; close(): void } {
  const taken = new Map<Value, number>();
  return {
    take(index) {
      const fd = taken.get(index) ?? descriptors.take(index);
      taken.set(index, fd);
      return fd;
    },
    close() {
      for (const fd of taken.values()) addon.close(fd);
    },
  };
}

function commandOf(raw: readonly Value[]): readonly string[] {
  const words = raw.map((word) => textOf(word, "a word of the command"));
  if (words[0] === undefined || words[0] === "") throw busError("InvalidArgs", "no command was given");
  for (const word of words) checkLength(word, "a word of the command");
  const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word) + WORD_COST_BYTES, 0);
  if (bytes > MAX_WORDS_BYTES) throw busError("InvalidArgs", "the command is too long");
  return words;
}

function directoryOf(raw: Value): string {
  const directory = textOf(raw, "the working directory");
  if (directory !== "" && !directory.startsWith("/")) throw busError("InvalidArgs", "the working directory is no absolute path");
  checkLength(directory, "the working directory");
  return directory;
}

/** No program takes more in one word or variable. */
function checkLength(text: string, what: string): void {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) throw busError("InvalidArgs", `${what} is longer than ${MAX_TEXT_BYTES} bytes`);
}

/** Programs are started with text: other bytes than UTF-8 would arrive as others. */
function textOf(raw: Value, what: string): string {
  const text = pathOfBytes(raw);
  if (text === undefined) throw busError("InvalidArgs", `${what} is no UTF-8`);
  return text;
}

function descriptorsOf(pairs: Pairs<number>, take: (index: Value) => number): ReadonlyMap<number, number> {
  const all = new Map<number, number>();
  for (const [number, index] of pairs) {
    if (number > MAX_DESCRIPTOR) throw busError("InvalidArgs", `descriptors have numbers up to ${MAX_DESCRIPTOR}`);
    all.set(number, take(index));
  }
  return all;
}

function environmentOf(pairs: Pairs<string>): readonly (readonly [string, string])[] {
  return pairs.map(([name, value]) => {
    checkLength(`${name}=${String(value)}`, "a variable");
    return [checkName(name), String(value)];
  });
}

function unsetOf(options: Options): readonly (readonly [string, null])[] {
  return namesIn(options, "unset-env").map((name) => [checkName(name), null]);
}

function checkName(name: string): string {
  if (!ENVIRONMENT_NAME.test(name)) throw busError("InvalidArgs", "no name of a variable");
  return name;
}

function namesIn(options: Options, key: string): readonly string[] {
  return (options.get(key)?.value ?? []) as readonly string[];
}

function sharesOf(options: Options): ReadonlySet<SharedPart> {
  const bits = Number(options.get("sandbox-flags")?.value ?? 0);
  if (bits >= 1 << SHARED_PARTS.length) throw busError("InvalidArgs", "unknown sandbox flags");
  return new Set(SHARED_PARTS.filter((_, bit) => (bits & (1 << bit)) !== 0));
}

function placesOf(instance: PortalInstance, options: Options, take: (index: Value) => number): readonly GivenPlace[] {
  const fds = (key: string): readonly number[] => ((options.get(key)?.value ?? []) as readonly Value[]).map(take);
  const places = [
    ...namesIn(options, "sandbox-expose").map((name) => givenByName(instance, name, true)),
    ...namesIn(options, "sandbox-expose-ro").map((name) => givenByName(instance, name, false)),
    ...fds("sandbox-expose-fd").map((fd) => givenByDescriptor(instance, fd, true)),
    ...fds("sandbox-expose-fd-ro").map((fd) => givenByDescriptor(instance, fd, false)),
  ];
  return places.filter((place) => place !== undefined);
}

function endWatching(instance: PortalInstance, client: string): void {
  const { running } = partsOf(instance);
  for (const part of running.values()) if (part.client === client && part.watchesBus) part.sandbox.signal(SIGKILL);
}
