// tsbox-dbus-proxy: xdg-dbus-proxy's command line and lifetime, served by the same modules as the bus process.
import { lstatSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Addon, loadAddon, READABLE } from "../native/addon.ts";
import { parseAddress } from "./address.ts";
import { type ProxyPair, readCommandLine } from "./command-line.ts";
import type { Upstream } from "./connection/context.ts";
import { createWorkbench, type Workbench } from "./connection/workbench.ts";
import { ProxiedBus } from "./connection/proxied-bus.ts";
import { newAppUse } from "./connection/state.ts";
import { renderLogLine } from "./log-line.ts";
import { LogWriter } from "./log-writer.ts";
import { BUS_SETS } from "./policy/sets/list.ts";

const PROGRAM = "tsbox-dbus-proxy";
const USAGE = `usage: ${PROGRAM} [OPTION...] [ADDRESS PATH [OPTION...]]...

  --help             print this help
  --version          print the version
  --fd=FD            write one byte to FD when all sockets listen, leave when its other end closes
  --args=FD          read more arguments from FD, each ended by NUL

for the bus before it:
  --filter           let pass only what the options below allow
  --log              print each message and what became of it
  --sloppy-names     report changes of all unique names
  --see=NAME         NAME may be seen; NAME.* stands for all names below too
  --talk=NAME        NAME may be called
  --own=NAME         NAME may be owned
  --call=NAME=RULE   calls to NAME that RULE allows: [METHOD][@PATH][ CONDITION...]
  --broadcast=NAME=RULE  signals from NAME that RULE allows
  --set=SET[:PARAMETER]  a named set of rules: ${BUS_SETS.map(({ name }) => name).join(", ")}

a CONDITION on an argument: argN=TEXT, argNprefix=TEXT, argNpath=PATH; argN[KEY] and argN[KEY]=TEXT for what a dictionary must hold
`;

/** Connections from any number of programs behind one socket: the original has no limit, the kernel has. */
const MAX_CONNECTIONS = 4096;
const BACKLOG = 128;
const WARNINGS = new LogWriter(2, PROGRAM);

export function runCommand(argv: readonly string[], version: string): void {
  const addon = loadAddon(join(dirname(process.argv[1] as string), "tsbox.node"));
  const bench = createWorkbench(addon);
  const paths: string[] = [];
  let problem: string | undefined;
  const result = readCommandLine(argv, {
    pair: (pair) => {
      problem ??= startPair(bench, pair, paths);
      if (problem !== undefined) leave(1, problem);
    },
    readArguments,
  });
  switch (result.kind) {
    case "usage":
      process.stderr.write(USAGE);
      leave(1);
      return;
    case "help":
      writeSync(1, USAGE);
      leave(0);
      return;
    case "version":
      writeSync(1, `${PROGRAM} ${version}\n`);
      leave(0);
      return;
    case "error":
      leave(1, result.text);
      return;
    default:
      if (result.syncFd !== undefined) keepInStep(addon, result.syncFd, paths);
  }
}

function leave(status: number, problem?: string): never {
  if (problem !== undefined) writeSync(2, `${PROGRAM}: ${problem}\n`);
  process.exit(status);
}

function readArguments(fd: number): string | undefined {
  try {
    return readFileSync(fd, "utf8");
  } catch {
    return undefined;
  }
}

/** Listens, or says why not. A socket left behind at the path goes, and an empty file (Flatpak reserves the name with one); anything else that stands there stays. */
function startPair(bench: Workbench, pair: ProxyPair, paths: string[]): string | undefined {
  try {
    const there = lstatSync(pair.path, { throwIfNoEntry: false });
    if (there?.isSocket() || (there?.isFile() && there.size === 0)) unlinkSync(pair.path);
    else if (there !== undefined) return `cannot listen on \`${pair.path}\`: something that is no socket is there`;
    const listener = bench.addon.listenUnix(pair.path, BACKLOG);
    paths.push(pair.path);
    const proxied: ProxiedBus = new ProxiedBus(listener, {
      bench,
      uid: process.geteuid?.() ?? 0,
      policy: pair.policy,
      busIndex: 0,
      use: newAppUse(),
      connectUpstream: (done) => connectDirectly(bench.addon, pair.address, done),
      report: () => {},
      log: pair.log && pair.policy.filter ? (direction, header, mark) => writeSync(1, renderLogLine(direction, header, mark)) : undefined,
      warn: WARNINGS.add,
      admit: () => proxied.connections < MAX_CONNECTIONS,
    });
    return undefined;
  } catch (error) {
    return `cannot listen on \`${pair.path}\`: ${(error as Error).message}`;
  }
}

function connectDirectly(addon: Addon, address: string, done: (upstream: Upstream | number) => void): void {
  const parsed = parseAddress(address);
  let errno = -22;
  for (const socket of parsed.ok ? parsed.sockets : []) {
    try {
      done({ fd: addon.connectUnix(socket), keep: (...copies) => void copies.map((copy) => addon.close(copy)), released: () => {} });
      return;
    } catch (error) {
      errno = (error as { errno?: number }).errno ?? -22;
    }
  }
  done(errno);
}

/** Tells the starter that all sockets listen and leaves with it. What it writes is ignored. */
function keepInStep(addon: Addon, fd: number, paths: readonly string[]): void {
  try {
    writeSync(fd, "x");
    const sink = new Uint8Array(256);
    const watcher = addon.watch(fd, READABLE, () => {
      // A pipe's writing end can never be read: any event on it means that nobody reads it any more.
      const count = addon.recvmsg(fd, sink, 0, sink.length, []);
      if (count > 0 || count === -(addon.constants["EAGAIN"] as number)) return;
      watcher.close();
      for (const path of paths) unlinkQuietly(path);
      leave(0);
    });
  } catch (error) {
    // As the original: a descriptor that is not open is worth a warning only.
    writeSync(2, `${PROGRAM}: fd ${fd}: ${(error as Error).message}\n`);
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already: then nothing is left to do.
  }
}
