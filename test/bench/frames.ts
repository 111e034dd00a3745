// Frames of a program that draws by OpenGL in software, inside beside outside, and outside beside outside, in turns.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "./comparisons.ts";
import type { Installed } from "./ours.ts";
import { bwrapArguments } from "./peers.ts";
import type { Place } from "./place.ts";
import { summarise } from "./statistics.ts";

const PROGRAM = "/usr/bin/glmark2";
const WORDS = ["-b", "build:duration=2", "-s", "300x300", "--swap-mode", "immediate"];
const ROUNDS = 8;
const ID = "org.tsbox.BenchFrames";

export function measureFrames(place: Place, installed: Installed | undefined): readonly Result[] {
  if (installed === undefined || place.display === undefined || !existsSync(PROGRAM)) return [];
  const manifest = `[Application]\nname=${ID}\ncommand=${PROGRAM}\n[Context]\nshared=ipc;\nsockets=x11;\ndevices=dri;\n`;
  place.run(["sh", "-c", 'mkdir -p "$1" && printf %s "$2" > "$1/$3.ini"', "sh", installed.manifests, manifest, ID]);
  const bwrap = bwrapArguments(place, 0, [PROGRAM, ...WORDS]).filter((word) => word !== "--unshare-ipc");
  const withFilter = ["sh", "-c", 'exec "$@" 9<"$0"', join(place.directory, "filter.bpf"), ...bwrap];
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ["plain", [PROGRAM, ...WORDS]],
    ["plain-again", [PROGRAM, ...WORDS]],
    ["tsbox", [installed.program, "run", ID, ...WORDS]],
    ["bwrap", withFilter],
  ];
  const frames = new Map<string, number[]>(ways.map(([name]) => [name, []]));
  const environment = new Map([["LIBGL_ALWAYS_SOFTWARE", "1"]]);
  for (let round = -1; round < ROUNDS; round++) {
    for (let index = 0; index < ways.length; index++) {
      const [name, words] = ways[(index + round + 1) % ways.length] as (typeof ways)[number];
      const found = /FPS: (\d+)/.exec(place.run(["timeout", "30", ...words], environment).stdout)?.[1];
      // By the time of a frame, so that less is better here too.
      if (round >= 0 && found !== undefined) frames.get(name)?.push(1e6 / Number(found));
    }
  }
  const middle = (name: string): number => summarise(frames.get(name) ?? [])?.median ?? Number.NaN;
  const short = (value: number): number => Number(value.toFixed(3));
  const result = (of: string, ours: string, peer: string): Result => {
    const [mine, theirs] = [middle(ours), middle(peer)];
    return { case: of, peer, ours: short(mine), theirs: short(theirs), unit: "us/frame", ratio: short(mine / theirs), n: frames.get(ours)?.length ?? 0 };
  };
  return [result("frames-software-gl", "tsbox", "plain"), result("frames-software-gl", "tsbox", "bwrap"), result("frames-spread", "plain-again", "plain")];
}
