// Real buses and the real command in front of them, in a folder of their own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { COVERAGE_ENVIRONMENT, PROXY_ENTRY } from "../../support/proxy-entry.ts";
import { startProcess, type Running, waitFor } from "../../support/process.ts";
import { Peer } from "./peer.ts";

export type BusKind = "dbus-daemon" | "dbus-broker";
export const BUS_KINDS: readonly BusKind[] = ["dbus-daemon", "dbus-broker"];

export interface Rig {
  readonly folder: string;
  readonly busPath: string;
  readonly address: string;
  /** A peer on the bus itself that owns the names. */
  outside(...names: string[]): Promise<Peer>;
  /** Starts a proxy; returns its socket. */
  proxy(...options: string[]): Promise<string>;
  /** The same with another program. */
  proxyBy(command: readonly [string, ...string[]], ...options: string[]): Promise<string>;
  stopBus(): Promise<unknown>;
  /** The bus neither reads nor writes until it goes on. Of dbus-daemon only. */
  holdBus(held: boolean): void;
  /** A peer behind a new proxy with these options. */
  inside(...options: string[]): Promise<Peer>;
  start(argv: readonly [string, ...string[]], environment?: Record<string, string>): Running;
  readonly proxies: readonly Running[];
  close(): Promise<void>;
}

const LIFE = 120_000;
const PATH = process.env["PATH"] ?? "/usr/bin:/bin";

/** Of a bus that starts no service. Of dbus-daemon only. */
const BARE = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`;

export async function startRig(kind: BusKind, bare = false, life = LIFE): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-dbus-"));
  const busPath = join(folder, "bus");
  const address = `unix:path=${busPath}`;
  const running: Running[] = [];
  const peers: Peer[] = [];
  const proxies: Running[] = [];
  const start: Rig["start"] = (argv, environment = {}) => {
    const one = startProcess(argv, {
      environment: { PATH, HOME: folder, XDG_RUNTIME_DIR: folder, ...COVERAGE_ENVIRONMENT, ...environment },
      cwd: "/",
      limit: life,
    });
    running.push(one);
    return one;
  };
  const configuration = join(folder, "bare.conf");
  if (bare) writeFileSync(configuration, BARE);
  if (kind === "dbus-daemon") start(["dbus-daemon", bare ? `--config-file=${configuration}` : "--session", "--nofork", "--nopidfile", `--address=${address}`]);
  else {
    if (process.getuid?.() === 0) mkdirSync("/run/systemd", { recursive: true });
    const script = resolve("test/fixtures/servers/dbus_broker.py");
    start(["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/run/systemd", "--die-with-parent", "/usr/bin/python3", script, busPath]);
  }
  await waitFor(kind, () => listens(busPath));
  const track = (peer: Peer): Peer => {
    peers.push(peer);
    return peer;
  };
  const rig: Rig = {
    folder,
    busPath,
    address,
    proxies,
    start,
    async outside(...names) {
      const peer = track(await Peer.open(busPath));
      for (const name of names) await peer.bus("RequestName", name, 4);
      return peer;
    },
    proxy: (...options) => rig.proxyBy([process.execPath, PROXY_ENTRY], ...options),
    async proxyBy(command, ...options) {
      const path = join(folder, `proxy-${proxies.length}`);
      const one = start([...command, address, path, ...options]);
      proxies.push(one);
      await waitFor("the proxy", () => listens(path));
      return path;
    },
    holdBus(held) {
      running[0]?.kill(held ? "SIGSTOP" : "SIGCONT");
    },
    async stopBus() {
      running[0]?.kill("SIGTERM");
      await running[0]?.ended;
    },
    async inside(...options) {
      return track(await Peer.open(await rig.proxy("--filter", ...options)));
    },
    async close() {
      for (const peer of peers) peer.close();
      for (const one of running.reverse()) one.kill("SIGTERM");
      await Promise.all(running.map((one) => one.ended));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return rig;
}

/** A socket that is there may not listen yet. */
function listens(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(path);
    socket.once("error", () => done(false));
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
  });
}
