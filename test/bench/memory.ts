// Memory of every process of a running sandbox, read by a C sampler; the broker's Node is a private copy, so that no other Node shares its pages.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Result } from "./comparisons.ts";
import { type Installed, ourWords } from "./ours.ts";
import type { Place } from "./place.ts";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly words: readonly string[];
}

export function listProcesses(): readonly Process[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^[0-9]+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      return [{ pid: Number(name), parent, words: readFileSync(`/proc/${name}/cmdline`, "latin1").split("\0") }];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

/** Names the processes of the one sandbox whose front is `front`, and the two Node processes of the runtime directory. */
function nameProcesses(front: number, runtimeDirectory: string, probe: string): ReadonlyMap<number, string> {
  const all = listProcesses();
  const names = new Map<number, string>([[front, "front"]]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const p of all) {
      if (names.has(p.pid) || !names.has(p.parent) || p.words[0] === probe) continue;
      names.set(p.pid, p.words[0]?.includes("init") ? "init" : "connector");
      grown = true;
    }
  }
  for (const p of all) {
    if (!p.words.some((word) => word === `--runtime-dir=${runtimeDirectory}`)) continue;
    names.set(p.pid, p.words.some((word) => word.endsWith("broker.cjs")) ? "broker" : "bus-process");
  }
  return names;
}

interface Sample {
  readonly name: string;
  readonly rss: number;
  readonly private: number;
  readonly dirty: number;
}

function sample(place: Place, names: ReadonlyMap<number, string>): readonly Sample[] {
  const words = [...names].map(([pid, name]) => `${name}=${pid}`);
  const ran = place.run([join(place.tools, "memory"), ...words]);
  return ran.stdout.split("\n").flatMap((line) => {
    const [name = "", , rss, owned, dirty] = line.split(" ");
    return name === "" ? [] : [{ name, rss: Number(rss), private: Number(owned), dirty: Number(dirty) }];
  });
}

const SETTLED_MS = 10_000;

/** Peer is the xdg-dbus-proxy that another launcher starts per app, also idle: for the size only, it does another part of the work. */
export async function measureMemory(place: Place, installed: Installed): Promise<readonly Result[]> {
  const probe = join(place.tools, "probe");
  const ours = place.start(ourWords(installed, 57, ["stay"]));
  const socket = join(place.runtimeDirectory, "proxy-memory");
  const proxy = place.start(["xdg-dbus-proxy", place.busAddress, socket, "--filter"]);
  await wait(SETTLED_MS);
  if (ours.pid === undefined || ours.exitCode !== null) throw new Error("the sandbox for the memory figures ended early");
  const names = new Map(nameProcesses(ours.pid, place.runtimeDirectory, probe));
  if (proxy.pid !== undefined) names.set(proxy.pid, "xdg-dbus-proxy");
  const samples = sample(place, names);
  ours.kill("SIGTERM");
  proxy.kill("SIGTERM");
  const peer = samples.find((s) => s.name === "xdg-dbus-proxy");
  const result = (name: string, of: "rss" | "private" | "dirty", chosen: readonly Sample[]): Result => {
    const total = chosen.reduce((sum, s) => sum + s[of], 0) / 1024;
    const theirs = (peer?.[of] ?? 0) / 1024;
    const short = (value: number): number => Number(value.toFixed(3));
    return {
      case: `memory-${of}-${name}`,
      peer: "xdg-dbus-proxy",
      ours: short(total),
      theirs: short(theirs),
      unit: "MiB",
      ratio: short(theirs > 0 ? total / theirs : 0),
      n: 1,
    };
  };
  const groups = ["front", "init", "connector", "broker", "bus-process"];
  return (["rss", "private", "dirty"] as const).flatMap((of) =>
    groups.map((name) =>
      result(
        name,
        of,
        samples.filter((s) => s.name === name),
      ),
    ),
  );
}
