// A broker process of its own for tests, and a front that speaks its protocol from TypeScript.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { type Addon, loadAddon } from "../../native/addon.ts";
import { decodeFields, encodeFields, type Field, FrontFrame } from "../../native/frames.ts";
import { type Frame, type FrameStream, openFrameStream } from "../../native/frame-stream.ts";

export const addon: Addon = loadAddon(resolve("build/tsbox.node"));

export interface TestBroker {
  readonly runtimeDirectory: string;
  readonly home: string;
  readonly socket: string;
  readonly process: ChildProcess;
  readonly log: () => string;
  /** Resolves with the exit code once the process has ended. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

export interface BrokerWishes {
  readonly idleSeconds?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Reuse the directories of an earlier broker. */
  readonly directory?: string;
}

/** Starts `build/js/launcher/broker/main.js` as a front would: descriptor 3 listens, 4 is the status pipe. */
export async function startBroker(wishes: BrokerWishes = {}): Promise<TestBroker> {
  const directory = wishes.directory ?? mkdtempSync(join(tmpdir(), "tsbox-broker-"));
  const runtimeDirectory = join(directory, "run");
  const home = join(directory, "home");
  for (const path of [runtimeDirectory, join(runtimeDirectory, "tsbox"), home]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const socket = join(runtimeDirectory, "tsbox/broker-1");
  const listener = addon.listenUnix(socket, 64);
  const logFile = join(runtimeDirectory, "tsbox/broker.log");
  const log = openSync(logFile, "w", 0o600);
  const argv = ["build/js/launcher/broker/main.js", `--runtime-dir=${runtimeDirectory}`, `--build=${buildDirectory(directory)}`];
  const child = spawn(process.execPath, [...argv, ...(wishes.idleSeconds === undefined ? [] : [`--idle-seconds=${wishes.idleSeconds}`])], {
    env: { HOME: home, PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", XDG_RUNTIME_DIR: runtimeDirectory, ...wishes.environment },
    stdio: ["ignore", log, log, listener, "pipe"],
  });
  addon.close(listener);
  closeSync(log);
  const ended = once(child, "exit").then(([code]) => code as number | null);
  const status = child.stdio[4] as Readable;
  const first = await Promise.race([once(status, "data").then(([chunk]) => String(chunk)), ended.then(() => "")]);
  if (first !== "ok\n") throw new Error(`the broker did not start: ${readFileSync(logFile, "utf8")}`);
  return {
    runtimeDirectory,
    home,
    socket,
    ended,
    process: child,
    log: () => readFileSync(logFile, "utf8"),
    async stop() {
      child.kill("SIGKILL");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The broker finds the addon and the front's binary in its build folder; the built ones where they are there. */
function buildDirectory(directory: string): string {
  if (existsSync("build/tsbox")) return resolve("build");
  const build = join(directory, "build");
  mkdirSync(build, { recursive: true });
  copyFileSync("build/tsbox.node", join(build, "tsbox.node"));
  writeFileSync(join(build, "tsbox"), "");
  return build;
}

export interface TestFront {
  readonly stream: FrameStream;
  readonly frames: Frame[];
  /** True once the broker has closed the connection. */
  readonly closed: () => boolean;
  /** Text written to descriptor 1 or 2 so far. */
  output(descriptor: 1 | 2): string;
  /** The status of EXIT, or undefined. */
  status(): number | undefined;
  has(type: number): boolean;
}

export function connectFront(socket: string): TestFront {
  const frames: Frame[] = [];
  let closed = false;
  const stream = openFrameStream(addon, addon.connectUnix(socket), {
    frame: (frame) => void frames.push(frame),
    end: () => {
      closed = true;
    },
  });
  return {
    stream,
    frames,
    closed: () => closed,
    output: (descriptor) =>
      frames
        .filter((frame) => frame.type === FrontFrame.OUTPUT && frame.payload[0] === descriptor)
        .map((frame) => Buffer.from(frame.payload.subarray(1)).toString("utf8"))
        .join(""),
    status() {
      const exit = frames.find((frame) => frame.type === FrontFrame.EXIT);
      return exit === undefined ? undefined : Number(decodeFields(exit.payload)?.[0]?.[1]);
    },
    has: (type) => frames.some((frame) => frame.type === type),
  };
}

export interface RequestWishes {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly more?: readonly Field[];
}

export function requestFields(broker: Pick<TestBroker, "runtimeDirectory" | "home">, argv: readonly string[], wishes: RequestWishes = {}): readonly Field[] {
  const environment = { HOME: broker.home, PATH: "/usr/bin:/bin", XDG_RUNTIME_DIR: broker.runtimeDirectory, ...wishes.environment };
  return [
    ...argv.map((word): Field => ["arg", word]),
    ...Object.entries(environment).map(([name, value]): Field => ["env", `${name}=${value}`]),
    ["cwd", wishes.cwd ?? "/"],
    ["stdin", "null"],
    ["stdout", "pipe"],
    ["stderr", "pipe"],
    ["umask", "022"],
    ["uid", String(process.geteuid?.())],
    ["gid", String(process.getegid?.())],
    ["runtime-dir", broker.runtimeDirectory],
    ["hostname", "host"],
    ...(wishes.more ?? []),
  ];
}

/** Sends one request and waits for EXIT, NOT_HERE, GO or the end of the connection. */
export async function ask(
  broker: Pick<TestBroker, "runtimeDirectory" | "home" | "socket">,
  argv: readonly string[],
  wishes: RequestWishes = {},
): Promise<TestFront> {
  const front = connectFront(broker.socket);
  front.stream.send(FrontFrame.REQUEST, encodeFields(requestFields(broker, argv, wishes)));
  await until(() => front.closed() || front.has(FrontFrame.EXIT) || front.has(FrontFrame.NOT_HERE) || front.has(FrontFrame.GO));
  return front;
}

export async function until(condition: () => boolean, milliseconds = 10_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition() && Date.now() < end) await new Promise((done) => setTimeout(done, 5));
  if (!condition()) throw new Error(`waited ${milliseconds} ms in vain for ${condition}`);
}
