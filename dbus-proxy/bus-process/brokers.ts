// The broker's side of the bus process: who may connect, and what the requests mean.
import { type Addon, READABLE } from "../../native/addon.ts";
import { openFrameStream, type Frame, type FrameStream } from "../../native/frame-stream.ts";
import { BusFrame } from "../../native/frames.ts";
import type { BusReport, BusRequest } from "../control.ts";
import { decodePortalFrame, encodePortalFrame, type PortalHead } from "../portal-frame.ts";
import type { Instances } from "./instances.ts";

/** Four listening sockets and a connector. More may wait for a broker: what apps say to portals. */
const LIMITS = { payloadBytes: 16 * 1024 * 1024, descriptorsPerFrame: 5, queuedBytes: 256 * 1024 * 1024 };

export interface BrokersEvents {
  /** The last broker left. */
  none(): void;
  warn(text: string): void;
}

export class Brokers {
  readonly #addon: Addon;
  readonly #listener: number;
  readonly #events: BrokersEvents;
  readonly #streams = new Set<FrameStream>();

  constructor(addon: Addon, listener: number, events: BrokersEvents) {
    this.#addon = addon;
    this.#listener = listener;
    this.#events = events;
  }

  get size(): number {
    return this.#streams.size;
  }

  serve(instances: Instances): void {
    this.#addon.watch(this.#listener, READABLE, () => this.accept(instances));
  }

  /** Takes all who wait now; true where somebody was let in. */
  accept(instances: Instances): boolean {
    let admitted = false;
    for (let fd = this.#addon.accept(this.#listener); fd >= 0; fd = this.#addon.accept(this.#listener)) {
      const check = this.#addon.checkPeer(fd);
      if (!check.ok) {
        this.#events.warn(`refused a peer (pid ${check.pid}): ${check.reason}`);
        this.#addon.close(fd);
        continue;
      }
      admitted = true;
      this.#open(fd, instances);
    }
    return admitted;
  }

  /** To every broker: an old one that is leaving does no harm by hearing it too. */
  report(report: BusReport): boolean {
    const payload = new TextEncoder().encode(JSON.stringify(report));
    for (const stream of this.#streams) stream.send(BusFrame.MESSAGE, payload);
    return this.#streams.size > 0;
  }

  /** To the broker that came last: an older one is leaving. Owns the descriptors. */
  toPortals(head: PortalHead, message: Uint8Array, fds: readonly number[]): boolean {
    const last = [...this.#streams].at(-1);
    if (last !== undefined) return last.send(BusFrame.PORTAL, encodePortalFrame(head, message), fds);
    for (const fd of fds) this.#addon.close(fd);
    return false;
  }

  #open(fd: number, instances: Instances): void {
    const stream: FrameStream = openFrameStream(
      this.#addon,
      fd,
      {
        frame: (frame) => this.#obey(frame, instances, stream),
        end: () => this.#gone(stream, instances),
      },
      LIMITS,
    );
    this.#streams.add(stream);
    instances.brokerCame();
  }

  #gone(stream: FrameStream, instances: Instances): void {
    const wasLast = [...this.#streams].at(-1) === stream;
    this.#streams.delete(stream);
    if (wasLast) instances.brokersGone();
    if (this.#streams.size === 0) this.#events.none();
  }

  #obey(frame: Frame, instances: Instances, stream: FrameStream): void {
    const request = frame.type === BusFrame.MESSAGE ? parseRequest(frame.payload) : undefined;
    if (request?.type === "instance") {
      if (instances.add(request, frame.descriptors)) return;
      // What cannot be served is gone for the broker at once.
      this.report({ type: "gone", instance: request.instance });
      return;
    }
    const portal = frame.type === BusFrame.PORTAL ? decodePortalFrame(frame.payload) : undefined;
    if (portal !== undefined) {
      instances.fromPortals(portal, frame.descriptors);
      return;
    }
    const [socket, server, ...rest] = frame.descriptors;
    if (request?.type === "resume" && socket !== undefined && server === undefined) {
      instances.resume(socket);
      return;
    }
    if (request?.type === "cameras" && socket !== undefined && server !== undefined && rest.length === 0) {
      instances.addCameras(request, socket, server);
      return;
    }
    for (const descriptor of frame.descriptors) this.#addon.close(descriptor);
    if (frame.type === BusFrame.PORTAL) return;
    switch (request?.type) {
      case "portals":
        instances.setPortals(request);
        return;
      case "policy":
        instances.setPolicy(request);
        return;
      case "no-cameras":
        instances.endCameras(request.instance);
        return;
      case "close":
        instances.close(request.instance);
        return;
      case "status":
        stream.send(BusFrame.MESSAGE, new TextEncoder().encode(JSON.stringify(instances.status())));
        return;
      default:
        // Another version of us: it is a peer of our own uid and namespaces, but what it wants is not known here.
        this.#events.warn("a request that is not understood");
        stream.close();
        this.#gone(stream, instances);
    }
  }
}

const REQUESTS: readonly BusRequest["type"][] = ["instance", "resume", "policy", "portals", "cameras", "no-cameras", "close", "status"];

/** The peer is a broker of ours: its shape is trusted once its type is known. */
function parseRequest(payload: Uint8Array): BusRequest | undefined {
  try {
    const raw = JSON.parse(new TextDecoder().decode(payload)) as BusRequest;
    return typeof raw === "object" && raw !== null && REQUESTS.includes(raw.type) ? raw : undefined;
  } catch {
    return undefined;
  }
}
