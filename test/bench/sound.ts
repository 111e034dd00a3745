// What the filter of the sound server's protocol costs: from a program's write of a tone to its arrival at the output, and processor time, beside the server's own socket.
import type { ChildProcess } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { processorTime } from "./bus-lines.ts";
import type { Result } from "./comparisons.ts";
import { Lines } from "./lines.ts";
import { listProcesses } from "./memory.ts";
import type { Installed } from "./ours.ts";
import type { Place } from "./place.ts";
import { summarise } from "./statistics.ts";

const CLICKS = 10;
const PAUSE_SECONDS = 0.35;
const TONE_SECONDS = 0.05;
const TURNS = 6;

/** libpulse-simple without its headers: 48 kHz, one channel, pieces of 5 ms, a buffer of 20 ms. */
const LIBRARY = `
import ctypes, json, sys, time, math, array
class Spec(ctypes.Structure): _fields_ = [("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8)]
class Attr(ctypes.Structure): _fields_ = [(n, ctypes.c_uint32) for n in ("maxlength", "tlength", "prebuf", "minreq", "fragsize")]
pa = ctypes.CDLL("libpulse-simple.so.0")
pa.pa_simple_new.restype = ctypes.c_void_p
NONE = 0xffffffff
def stream(direction, device, attr):
    error = ctypes.c_int(0)
    made = pa.pa_simple_new(None, b"bench", direction, device, b"bench", ctypes.byref(Spec(3, 48000, 1)), None, ctypes.byref(attr), ctypes.byref(error))
    if not made: sys.exit("no stream: %d" % error.value)
    return ctypes.c_void_p(made)
`;

/** For each line of its input it plays clicks, and prints when it wrote the first piece of each (CLOCK_MONOTONIC). */
const PLAYER = `${LIBRARY}
silence = bytes(480)
tone = array.array("h", [int(20000 * math.sin(2 * math.pi * 1000 * i / 48000)) for i in range(240)]).tobytes()
def put(s, piece, seconds):
    for _ in range(round(seconds / 0.005)): pa.pa_simple_write(s, piece, ctypes.c_size_t(480), None)
print("ready", flush=True)
for line in sys.stdin:
    s = stream(1, None, Attr(NONE, 1920, NONE, 480, NONE))
    times = []
    put(s, silence, 0.3)
    for _ in range(${CLICKS}):
        put(s, silence, ${PAUSE_SECONDS})
        times.append(time.monotonic_ns())
        put(s, tone, ${TONE_SECONDS})
    put(s, silence, 0.2)
    pa.pa_simple_drain(s, None)
    pa.pa_simple_free(s)
    print(json.dumps(times), flush=True)
`;

/** Prints when a sound came after a silence. */
export const LISTENER = `${LIBRARY}
s = stream(2, b"bed.monitor", Attr(NONE, NONE, NONE, NONE, 240))
piece = ctypes.create_string_buffer(240)
last = 0
print("ready", flush=True)
while pa.pa_simple_read(s, piece, ctypes.c_size_t(240), None) >= 0:
    now = time.monotonic_ns()
    if max(array.array("h", piece.raw)) > 5000:
        if now - last > 150e6: print(now, flush=True)
        last = now
`;

interface Way {
  readonly name: string;
  readonly player: Lines;
  readonly latencies: number[];
  readonly processor: number[];
}

export async function measureSound(place: Place, installed: Installed | undefined): Promise<readonly Result[]> {
  if (installed === undefined || !existsSync("/usr/bin/pulseaudio")) return [];
  const children: ChildProcess[] = [];
  const start = (words: readonly string[], input = false): ChildProcess => {
    const child = place.start(words, { input });
    children.push(child);
    return child;
  };
  try {
    const script = join(place.directory, "pulse.pa");
    writeFileSync(script, "load-module module-native-protocol-unix\nload-module module-null-sink sink_name=bed rate=48000 channels=1\n", { mode: 0o644 });
    start(["pulseaudio", "-n", "-F", script, "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error"]);
    for (let tries = 0; !existsSync(join(place.runtimeDirectory, "pulse/native")); tries++) {
      if (tries > 100) throw new Error("PulseAudio did not start");
      await wait(100);
    }
    const listener = new Lines(start(["/usr/bin/python3", "-c", LISTENER]));
    await listener.next();
    const id = "org.tsbox.BenchSound";
    const manifest = `[Application]\nname=${id}\ncommand=/usr/bin/python3\n[Context]\nsockets=pulseaudio;\n`;
    place.run(["sh", "-c", 'mkdir -p "$1" && printf %s "$2" > "$1/$3.ini"', "sh", installed.manifests, manifest, id]);
    const open = async (name: string, words: readonly string[]): Promise<Way> => {
      const player = new Lines(start(words, true));
      await player.next();
      return { name, player, latencies: [], processor: [] };
    };
    const plain = ["/usr/bin/python3", "-c", PLAYER];
    const ways = [await open("socket", plain), await open("socket-again", plain), await open("tsbox", [installed.program, "run", id, "-c", PLAYER])] as const;
    const parts = listProcesses()
      .filter(({ words }) => words[0] === "pulseaudio" || words.some((word) => word.startsWith(`--runtime-dir=${place.runtimeDirectory}`)))
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
  const written = JSON.parse(await way.player.next()) as readonly number[];
  const used = processorTime(parts) - before;
  await wait(100);
  const heard = listener.forget().map(Number);
  if (!counts) return;
  for (const time of written) {
    const arrived = heard.find((one) => one > time);
    if (arrived !== undefined && arrived - time < PAUSE_SECONDS * 1e9) way.latencies.push((arrived - time) / 1e6);
  }
  way.processor.push(used / 1e6 / (CLICKS * (PAUSE_SECONDS + TONE_SECONDS) + 0.5));
}

function resultsOf([socket, again, ours]: readonly [Way, Way, Way]): readonly Result[] {
  const middle = (samples: readonly number[]): number => summarise(samples)?.median ?? Number.NaN;
  const result = (name: string, one: Way, of: "latencies" | "processor", unit: string): Result => {
    const [mine, theirs] = [middle(one[of]), middle(socket[of])];
    const short = (value: number): number => Number(value.toFixed(3));
    return { case: name, peer: "socket", ours: short(mine), theirs: short(theirs), unit, ratio: short(mine / theirs), n: one[of].length };
  };
  return [
    result("sound-latency", ours, "latencies", "ms"),
    result("sound-latency-spread", again, "latencies", "ms"),
    result("sound-processor", ours, "processor", "ms/s"),
    result("sound-processor-spread", again, "processor", "ms/s"),
  ];
}
