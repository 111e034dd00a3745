// What the filter of PipeWire's own protocol costs: `pw-play` of a short tone through it and by the server's own socket in turn, and round trips of the smallest question.
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { processorTime } from "./bus-lines.ts";
import type { Result } from "./comparisons.ts";
import { Lines } from "./lines.ts";
import { listProcesses } from "./memory.ts";
import type { Installed } from "./ours.ts";
import type { Place } from "./place.ts";
import { LISTENER } from "./sound.ts";
import { summarise } from "./statistics.ts";

const TURNS = 6;
const PROGRAMS = ["pipewire", "wireplumber", "pipewire-pulse", "pw-play", "pw-cli"];
const SINK = "{ factory.name=support.null-audio-sink node.name=bed media.class=Audio/Sink audio.position=[ MONO ] object.linger=true }";
/** Of the connection's own first object: a number that the server sends back. */
const SYNCS = 300;

/**
 * `play`: starts pw-play, and prints when it did and when that ended (CLOCK_MONOTONIC). `ask`: prints the round trips of one connection, in nanoseconds. PipeWire's
 * messages are sixteen bytes of head and one struct; Core.Sync is method 2 of object 0, Core.Done event 1, Core.Ping event 2, Core.Pong method 3.
 */
const PLAYER = `
import array, json, math, os, socket, struct, subprocess, sys, tempfile, time, wave
folder = os.environ.get("PIPEWIRE_RUNTIME_DIR") or os.environ["XDG_RUNTIME_DIR"]
tone = tempfile.mkdtemp() + "/tone.wav"
with wave.open(tone, "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(48000)
    file.writeframes(array.array("h", [int(20000 * math.sin(2 * math.pi * 1000 * i / 48000)) for i in range(9600)]).tobytes())
def play():
    start = time.monotonic_ns()
    subprocess.run(["pw-play", "--latency=20ms", tone], check=True)
    return [start, time.monotonic_ns()]
def message(method, *numbers):
    body = b"".join(struct.pack("<IIiI", 4, 4, number, 0) for number in numbers)
    return struct.pack("<IIIIII", 0, method << 24 | len(body) + 8, 0, 0, len(body), 14) + body
def ask():
    server = socket.socket(socket.AF_UNIX)
    server.connect(folder + "/pipewire-0")
    server.sendall(message(1, 3))
    pending, times = b"", []
    for number in range(${SYNCS}):
        start, answered = time.monotonic_ns(), False
        server.sendall(message(2, 0, number))
        while not answered:
            while len(pending) < 16 or len(pending) < 16 + (int.from_bytes(pending[4:8], "little") & 0xffffff):
                more = server.recv(65536)
                if not more: sys.exit("the server left")
                pending += more
            object, word = struct.unpack("<II", pending[:8])
            one, pending = pending[:16 + (word & 0xffffff)], pending[16 + (word & 0xffffff):]
            if object == 0 and word >> 24 == 2: server.sendall(message(3, *(struct.unpack("<i", one[at:at + 4])[0] for at in (32, 48))))
            answered = object == 0 and word >> 24 == 1 and struct.unpack("<i", one[48:52])[0] == number
        times.append(time.monotonic_ns() - start)
    server.close()
    return times
print("ready", flush=True)
for line in sys.stdin: print(json.dumps(play() if line.strip() == "play" else ask()), flush=True)
`;

interface Way {
  readonly name: string;
  readonly player: Lines;
  /** From the start of the program: until its first sample, and until it ended. */
  readonly first: number[];
  readonly whole: number[];
  readonly processor: number[];
  readonly roundTrips: number[];
}

