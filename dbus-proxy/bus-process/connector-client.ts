// The bus process' side of one app's connector: it connects to the buses in the app's name, we get the sockets.
import type { Addon } from "../../native/addon.ts";
import { openFrameStream, type FrameStream } from "../../native/frame-stream.ts";
import { ConnectorFrame, decodeFields, encodeFields } from "../../native/frames.ts";
import type { Upstream } from "../connection/context.ts";
import type { BusName } from "../control.ts";

type Done = (upstream: Upstream | number) => void;

const LIMITS = { payloadBytes: 4096, descriptorsPerFrame: 16, queuedBytes: 1024 * 1024 };

/** What the connector kept from a bus process that is gone. Whoever hears it owns the descriptors. */
export interface KeptHandlers {
  /** What KEEP_INSTANCE brought: listening sockets, then the description. */
  instance(descriptors: readonly number[]): void;
  connection(app: number, memory: number, upstream: Upstream): void;
}

export interface ConnectorClient {
  /** `done` gets a connection or a negative errno. */
  connect(bus: BusName, done: Done): void;
  /** Gives the connector copies of what makes the instance; it owns them. */
  keepInstance(descriptors: readonly number[]): void;
  /** Asks for all that it keeps. */
  take(handlers: KeptHandlers): void;
  close(): void;
}

/** Owns `fd`. `gone` is called once when the connector ends or breaks the protocol. */
export function openConnectorClient(addon: Addon, fd: number, gone: () => void): ConnectorClient {
  const waiting = new Map<string, Done>();
  const refuseAll = (): void => {
    for (const [id, done] of [...waiting]) {
      waiting.delete(id);
      done(-(addon.constants["ECONNRESET"] as number));
    }
  };
  const upstreamOf = (id: string, socket: number): Upstream => ({
    fd: socket,
    keep: (app, memory) => void stream.send(ConnectorFrame.KEEP, encodeFields([["id", id]]), [app, memory]),
    released: () => void stream.send(ConnectorFrame.FORGET, encodeFields([["id", id]])),
  });
  // The connector may still know ids of the process before this one.
  const origin = Date.now().toString(36);
  let kept: KeptHandlers | undefined;
  let lastId = 0;
  const stream: FrameStream = openFrameStream(
    addon,
    fd,
    {
      frame: ({ type, payload, descriptors }) => {
        const fields = new Map(decodeFields(payload) ?? []);
        const id = fields.get("id") ?? "";
        if (type === ConnectorFrame.KEPT_INSTANCE && kept !== undefined) {
          kept.instance(descriptors);
          return;
        }
        if (type === ConnectorFrame.KEPT && kept !== undefined && descriptors.length === 3) {
          const [app, memory, socket] = descriptors as [number, number, number];
          kept.connection(app, memory, upstreamOf(id, socket));
          return;
        }
        const done = waiting.get(id);
        waiting.delete(id);
        const [upstream, ...rest] = descriptors;
        for (const descriptor of rest) addon.close(descriptor);
        if (done === undefined || (type === ConnectorFrame.CONNECTED) !== (upstream !== undefined)) {
          if (upstream !== undefined) addon.close(upstream);
          done?.(-(addon.constants["ECONNREFUSED"] as number));
        } else if (upstream === undefined) done(-Math.max(1, Number(fields.get("errno")) || 1));
        else done(upstreamOf(id, upstream));
      },
      end: () => {
        refuseAll();
        gone();
      },
    },
    LIMITS,
  );
  return {
    connect(bus, done) {
      const id = `${origin}-${++lastId}`;
      waiting.set(id, done);
      // Where sending fails the stream has ended, and its end has refused this one with the others.
      if (
        !stream.send(
          ConnectorFrame.CONNECT,
          encodeFields([
            ["id", id],
            ["bus", bus],
          ]),
        ) &&
        waiting.delete(id)
      )
        done(-(addon.constants["ECONNRESET"] as number));
    },
    keepInstance: (descriptors) => void stream.send(ConnectorFrame.KEEP_INSTANCE, new Uint8Array(), descriptors),
    take(handlers) {
      kept = handlers;
      stream.send(ConnectorFrame.TAKE, new Uint8Array());
    },
    close() {
      stream.close();
      refuseAll();
    },
  };
}
