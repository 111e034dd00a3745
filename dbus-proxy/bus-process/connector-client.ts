// The bus process' side of one app's connector: it connects to the buses in the app's name, we get the sockets.
import type { Addon } from "../../native/addon.ts";
import { openFrameStream, type FrameStream } from "../../native/frame-stream.ts";
import { ConnectorFrame, decodeFields, encodeFields } from "../../native/frames.ts";
import type { BusName } from "../control.ts";

type Done = (fd: number, released: () => void) => void;

const LIMITS = { payloadBytes: 4096, descriptorsPerFrame: 4, queuedBytes: 1024 * 1024 };

export interface ConnectorClient {
  /** `done` gets a connected socket or a negative errno; `released` must be called when the connection is over. */
  connect(bus: BusName, done: Done): void;
  close(): void;
}

/** Owns `fd`. `gone` is called once when the connector ends or breaks the protocol. */
export function openConnectorClient(addon: Addon, fd: number, gone: () => void): ConnectorClient {
  const waiting = new Map<string, Done>();
  const refuseAll = (): void => {
    for (const [id, done] of [...waiting]) {
      waiting.delete(id);
      done(-(addon.constants["ECONNRESET"] as number), () => {});
    }
  };
  let lastId = 0;
  const stream: FrameStream = openFrameStream(
    addon,
    fd,
    {
      frame: ({ type, payload, descriptors }) => {
        const fields = new Map(decodeFields(payload) ?? []);
        const id = fields.get("id") ?? "";
        const done = waiting.get(id);
        waiting.delete(id);
        const [upstream, ...rest] = descriptors;
        for (const descriptor of rest) addon.close(descriptor);
        if (done === undefined || (type === ConnectorFrame.CONNECTED) !== (upstream !== undefined)) {
          if (upstream !== undefined) addon.close(upstream);
          done?.(-(addon.constants["ECONNREFUSED"] as number), () => {});
        } else if (upstream === undefined) done(-Math.max(1, Number(fields.get("errno")) || 1), () => {});
        else done(upstream, () => void stream.send(ConnectorFrame.FORGET, encodeFields([["id", id]])));
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
      const id = String(++lastId);
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
        done(-(addon.constants["ECONNRESET"] as number), () => {});
    },
    close() {
      stream.close();
      refuseAll();
    },
  };
}
