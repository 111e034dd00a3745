// A connection between an app and a sound server that the test plays, with the filter of either protocol between them.
import { resolve } from "node:path";
import { createWorkbench } from "../../../dbus-proxy/connection/workbench.ts";
import type { SoundPolicy } from "../../../dbus-proxy/pulse/policy.ts";
import type { ServedConnection } from "../../../dbus-proxy/pulse/proxied-sound.ts";
import type { SoundContext } from "../../../dbus-proxy/pulse/connection.ts";
import { type Addon, loadAddon } from "../../../native/addon.ts";
import { waitFor } from "../../support/process.ts";

export const addon: Addon = loadAddon(resolve("build/tsbox.node"));
const open: (() => void)[] = [];
/** Of every side: what one could not write at once goes on while another is waited for. */
const pumps: (() => void)[] = [];

export interface Side {
  send(bytes: Uint8Array, fds?: readonly number[]): void;
  /** Waits for this many bytes. */
  take(count: number): Promise<Buffer>;
  ended(): Promise<void>;
  readonly descriptors: number[];
}

function side(fd: number): Side {
  let pending = Buffer.alloc(0);
  let isOver = false;
  const descriptors: number[] = [];
  const outgoing: Buffer[] = [];
  const buffer = new Uint8Array(65_536);
  const pump = (): void => {
    while (outgoing.length > 0) {
      const head = outgoing[0] as Buffer;
      const sent = addon.sendmsg(fd, head, 0, head.length, []);
      if (sent < 0) break;
      if (sent === head.length) outgoing.shift();
      else outgoing[0] = head.subarray(sent);
    }
    for (let count = 1; count > 0; ) {
      count = addon.recvmsg(fd, buffer, 0, buffer.length, descriptors);
      if (count > 0) pending = Buffer.concat([pending, buffer.subarray(0, count)]);
      if (count === 0) isOver = true;
    }
  };
  pumps.push(pump);
  open.push(() => addon.close(fd));
  return {
    descriptors,
    send(bytes, fds = []) {
      if (fds.length > 0) addon.sendmsg(fd, bytes, 0, bytes.length, fds);
      else outgoing.push(Buffer.from(bytes));
      pump();
    },
    async take(count) {
      await waitFor(`${count} bytes`, () => pumpAll() && pending.length >= count);
      const taken = pending.subarray(0, count);
      pending = pending.subarray(count);
      return taken;
    },
    async ended() {
      await waitFor("the end", () => pumpAll() && isOver);
    },
  };
}

function pumpAll(): true {
  for (const pump of pumps) pump();
  return true;
}

export interface Played {
  readonly app: Side;
  readonly server: Side;
  readonly refused: string[];
  readonly warnings: string[];
}

export function playBetween(policy: SoundPolicy, serve: (context: SoundContext, appFd: number, closed: () => void) => ServedConnection): Played {
  const [app, appInside] = addon.socketpair();
  const [server, serverInside] = addon.socketpair();
  const refused: string[] = [];
  const warnings: string[] = [];
  const connection = serve(
    {
      bench: createWorkbench(addon),
      policy,
      connectUpstream: (done) => done({ fd: serverInside, keep: () => {}, released: () => {} }),
      report: ({ message }) => void refused.push(message),
      warn: (text) => void warnings.push(text),
    },
    appInside,
    () => {},
  );
  connection.start();
  open.push(() => connection.close());
  return { app: side(app), server: side(server), refused, warnings };
}

/** After each test. */
export function endAll(): void {
  pumps.length = 0;
  for (const close of open.splice(0).reverse()) close();
}
