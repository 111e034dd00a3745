// Real sound servers, private to a session, with an output whose recording tells what was played and a microphone that hears a tone; and tones to find again.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startBus } from "./bus.ts";
import { type Running, waitFor } from "./process.ts";
import { SERVER_LIFE } from "./server-script.ts";
import type { Session } from "./session.ts";

export type SoundKind = "PulseAudio" | "pipewire-pulse";

export const RATE = 48_000;
/** What the microphone hears all the time. */
export const MICROPHONE_HERTZ = 660;
const QUIET = 0.01;

export interface SoundServer {
  readonly pid: number;
  /** What reaches the output from now on; to be stopped. */
  record(device?: string): Promise<Recording>;
  /** `pactl` outside. */
  control(...words: readonly string[]): Promise<string>;
}

export interface Recording {
  /** Ends it and tells what was heard. */
  stop(): Promise<Heard>;
}

/** Null: silence. */
export interface Heard {
  readonly hertz: number | null;
  readonly seconds: number;
}

export async function startSound(session: Session, kind: SoundKind): Promise<SoundServer> {
  const server = kind === "PulseAudio" ? startPulse(session) : await startPipewire(session);
  const control = async (...words: readonly string[]): Promise<string> => {
    const result = await session.run(["pactl", ...words]);
    if (result.status !== 0) throw new Error(`pactl ${words.join(" ")}: ${result.stderr}`);
    return result.stdout;
  };
  await waitFor(`an answer of ${kind}`, async () => (await session.run(["pactl", "info"])).status === 0, 30_000);
  for (const sink of ["bed", "booth"]) await control("load-module", "module-null-sink", `sink_name=${sink}`, `rate=${RATE}`, "channels=2");
  await waitFor("the outputs", async () => /booth/.test(await control("list", "short", "sinks")));
  await control(
    "load-module",
    "module-remap-source",
    "master=booth.monitor",
    "source_name=microphone",
    "channels=1",
    "master_channel_map=front-left",
    "channel_map=mono",
  );
  await waitFor("the microphone", async () => /microphone/.test(await control("list", "short", "sources")));
  await control("set-default-sink", "bed");
  await control("set-default-source", "microphone");
  let recordings = 0;
  const hum = session.write(`${session.scratch}/hum.wav`, wave(toneOf(MICROPHONE_HERTZ, 300)));
  session.start(["paplay", "-d", "booth", hum], { limit: SERVER_LIFE });
  return {
    pid: server.pid,
    control,
    async record(device = "bed.monitor") {
      recordings += 1;
      const file = join(session.scratch, `recording-${recordings}.raw`);
      const recorder = session.start(["parec", "-d", device, ...RAW, file], { limit: 60_000 });
      await waitFor("the recording", () => existsSync(file) && statSync(file).size > 0);
      return {
        async stop() {
          recorder.kill("SIGTERM");
          await recorder.ended;
          return heardIn(file);
        },
      };
    },
  };
}

export const RAW = ["--raw", "--latency-msec=20", "--format=s16le", `--rate=${RATE}`, "--channels=1"] as const;

function startPulse(session: Session): Running {
  const script = session.write(`${session.scratch}/pulse.pa`, "load-module module-native-protocol-unix\n");
  return serve(session, [
    "pulseaudio",
    "-n",
    "-F",
    script,
    "--daemonize=no",
    "--exit-idle-time=-1",
    "--use-pid-file=no",
    "--log-level=error",
    "--log-target=stderr",
  ]);
}

/** Its own three processes; the bus is for wireplumber, which will not start without one. */
async function startPipewire(session: Session): Promise<Running> {
  await startBus(session);
  serve(session, ["pipewire"]);
  await waitFor("pipewire", () => existsSync(join(session.runtimeDirectory, "pipewire-0")));
  serve(session, ["wireplumber"]);
  return serve(session, ["pipewire-pulse"]);
}

function serve(session: Session, argv: readonly [string, ...string[]]): Running {
  const server = session.start(argv, { limit: SERVER_LIFE });
  session.onClose(async () => {
    server.kill("SIGTERM");
    const killer = setTimeout(() => server.kill("SIGKILL"), 2_000);
    await server.ended;
    clearTimeout(killer);
  });
  return server;
}

/** Samples of a tone, one channel. */
export function toneOf(hertz: number, seconds: number): Int16Array {
  return Int16Array.from({ length: Math.round(RATE * seconds) }, (_, at) => Math.round(16_000 * Math.sin((2 * Math.PI * hertz * at) / RATE)));
}

/** A WAV file of these samples. */
export function wave(samples: Int16Array): Uint8Array {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

/** The tone of a raw recording, by the usual distance of its upward crossings of zero: gaps of a busy machine do not change it. */
export function heardIn(file: string): Heard {
  const bytes = readFileSync(file);
  const count = Math.floor(bytes.length / 2);
  const at = (index: number): number => bytes.readInt16LE(index * 2) / 32768;
  let first = 0;
  while (first < count && Math.abs(at(first)) < QUIET) first++;
  let last = count - 1;
  while (last > first && Math.abs(at(last)) < QUIET) last--;
  const distances: number[] = [];
  let latest: number | undefined;
  for (let index = first + 1; index <= last; index++) {
    if (at(index - 1) >= 0 || at(index) < 0) continue;
    const crossing = index - at(index) / (at(index) - at(index - 1));
    if (latest !== undefined) distances.push(crossing - latest);
    latest = crossing;
  }
  const usual = distances.sort((left, right) => left - right)[Math.floor(distances.length / 2)];
  return usual === undefined ? { hertz: null, seconds: 0 } : { hertz: RATE / usual, seconds: (last - first) / RATE };
}

/** A library whose loading leaves a file at `canary`; nothing else is in it. */
export function buildTrap(session: Session, library: string, canary: string): string {
  const source = session.write(
    `${session.scratch}/trap.c`,
    `#include <fcntl.h>\n__attribute__((constructor)) static void spring(void) { (void)open("${canary}", O_CREAT | O_WRONLY, 0600); }\n`,
  );
  const made = join(session.scratch, "trap.so");
  execFileSync("gcc", ["-shared", "-fPIC", "-o", made, source]);
  return session.write(library, readFileSync(made), 0o755);
}