export async function measurePipewire(place: Place, installed: Installed | undefined): Promise<readonly Result[]> {
  if (installed === undefined || PROGRAMS.some((name) => !existsSync(`/usr/bin/${name}`))) return [];
  const children: ChildProcess[] = [];
  const start = (words: readonly string[], input = false): ChildProcess => {
    const child = place.start(words, { input });
    children.push(child);
    return child;
  };
  const until = async (what: string, isSo: () => boolean): Promise<void> => {
    for (let tries = 0; !isSo(); tries++) {
      if (tries > 100) throw new Error(`${what} did not come`);
      await wait(100);
    }
  };
  try {
    start(["pipewire"]);
    await until("PipeWire's socket", () => existsSync(join(place.runtimeDirectory, "pipewire-0")));
    start(["wireplumber"]);
    start(["pipewire-pulse"]);
    await until("PulseAudio's socket", () => existsSync(join(place.runtimeDirectory, "pulse/native")));
    // The factories are there once the session manager is.
    await until("the output", () => {
      place.run(["pw-cli", "create-node", "adapter", SINK]);
      return place.run(["pw-cli", "info", "bed"]).stdout.includes("bed");
    });
    const listener = new Lines(start(["/usr/bin/python3", "-c", LISTENER]));
    await listener.next();
    const id = "org.tsbox.BenchPipewire";
    const manifest = `[Application]\nname=${id}\ncommand=/usr/bin/python3\n[Context]\nfilesystems=xdg-run/pipewire-0;\n`;
    place.run(["sh", "-c", 'mkdir -p "$1" && printf %s "$2" > "$1/$3.ini"', "sh", installed.manifests, manifest, id]);
    const open = async (name: string, words: readonly string[]): Promise<Way> => {
      const player = new Lines(start(words, true));
      await player.next();
      return { name, player, first: [], whole: [], processor: [], roundTrips: [] };
    };
    const plain = ["/usr/bin/python3", "-c", PLAYER];
    const ways = [await open("socket", plain), await open("socket-again", plain), await open("tsbox", [installed.program, "run", id, "-c", PLAYER])] as const;
    const parts = listProcesses()
      .filter(
        ({ words }) =>
          words[0] === "pipewire" || words[0] === "wireplumber" || words.some((word) => word.startsWith(`--runtime-dir=${place.runtimeDirectory}`)),
      )
      .map(({ pid }) => pid);
    for (let turn = -1; turn < TURNS; turn++) for (const way of ways) await playOnce(way, listener, parts, turn >= 0);
    return resultsOf(ways);
  } finally {
    for (const child of children.reverse()) child.kill("SIGTERM");
    await wait(300);
  }
}

async function playOnce(way: Way, listener: Lines, parts: readonly number[], counts: boolean): Promise<void> {
  listener.forget();
  const before = processorTime(parts);
  way.player.tell("play");
  const [begun = 0, ended = 0] = JSON.parse(await way.player.next()) as readonly number[];
  const used = processorTime(parts) - before;
  await wait(300);
  const heard = listener
    .forget()
    .map(Number)
    .find((one) => one > begun);
  way.player.tell("ask");
  const roundTrips = JSON.parse(await way.player.next()) as readonly number[];
  if (!counts) return;
  if (heard !== undefined) way.first.push((heard - begun) / 1e6);
  way.whole.push((ended - begun) / 1e6);
  way.processor.push(used / 1e6);
  // What the first ones take belongs to the connection.
  way.roundTrips.push(...roundTrips.slice(SYNCS / 10).map((one) => one / 1e3));
}

function resultsOf([socket, again, ours]: readonly [Way, Way, Way]): readonly Result[] {
  const middle = (samples: readonly number[]): number => summarise(samples)?.median ?? Number.NaN;
  const short = (value: number): number => Number(value.toFixed(3));
  const result = (name: string, one: Way, of: Exclude<keyof Way, "name" | "player">, unit: string): Result => {
    const [mine, theirs] = [middle(one[of]), middle(socket[of])];
    return { case: name, peer: "socket", ours: short(mine), theirs: short(theirs), unit, ratio: short(mine / theirs), n: one[of].length };
  };
  const both = (name: string, of: Exclude<keyof Way, "name" | "player">, unit: string): readonly Result[] => [
    result(name, ours, of, unit),
    result(`${name}-spread`, again, of, unit),
  ];
  return [
    ...both("pipewire-first", "first", "ms"),
    ...both("pipewire-play", "whole", "ms"),
    ...both("pipewire-processor", "processor", "ms/play"),
    ...both("pipewire-round-trip", "roundTrips", "µs"),
  ];
}
