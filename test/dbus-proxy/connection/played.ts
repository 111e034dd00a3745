// One connection of the filter between an app and a bus that the test plays, all in this process: what either side says, in whatever order, is the test's to choose.
import { resolve } from "node:path";
import { Connection } from "../../../dbus-proxy/connection/connection.ts";
import type { ConnectionContext, Upstream } from "../../../dbus-proxy/connection/context.ts";
import type { VerdictReport } from "../../../dbus-proxy/connection/outcome.ts";
import type { PortalDoor } from "../../../dbus-proxy/connection/portal-door.ts";
import { type AppUse, newAppUse } from "../../../dbus-proxy/connection/state.ts";
import { createWorkbench } from "../../../dbus-proxy/connection/workbench.ts";
import type { ProxyPolicy } from "../../../dbus-proxy/policy/policy.ts";
import { CompiledPolicy } from "../../../dbus-proxy/policy/standing.ts";
import { APP_LIMITS, type AppLimits } from "../../../dbus-proxy/wire/limits.ts";
import { loadAddon } from "../../../native/addon.ts";
import { waitFor } from "../../support/process.ts";
import { LyingEnd } from "../live/lying-bus.ts";
import { BUS, Peer } from "../live/peer.ts";

export const addon = loadAddon(resolve("build/tsbox.node"));
export const bench = createWorkbench(addon);
export const EAGAIN = -(addon.constants["EAGAIN"] as number);
/** Of the app on the played bus. */
export const APP_NAME = ":1.7";

/** A policy that filters, with these beside. */
export function policyOf(more: Partial<ProxyPolicy> = {}): ProxyPolicy {
  return { filter: true, sloppyNames: false, names: [], calls: [], broadcasts: [], hidden: [], ...more };
}

export const talk = (name: string, level: "see" | "talk" | "own" = "talk") => ({ name, level, because: "test" }) as const;

/** A socket of which the test writes and reads every byte itself. */
export class RawEnd {
  readonly #fd: number;
  #text = "";
  /** The other side is gone. */
  ended = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  say(text: string | Uint8Array, fds: readonly number[] = []): number {
    const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    return addon.sendmsg(this.#fd, bytes, 0, bytes.length, fds);
  }

  /** All that came until now. */
  text(): string {
    const chunk = new Uint8Array(65_536);
    const fds: number[] = [];
    for (let count = addon.recvmsg(this.#fd, chunk, 0, chunk.length, fds); count !== EAGAIN; count = addon.recvmsg(this.#fd, chunk, 0, chunk.length, fds)) {
      for (const fd of fds.splice(0)) addon.close(fd);
      if (count <= 0) {
        this.ended = true;
        break;
      }
      this.#text += Buffer.from(chunk.subarray(0, count)).toString("latin1");
    }
    return this.#text;
  }

  async hears(text: string): Promise<void> {
    await waitFor(JSON.stringify(text), () => this.text().includes(text));
  }

  async ends(): Promise<void> {
    await waitFor("the end", () => {
      this.text();
      return this.ended;
    });
  }

  close(): void {
    addon.close(this.#fd);
  }
}

export interface Making {
  readonly policy?: ProxyPolicy;
  readonly limits?: Partial<AppLimits>;
  readonly portals?: PortalDoor;
  /** Lines of the log are kept. */
  readonly log?: boolean;
  readonly use?: AppUse;
  /** None. */
  readonly ownPeers?: readonly string[];
}

/** What the filter did beside moving bytes. */
export interface Seen {
  readonly warnings: string[];
  readonly reports: VerdictReport[];
  readonly log: string[];
  /** The connection to the bus was given back; the whole is over. */
  released: number;
  closed: number;
}

export interface Made {
  readonly connection: Connection;
  readonly seen: Seen;
  readonly use: AppUse;
  /** From the next message on. */
  setPolicy(policy: ProxyPolicy): void;
  /** The app's end and the bus's end, of which nothing was read or written. */
  readonly appFd: number;
  readonly busFd: number;
  /** Gives the connection to the bus, or why there is none. */
  connect(errno?: number): void;
}

/** A connection that was accepted; nothing is connected to the bus yet. */
export function makeConnection({ policy = policyOf(), limits = {}, portals, log = false, use = newAppUse(), ownPeers = [] }: Making = {}): Made {
  const seen: Seen = { warnings: [], reports: [], log: [], released: 0, closed: 0 };
  const [appFd, theirs] = addon.socketpair();
  const [busFd, upstreamFd] = addon.socketpair();
  let compiled = new CompiledPolicy(policy);
  let connectUpstream: ((upstream: Upstream | number) => void) | undefined;
  const context: ConnectionContext = {
    bench,
    uid: process.geteuid?.() ?? 0,
    limits: { ...APP_LIMITS, ...limits },
    use,
    isOwnPeer: (name) => ownPeers.includes(name),
    isOfSandbox: () => false,
    policy: () => compiled,
    portals,
    busIndex: 0,
    connectUpstream: (done) => {
      connectUpstream = done;
    },
    report: (report) => void seen.reports.push(report),
    allowed: () => {},
    log: log ? (direction, header, mark) => void seen.log.push(`${direction} ${header.member}${mark === "" ? "" : ` ${mark}`}`) : undefined,
    warn: (text) => void seen.warnings.push(text),
  };
  const connection = new Connection(context, theirs, () => void seen.closed++);
  connection.start();
  return {
    connection,
    seen,
    use,
    appFd,
    busFd,
    setPolicy(next) {
      const before = compiled;
      compiled = new CompiledPolicy(next);
      connection.reconsider(before);
    },
    connect(errno) {
      if (errno !== undefined) addon.close(upstreamFd);
      connectUpstream?.(errno ?? { fd: upstreamFd, keep: (...copies) => void copies.map((copy) => addon.close(copy)), released: () => void seen.released++ });
    },
  };
}

export interface Played extends Made {
  readonly app: Peer;
  readonly bus: LyingEnd;
  /** A message that the bus got and nobody answered; it is taken off the list. */
  busHears(member: string): Promise<LyingEnd["heard"][number]>;
  close(): void;
}

/** A connection on which the app has said Hello, and all questions of the filter's behind it are answered. */
export async function playConnection(making: Making = {}): Promise<Played> {
  const made = makeConnection(making);
  const bus = new LyingEnd(addon, made.busFd, APP_NAME);
  const app = new Peer(made.appFd);
  made.connect();
  await app.authenticate();
  const serial = app.send({ type: 1, ...BUS, member: "Hello" });
  const hello = await waitFor("Hello", () => bus.heard.find(({ member }) => member === "Hello"));
  bus.answer(hello);
  for (const asked of bus.heard.splice(0)) if (asked !== hello) bus.answer(asked);
  app.name = String((await app.reply(serial)).values[0]);
  const busHears = (member: string): Promise<LyingEnd["heard"][number]> =>
    waitFor(`${member} at the bus`, () => {
      const index = bus.heard.findIndex((header) => header.member === member);
      return index < 0 ? undefined : bus.heard.splice(index, 1)[0];
    });
  const close = (): void => {
    app.close();
    bus.close();
    made.connection.close();
  };
  return { ...made, app, bus, busHears, close };
}
