// The training run: broker and bus process serve a made-up app, and leave behind what V8 compiled on the way (build/NAME-code.cache, see starter.cjs).
// Part of the build and of the package's installation, since compiled code belongs to one Node. `node train.cjs DIR`, DIR being the build folder.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { busSocketPaths } from "../../dbus-proxy/socket-paths.ts";
import { type Addon, loadAddon } from "../../native/addon.ts";
import { PROTOCOL_VERSION } from "../../native/frames.ts";
import { BROKER_FLAGS, BUS_FLAGS } from "../../native/node-flags.ts";
import { listenAsBus } from "./made-up-bus.ts";
import { serveMadeUpCompositor } from "./made-up-compositor.ts";
import { launchOnce, type TrainingPlace } from "./made-up-launch.ts";
import { makeFolders } from "../../native/make-folders.ts";

/** For a machine that does other work as well: nothing but the build waits for it. */
const PATIENCE_MILLISECONDS = 90_000;
/** Older than what the broker takes for new (launcher/host/fingerprint.ts). */
const AGE_MILLISECONDS = 2_700;
/** Longer than the broker waits before it keeps a plan's bytes. */
const LATE_MILLISECONDS = 400;
const APP = "org.tsbox.Training";
/** What programs ask for most, so that the code behind it is among what is compiled. */
const MANIFEST = `[Application]
name=${APP}
command=true
[Context]
shared=network;ipc
sockets=wayland;fallback-x11;pulseaudio
devices=dri
filesystems=xdg-documents;xdg-download:ro;~/folder:create;!~/folder/secret
persistent=.kept
[Session Bus Policy]
org.freedesktop.Notifications=talk
${APP}.*=own
[Environment]
COLOUR=red
`;

interface Trainee {
  readonly name: "broker" | "bus";
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly log: string;
}

async function train(build: string): Promise<void> {
  const addon = loadAddon(join(build, "tsbox.node"));
  const directory = mkdtempSync(join(tmpdir(), "tsbox-training-"));
  const runtimeDirectory = join(directory, "run");
  const place: TrainingPlace = { directory, runtimeDirectory, home: join(directory, "home"), bus: join(runtimeDirectory, "bus") };
  const trainees: Trainee[] = [];
  try {
    for (const path of [join(place.home, "folder"), join(runtimeDirectory, "tsbox"), manifestFolder(place)]) makeFolders(path, 0o700);
    writeFileSync(join(manifestFolder(place), `${APP}.ini`), MANIFEST);
    listenAsBus(addon, place.bus);
    await serveMadeUpCompositor(join(runtimeDirectory, "wayland-0"));
    const begin = async (name: Trainee["name"], socket: string, leavesCache: boolean): Promise<Trainee> => {
      const trainee = await startTrainee(addon, { build, place, name, socket, leavesCache });
      trainees.push(trainee);
      return trainee;
    };
    const finish = async (trainee: Trainee): Promise<void> => {
      if ((await trainee.ended) !== 0) throw new Error(`${trainee.name}: ${readFileSync(trainee.log, "utf8")}`);
    };
    const brokerSocket = join(runtimeDirectory, `tsbox/broker-${PROTOCOL_VERSION}`);
    const bus = await begin("bus", busSocketPaths(runtimeDirectory).socket, true);
    // The first broker leaves a plan behind, once all that it was made from has aged a little; the second one, whose code is kept, begins with that.
    const first = await begin("broker", brokerSocket, false);
    for (const pause of [AGE_MILLISECONDS, LATE_MILLISECONDS, 0]) {
      await launchOnce(addon, place, APP);
      await new Promise((done) => setTimeout(done, pause));
    }
    // A broker leaves when it is told to, the bus process when no broker is there any more; both write their cache then.
    first.process.kill("SIGTERM");
    await finish(first);
    const broker = await begin("broker", brokerSocket, true);
    for (const options of [[], ["--no-plan-cache"], []]) await launchOnce(addon, place, APP, options);
    broker.process.kill("SIGTERM");
    for (const trainee of [broker, bus]) await finish(trainee);
    await lookOnce(build, place, "cli", []);
    await lookOnce(build, place, "listings", [`--build=${build}`]);
  } finally {
    for (const trainee of trainees) trainee.process.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}

function manifestFolder(place: TrainingPlace): string {
  return join(place.home, ".local/share/tsbox/manifests");
}

interface TraineeWishes {
  readonly build: string;
  readonly place: TrainingPlace;
  readonly name: "broker" | "bus";
  readonly socket: string;
  readonly leavesCache: boolean;
}

/** As the front and the broker start them: descriptor 3 listens, 4 hears `ok`. */
async function startTrainee(addon: Addon, { build, place, name, socket, leavesCache }: TraineeWishes): Promise<Trainee> {
  const log = join(place.directory, `${name}.log`);
  const output = openSync(log, "w");
  const listener = addon.listenUnix(socket, 16);
  const words = [join(build, `${name}.cjs`), `--runtime-dir=${place.runtimeDirectory}`, `--build=${build}`];
  const child = spawn(process.execPath, [...(name === "bus" ? BUS_FLAGS : BROKER_FLAGS), ...words, ...(leavesCache ? ["--make-code-cache"] : [])], {
    cwd: "/",
    env: { HOME: place.home, PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", XDG_RUNTIME_DIR: place.runtimeDirectory },
    stdio: ["ignore", output, output, listener, "pipe"],
  });
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  addon.close(listener);
  closeSync(output);
  const first = await Promise.race([new Promise((done) => child.stdio[4]?.once("data", done)), ended.then(() => null)]);
  if (first === null) throw new Error(`${name}: ${readFileSync(log, "utf8")}`);
  return { name, process: child, ended, log };
}

/** What the command line is asked most; what they do every other command does too. */
const LOOKS: readonly (readonly string[])[] = [
  ["permissions", "--who-can=socket=x11"],
  ["permissions", APP],
  ["info", APP],
  ["list"],
  ["search", "training"],
  ["override", "--show", APP],
  ["export"],
  ["explain", APP, "--path=/"],
];

/** One process that answers all of them and leaves its compiled code. `before`: the words before each line. */
async function lookOnce(build: string, place: TrainingPlace, name: "cli" | "listings", before: readonly string[]): Promise<void> {
  const lines = LOOKS.flatMap((look, index) => [...(index === 0 ? [] : ["+"]), ...before, ...look]);
  const words = [join(build, `${name}.cjs`), "--make-code-cache", ...lines];
  const environment = { HOME: place.home, PATH: "/usr/bin:/bin", LANG: "C.UTF-8", XDG_RUNTIME_DIR: place.runtimeDirectory };
  const child = spawn(process.execPath, words, { cwd: "/", env: environment, stdio: "ignore" });
  const status = await new Promise<number | null>((done) => child.once("exit", done));
  if (status !== 0) throw new Error(`${name}: ended with ${status}`);
}

const timeout = setTimeout(() => fail(new Error("it takes too long")), PATIENCE_MILLISECONDS);

function fail(error: Error): void {
  // Everything works without, a cold start only takes longer.
  process.stderr.write(`tsbox: the training run failed, so that cold starts will take longer: ${error.message}\n`);
  process.exit(0);
}

process.on("uncaughtException", fail);
train(resolve(process.argv[2] ?? "build")).then(() => {
  clearTimeout(timeout);
  process.exit(0);
}, fail);
