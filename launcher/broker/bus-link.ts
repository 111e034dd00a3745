// The broker's connection to the bus process: policies with their sockets go down in one frame, verdicts come up. Opened when the first instance needs it.
import { Buffer } from "node:buffer";
import type { BusReport, BusRequest, InstanceStatus } from "../../dbus-proxy/control.ts";
import type { Addon } from "../../native/addon.ts";
import { BusFrame, MAX_FRAME_BYTES } from "../../native/frames.ts";
import { decodePortalFrame, encodePortalFrame, type PortalFrame, type PortalHead } from "../../dbus-proxy/portal-frame.ts";
import { DEFAULT_FRAME_LIMITS, type FrameHandlers, type FrameStream, openFrameStream } from "../../native/frame-stream.ts";

export interface BusLink {
  readonly connected: boolean;
  /** Connects, starting the process if need be, before anything is needed of it. Rejects where it cannot be started. */
  ready(): Promise<void>;
  /** Sends one request, or its bytes; takes `descriptors` over. Rejects where the process cannot be started. */
  send(request: BusRequest | Uint8Array, descriptors: readonly number[]): Promise<void>;
  /** Of one instance; null where no process is connected, it does not know the instance, or it does not answer. Every verdict before the answer was reported by then. */
  status(instance: string): Promise<{ readonly connections: number; readonly outstandingCalls: number } | null>;
  /** At once, and only where the process is connected: what belongs to its connections means nothing to another one. Takes `descriptors` over. */
  portalFrame(head: PortalHead, message?: Uint8Array, descriptors?: readonly number[]): void;
  close(): void;
}

export interface BusLinkParts {
  readonly addon: Addon;
  /** A connected, non-blocking socket to the bus process. */
  connect(): Promise<number>;
  report(report: BusReport): void;
  /** An app's message for the portals; owns `descriptors`. */
  portal(frame: PortalFrame, descriptors: readonly number[]): void;
}

const PATIENCE_MILLISECONDS = 15_000;
/** For an answer from a process that runs. */
const STATUS_MILLISECONDS = 2000;

export function createBusLink(parts: BusLinkParts): BusLink {
  let stream: FrameStream | undefined;
  let connecting: Promise<FrameStream> | undefined;
  /** Each is answered by a report of its own, in order: what was sent before a question is done before its answer. */
  let asked: ((instances: readonly InstanceStatus[]) => void)[] = [];

  /** Undefined: it ended before it served. */
  const openOnce = async (): Promise<FrameStream | undefined> => {
    const fd = await parts.connect();
    return new Promise((resolve) => {
      const handlers: FrameHandlers = {
        frame: (frame) => {
          const portal = frame.type === BusFrame.PORTAL ? decodePortalFrame(frame.payload) : undefined;
          if (portal !== undefined) {
            parts.portal(portal, frame.descriptors);
            return;
          }
          for (const descriptor of frame.descriptors) parts.addon.close(descriptor);
          const report = readReport(frame.payload);
          if (report?.type === "status") asked.shift()?.(report.instances);
          if (report !== undefined && report.type !== "status") parts.report(report);
        },
        end: () => {
          if (stream === opened) stream = undefined;
          clearTimeout(patience);
          resolve(undefined);
        },
      };
      const opened: FrameStream = openFrameStream(parts.addon, fd, handlers, { ...DEFAULT_FRAME_LIMITS, descriptorsPerFrame: 64 });
      const patience = setTimeout(() => {
        opened.close();
        resolve(undefined);
      }, PATIENCE_MILLISECONDS);
      // A connection alone says nothing: the front may have started the process, and its socket listens before it lives (native/broker-start.c).
      asked = [
        () => {
          clearTimeout(patience);
          resolve(opened);
        },
      ];
      opened.send(BusFrame.MESSAGE, encode({ type: "status" }));
    });
  };
  const open = async (): Promise<FrameStream> => {
    // The second time nobody listens there any more: it is started from here, which tells what is wrong.
    stream = (await openOnce()) ?? (await openOnce());
    if (stream === undefined) throw new Error("the bus process ended right after its start");
    return stream;
  };
  const connected = (): Promise<FrameStream> => {
    if (stream !== undefined && !stream.closed) return Promise.resolve(stream);
    connecting ??= open().finally(() => {
      connecting = undefined;
    });
    return connecting;
  };

  return {
    get connected() {
      return stream !== undefined && !stream.closed;
    },
    async ready() {
      await connected();
    },
    async send(request, descriptors) {
      const payload = request instanceof Uint8Array ? request : encode(request);
      let isTaken = false;
      try {
        // Too long for a frame: thrown before the stream takes anything over.
        if (payload.byteLength > MAX_FRAME_BYTES) throw new RangeError(`a request of ${payload.byteLength} bytes`);
        // At once where it can be: an app may be waiting already.
        const target = stream !== undefined && !stream.closed ? stream : await connected();
        isTaken = true;
        target.send(BusFrame.MESSAGE, payload, descriptors);
      } catch (error) {
        if (!isTaken) for (const descriptor of descriptors) parts.addon.close(descriptor);
        throw error;
      }
    },
    async status(instance) {
      const target = stream;
      if (target === undefined || target.closed) return null;
      const instances = await new Promise<readonly InstanceStatus[]>((resolve) => {
        asked.push(resolve);
        setTimeout(() => resolve([]), STATUS_MILLISECONDS).unref();
        target.send(BusFrame.MESSAGE, encode({ type: "status" }));
      });
      const found = instances.find((one) => one.instance === instance);
      return found === undefined ? null : { connections: found.connections, outstandingCalls: found.calls };
    },
    portalFrame(head, message, descriptors = []) {
      if (stream !== undefined) stream.send(BusFrame.PORTAL, encodePortalFrame(head, message), descriptors);
      else for (const descriptor of descriptors) parts.addon.close(descriptor);
    },
    close() {
      stream?.close();
      stream = undefined;
    },
  };
}

function encode(request: BusRequest): Uint8Array {
  return Buffer.from(JSON.stringify(request), "utf8");
}

function readReport(payload: Uint8Array): BusReport | undefined {
  try {
    return JSON.parse(Buffer.from(payload).toString("utf8")) as BusReport;
  } catch {
    return undefined;
  }
}
