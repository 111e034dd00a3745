// What a file that an app was given costs: documents of ours (links in a folder) beside Debian's document portal (a file system by FUSE), by the same client in the same sandbox.
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Result } from "./comparisons.ts";
import type { Installed } from "./ours.ts";
import type { Place } from "./place.ts";

const PORTAL = "/usr/libexec/xdg-document-portal";
const ID = "org.tsbox.BenchDocuments";
const SAVES = 40;

/** Prints what each act takes, a line each: its name and microseconds, medians. Saves carry the moment at which they were done. */
const CLIENT = `
import os, sys, time
path = sys.argv[1]
for _ in range(400):
    if os.path.exists(path): break
    time.sleep(0.05)
os.chdir(os.path.dirname(path)); name = os.path.basename(path)
def timed(what, count, work):
    times = []
    for _ in range(count):
        begin = time.perf_counter_ns(); work(); times.append(time.perf_counter_ns() - begin)
    print(what, sorted(times)[count // 2] / 1000, flush=True)
def read():
    with open(name, "rb") as f: f.read()
def write():
    with open(name, "r+b") as f: f.write(b"x" * 4096)
def large():
    with open(name, "wb") as f:
        for _ in range(64): f.write(b"x" * 1048576)
def save():
    with open(".part", "w") as f: f.write(str(time.monotonic_ns()))
    os.rename(".part", name)
write()
timed("stat", 500, lambda: os.stat(name))
timed("read", 300, read)
timed("write", 300, write)
timed("large", 3, large)
def saves():
    time.sleep(0.1); begin = time.perf_counter_ns(); save(); return time.perf_counter_ns() - begin
took = sorted(saves() for _ in range(${SAVES}))
print("save", took[len(took) // 2] / 1000, flush=True)
`;

/** Outside: how long after each save its content is in the user's file; the median in microseconds. */
const WATCHER = `
import sys, time
seen, ages, end = "", [], time.monotonic() + 90
while len(ages) < ${SAVES - 5} and time.monotonic() < end:
    try: text = open(sys.argv[1]).read(64)
    except OSError: text = ""
    if text != seen and text.isdigit(): seen = text; ages.append(time.monotonic_ns() - int(text))
    time.sleep(0.0002)
print(sorted(ages)[len(ages) // 2] / 1000 if ages else -1, flush=True)
`;

const CASES = [
  ["stat", "document-stat"],
  ["read", "document-read-4k"],
  ["write", "document-write-4k"],
  ["large", "document-write-64m"],
  ["save", "document-save"],
  ["seen", "document-save-seen-outside"],
] as const;

export async function measureDocuments(place: Place, installed: Installed | undefined): Promise<readonly Result[]> {
  if (installed === undefined || !existsSync(PORTAL)) return [];
  const children: ChildProcess[] = [];
  try {
    const manifest = `[Application]\nname=${ID}\ncommand=/usr/bin/python3\n`;
    place.run(["sh", "-c", 'mkdir -p "$1" && printf %s "$2" > "$1/$3.ini"', "sh", installed.manifests, manifest, ID]);
    const mine = await play(place, installed, children, "ours", new Map(), [installed.program, "document-export"]);
    const address = await startBus(place, children);
    const theirs = await play(place, installed, children, "theirs", new Map([["DBUS_SESSION_BUS_ADDRESS", address]]), ["flatpak", "document-export"]);
    return CASES.flatMap(([word, name]) => {
      const [ours, other] = [mine.get(word), theirs.get(word)];
      if (ours === undefined || other === undefined) return [];
      const short = (value: number): number => Number(value.toFixed(2));
      return [{ case: name, peer: "xdg-document-portal", ours: short(ours), theirs: short(other), unit: "µs", ratio: short(ours / other), n: SAVES }];
    });
  } finally {
    for (const child of children.reverse()) child.kill("SIGTERM");
    await wait(300);
    place.run(["fusermount3", "-uz", join(place.runtimeDirectory, "doc")]);
  }
}

async function play(
  place: Place,
  installed: Installed,
  children: ChildProcess[],
  name: string,
  environment: ReadonlyMap<string, string>,
  exporting: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const file = join(place.home, "documents", name, "letter.txt");
  place.run(["sh", "-c", 'mkdir -p "$(dirname "$1")" && echo begin > "$1"', "sh", file]);
  const given = place.run([...exporting, "-w", `--app=${ID}`, file], environment);
  if (given.status !== 0) throw new Error(`no document: ${given.stderr}`);
  const inside = given.stdout.trim().replace(/^.*\/doc\//, "/run/flatpak/doc/");
  const watcher = place.start(["/usr/bin/python3", "-c", WATCHER, file]);
  const client = place.start([installed.program, "run", ID, "-c", CLIENT, inside], { environment });
  children.push(watcher, client);
  const [times, seen] = await Promise.all([textOf(client), textOf(watcher)]);
  const lines = [...times.split("\n"), `seen ${seen}`].map((line) => line.trim().split(" "));
  return new Map(lines.flatMap(([word = "", value = ""]) => (Number(value) > 0 ? [[word, Number(value)]] : [])));
}

/** A bus that starts the document portal by its service file. */
async function startBus(place: Place, children: ChildProcess[]): Promise<string> {
  const socket = join(place.directory, "documents-bus");
  children.push(place.start(["dbus-daemon", "--session", "--nofork", "--nopidfile", `--address=unix:path=${socket}`]));
  for (let count = 0; !existsSync(socket) && count < 200; count++) await wait(50);
  return `unix:path=${socket}`;
}

function textOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (data: Buffer) => {
    text += data.toString();
  });
  return new Promise((resolve) => {
    const late = setTimeout(() => child.kill("SIGTERM"), 120_000);
    child.once("close", () => {
      clearTimeout(late);
      resolve(text);
    });
  });
}
