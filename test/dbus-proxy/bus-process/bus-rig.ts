// The bus process as the broker meets it, for tests that play the broker and the connector.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Addon, loadAddon } from "../../../native/addon.ts";
import { type FrameStream, openFrameStream } from "../../../native/frame-stream.ts";
import { BusFrame, ConnectorFrame, decodeFields, encodeFields } from "../../../native/frames.ts";
import type { BusReport, BusRequest } from "../../../dbus-proxy/control.ts";
import { connectBus } from "../../../dbus-proxy/launch.ts";
import type { ProxyPolicy } from "../../../dbus-proxy/policy/policy.ts";
import { isAlive } from "../../support/process.ts";
import { TESTED_BUILD } from "../../support/tested-build.ts";
import { echo, type Peer } from "../live/peer.ts";
import { type Rig, startRig } from "../live/rig.ts";

export const TARGET = { type: 1, path: "/test", interface: "org.test.I", member: "M", destination: "org.test.Talk" } as const;
export const addon: Addon = loadAddon(resolve("build/tsbox.node"));

export function policy(level: "see" | "talk"): ProxyPolicy {
  return { filter: true, sloppyNames: false, names: [{ name: "org.test.Talk", level, because: "test" }], calls: [], broadcasts: [], hidden: [] };
}

export interface Broker {
  readonly stream: FrameStream;
  readonly reports: BusReport[];
  ask(request: BusRequest, fds?: readonly number[]): void;
}

export interface InstanceMore {
  readonly policy?: ProxyPolicy;
  /** The app has portals of the broker's. */
  readonly portals?: unknown;
  /** Whether the connector makes the connection. */
  connects?(): boolean;
}

export interface BusRig {
  readonly rig: Rig;
  readonly runtime: string;
  /** Owns `org.test.Talk` and echoes. */
  readonly talk: Peer;
  /** Of bus processes that were started. */
  readonly pids: Set<number>;
  broker(): Promise<Broker>;
  instance(from: Broker, name: string, forgotten?: string[], more?: InstanceMore): { readonly path: string; readonly connector: FrameStream };
  close(): Promise<void>;
}

export async function startBusRig(bare = false): Promise<BusRig> {
  const rig = await startRig("dbus-daemon", bare);
  const runtime = mkdtempSync(join(tmpdir(), "tsbox-run-"));
  mkdirSync(join(runtime, "tsbox"), { mode: 0o700 });
  const talk = await rig.outside("org.test.Talk");
  const stop = echo(talk);
  const pids = new Set<number>();

  async function broker(): Promise<Broker> {
    const fd = await connectBus({ addon, runtimeDirectory: runtime, build: TESTED_BUILD });
    pids.add(processServing(runtime));
    const reports: BusReport[] = [];
    const stream = openFrameStream(addon, fd, {
      frame: ({ payload }) => void reports.push(JSON.parse(Buffer.from(payload).toString()) as BusReport),
      end: () => {},
    });
    return { stream, reports, ask: (request, fds = []) => void stream.send(BusFrame.MESSAGE, Buffer.from(JSON.stringify(request)), fds) };
  }

  /** A connector as the C one behaves, and the listening socket of one instance. */
  function instance(from: Broker, name: string, forgotten: string[] = [], more: InstanceMore = {}): { path: string; connector: FrameStream } {
    const path = join(mkdtempSync(join(runtime, "app-")), "bus");
    const [ours, theirs] = addon.socketpair();
    const copies = new Map<string, number>();
    const connector = openFrameStream(addon, ours, {
      frame: ({ type, payload, descriptors }) => {
        const fields = new Map(decodeFields(payload));
        const id = fields.get("id") as string;
        for (const descriptor of descriptors) addon.close(descriptor);
        if (type === ConnectorFrame.KEEP || type === ConnectorFrame.KEEP_INSTANCE) return;
        if (type === ConnectorFrame.FORGET) {
          forgotten.push(id);
          addon.close(copies.get(id) as number);
          return;
        }
        if (more.connects?.() === false) {
          connector.send(
            ConnectorFrame.REFUSED,
            encodeFields([
              ["id", id],
              ["errno", "111"],
            ]),
          );
          return;
        }
        const upstream = addon.connectUnix(rig.busPath);
        copies.set(id, addon.dup(upstream));
        connector.send(ConnectorFrame.CONNECTED, encodeFields([["id", id]]), [upstream]);
      },
      end: () => {},
    });
    const portals = more.portals === undefined ? {} : { portals: more.portals };
    const buses = [{ name: "session", policy: more.policy ?? policy("talk") }] as const;
    from.ask({ type: "instance", instance: name, appId: "org.test.App", buses, ...portals }, [addon.listenUnix(path, 16), theirs]);
    return { path, connector };
  }

  return {
    rig,
    runtime,
    talk,
    pids,
    broker,
    instance,
    async close() {
      stop();
      // Not by force: a build that tells what of it ran does so at its end.
      for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGTERM");
      await rig.close();
      rmSync(runtime, { recursive: true, force: true });
    },
  };
}

/** The pid of the bus process of that runtime directory. */
export function processServing(runtime: string): number {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const argv = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      if (argv.includes(`--runtime-dir=${runtime}`)) return Number(name);
    } catch {
      // Ended meanwhile.
    }
  }
  throw new Error("no bus process runs");
}
