// What a portal call costs: ours, through the bus process to the broker, beside the host's xdg-desktop-portal through xdg-dbus-proxy. And what broker and bus process take with every portal loaded.
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { memoryOf } from "./bus-memory.ts";
import type { Result } from "./comparisons.ts";
import { listProcesses } from "./memory.ts";
import type { Installed } from "./ours.ts";
import type { Place } from "./place.ts";

const PORTAL = "/usr/libexec/xdg-desktop-portal";
const SETTLED_MS = 10_000;
const CALLS = 500;
const TURNS = 5;

/** Reads a word a line: `read` and `status` time CALLS calls and print the median in microseconds; `all` reads the properties of every interface. */
const CLIENT = `
import sys, time, re
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
P = "org.freedesktop.portal."
def call(i, m, a): return bus.call_sync(P + "Desktop", "/org/freedesktop/portal/desktop", i, m, a, None, 0, 20000, None)
WORK = {"read": (P + "Settings", "ReadAll", GLib.Variant("(as)", (["org.freedesktop.appearance"],))), "status": (P + "NetworkMonitor", "GetStatus", None)}
print("ready", flush=True)
for line in sys.stdin:
    word = line.strip()
    try:
        if word == "all":
            xml = call("org.freedesktop.DBus.Introspectable", "Introspect", None).unpack()[0]
            names = re.findall(r'interface name="(org\\.freedesktop\\.portal\\.\\w+)"', xml)
            for name in names: call("org.freedesktop.DBus.Properties", "GetAll", GLib.Variant("(s)", (name,)))
            print(len(names), flush=True)
            continue
        for _ in range(20): call(*WORK[word])
        times = []
        for _ in range(${CALLS}):
            begin = time.perf_counter_ns(); call(*WORK[word]); times.append(time.perf_counter_ns() - begin)
        print(sorted(times)[len(times) // 2] / 1000, flush=True)
    except GLib.Error as error:
        print("none", error.message, file=sys.stderr, flush=True); print(-1, flush=True)
`;

interface Client {
  ask(word: string): Promise<number>;
  readonly child: ChildProcess;
}

async function openClient(child: ChildProcess): Promise<Client> {
  let text = "";
  let waiting: (() => void) | undefined;
  child.stdout?.on("data", (data: Buffer) => {
    text += data.toString();
    if (text.includes("\n")) waiting?.();
  });
  const line = async (): Promise<string> => {
    for (let count = 0; !text.includes("\n") && count < 600; count++) await Promise.race([new Promise<void>((done) => (waiting = done)), wait(100)]);
    const at = text.indexOf("\n");
    if (at < 0) throw new Error("a portal's client said nothing");
    const first = text.slice(0, at);
    text = text.slice(at + 1);
    return first;
  };
  await line();
  return {
    child,
    async ask(word) {
      child.stdin?.write(`${word}\n`);
      return Number(await line());
    },
  };
}

const median = (values: readonly number[]): number => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
const short = (value: number): number => Number(value.toFixed(2));

export async function measurePortals(place: Place, installed: Installed | undefined): Promise<readonly Result[]> {
  if (installed === undefined || !existsSync(PORTAL)) return [];
  const children: ChildProcess[] = [];
  try {
    const id = "org.tsbox.BenchPortals";
    const manifest = `[Application]\nname=${id}\ncommand=/usr/bin/python3\n[Context]\nshared=network;\n`;
    place.run(["sh", "-c", 'mkdir -p "$1" && printf %s "$2" > "$1/$3.ini"', "sh", installed.manifests, manifest, id]);
    const ours = await openClient(keep(children, place.start([installed.program, "run", id, "-c", CLIENT], { input: true })));
    const theirs = await openTheirs(place, children);
    const results: Result[] = [];
    for (const [word, name] of [
      ["read", "portal-settings-read-all"],
      ["status", "portal-network-status"],
    ] as const) {
      const mine: number[] = [];
      const other: number[] = [];
      for (let turn = 0; turn < TURNS; turn++) {
        mine.push(await ours.ask(word));
        other.push(await theirs.ask(word));
      }
      const [one, two] = [median(mine), median(other)];
      if (one > 0 && two > 0)
        results.push({ case: name, peer: "xdg-desktop-portal", ours: short(one), theirs: short(two), unit: "µs", ratio: short(one / two), n: CALLS * TURNS });
    }
    const loaded = await ours.ask("all");
    await wait(SETTLED_MS);
    const pids = listProcesses()
      .filter(({ words }) => words.some((word) => word.startsWith(`--runtime-dir=${place.runtimeDirectory}`)))
      .map(({ pid }) => pid);
    const used = memoryOf(place, pids).private / 1024;
    // Beside the limit that is set for both processes together.
    if (loaded > 0)
      results.push({ case: "portal-memory-all-loaded", peer: "limit", ours: short(used), theirs: 40, unit: "MiB", ratio: short(used / 40), n: loaded });
    return results;
  } finally {
    for (const child of children.reverse()) child.kill("SIGTERM");
    await wait(300);
  }
}

function keep(children: ChildProcess[], child: ChildProcess): ChildProcess {
  children.push(child);
  return child;
}

/** The peer as Flatpak has it: a bus with the host's services, its portal, and the proxy with Flatpak's rules. */
async function openTheirs(place: Place, children: ChildProcess[]): Promise<Client> {
  const socket = join(place.directory, "portal-bus");
  const proxied = join(place.directory, "portal-proxy");
  const address = `unix:path=${socket}`;
  const environment = new Map([
    ["DBUS_SESSION_BUS_ADDRESS", address],
    ["XDG_CURRENT_DESKTOP", "GNOME"],
    ["GTK_USE_PORTAL", "0"],
  ]);
  keep(children, place.start(["dbus-daemon", "--session", "--nofork", "--nopidfile", `--address=${address}`], { environment }));
  await waitForFile(socket);
  keep(children, place.start([PORTAL], { environment }));
  const rules = ["--filter", "--call=org.freedesktop.portal.*=*", "--broadcast=org.freedesktop.portal.*=@/org/freedesktop/portal/*"];
  keep(children, place.start(["xdg-dbus-proxy", address, proxied, ...rules]));
  await waitForFile(proxied);
  await wait(1_000);
  return openClient(
    keep(
      children,
      place.start(["/usr/bin/python3", "-c", CLIENT], { input: true, environment: new Map([["DBUS_SESSION_BUS_ADDRESS", `unix:path=${proxied}`]]) }),
    ),
  );
}

async function waitForFile(path: string): Promise<void> {
  for (let count = 0; !existsSync(path); count++) {
    if (count > 200) throw new Error(`${path} did not appear`);
    await wait(50);
  }
}
