// One front's connection: the first frame must be a REQUEST, which is acknowledged before anything else happens.
import { Buffer } from "node:buffer";
import { FrontFrame } from "../../native/frames.ts";
import { encodeFields, decodeFields, type Field } from "../../native/frames.ts";
import { type Frame, type FrameStream, openFrameStream } from "../../native/frame-stream.ts";
import { decodeRequest, type FrontRequest } from "../../native/front-protocol.ts";
import type { Addon } from "../../native/addon.ts";

/** What the front reports after a plan was sent. Descriptors are the receiver's to close. */
export type FrontReport =
  | { readonly kind: "sandbox"; readonly fields: readonly Field[]; readonly descriptors: readonly number[] }
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "failed"; readonly stage: string; readonly index: number; readonly errno: number; readonly detail: string }
  | { readonly kind: "gone" };

export interface FrontLink {
  /** The front is gone: nothing that is sent arrives. */
  readonly closed: boolean;
  /** Text for the caller's standard output (1) or error (2). */
  write(descriptor: 1 | 2, text: string): void;
  /** Ends the front with this status; the last thing that is sent. */
  exit(status: number): void;
  notHere(): void;
  /** What the plan that will probably follow keeps apart, so that the front may clone its child meanwhile. */
  namespaces(own: { readonly network: boolean; readonly ipc: boolean }): void;
  /** The sandbox is built from it; its app waits for `go`. */
  plan(payload: Uint8Array): void;
  go(): void;
  /** Where reports go from now on. */
  onReport(receive: (report: FrontReport) => void): void;
}

export interface FrontHandlers {
  /** `request` undefined: it could not be read. */
  request(request: FrontRequest | undefined, link: FrontLink): void;
  /** A connector lost its bus process while no broker was there. Owns both descriptors: its new socket, and where it asks again. */
  orphan(connector: number, orphans: number): void;
  /** The connection is over; called once. */
  closed(): void;
}

/** A front that says nothing for this long is dropped: it would keep the broker from leaving. */
const REQUEST_TIMEOUT_MILLISECONDS = 10_000;
const OUTPUT_CHUNK_BYTES = 1024 * 1024;

/** Serves one accepted connection; owns `fd`. */
export function openFrontLink(addon: Addon, fd: number, handlers: FrontHandlers): void {
  let receive: ((report: FrontReport) => void) | undefined;
  let requested = false;
  let over = false;
  const finish = (): void => {
    if (over) return;
    over = true;
    clearTimeout(timeout);
    stream.close();
    receive?.({ kind: "gone" });
    handlers.closed();
  };
  const stream: FrameStream = openFrameStream(addon, fd, { frame: (frame) => take(frame), end: () => finish() });
  const timeout = setTimeout(finish, REQUEST_TIMEOUT_MILLISECONDS);

  const link: FrontLink = {
    get closed() {
      return over;
    },
    write(descriptor, text) {
      const bytes = Buffer.from(text, "utf8");
      for (let at = 0; at < bytes.length; at += OUTPUT_CHUNK_BYTES) {
        stream.send(FrontFrame.OUTPUT, Buffer.concat([Buffer.of(descriptor), bytes.subarray(at, at + OUTPUT_CHUNK_BYTES)]));
      }
    },
    exit(status) {
      stream.send(FrontFrame.EXIT, encodeFields([["status", String(status)]]));
      stream.whenDrained(finish);
    },
    notHere() {
      stream.send(FrontFrame.NOT_HERE, new Uint8Array());
      stream.whenDrained(finish);
    },
    namespaces({ network, ipc }) {
      stream.send(
        FrontFrame.NAMESPACES,
        encodeFields([
          ["network", network ? "own" : "shared"],
          ["ipc", ipc ? "own" : "shared"],
        ]),
      );
    },
    plan: (payload) => void stream.send(FrontFrame.PLAN, payload),
    go: () => void stream.send(FrontFrame.GO, new Uint8Array()),
    onReport(next) {
      receive = next;
    },
  };

  const takeRequest = (frame: Frame): void => {
    const [connector, orphans, ...rest] = frame.descriptors;
    if (frame.type === FrontFrame.ORPHAN && connector !== undefined && orphans !== undefined && rest.length === 0) {
      requested = true;
      clearTimeout(timeout);
      stream.send(FrontFrame.ACK, new Uint8Array());
      handlers.orphan(connector, orphans);
      return;
    }
    closeAll(addon, frame.descriptors);
    if (frame.type !== FrontFrame.REQUEST) {
      finish();
      return;
    }
    requested = true;
    clearTimeout(timeout);
    // Before any work: a front that has this never asks again, one that has not may.
    stream.send(FrontFrame.ACK, new Uint8Array());
    handlers.request(decodeRequest(frame.payload), link);
  };

  const takeReport = (frame: Frame): void => {
    const report = readReport(frame);
    if (report?.kind !== "sandbox" || receive === undefined) closeAll(addon, frame.descriptors);
    // Nothing was asked of it, or it speaks another language.
    if (report === undefined || receive === undefined) finish();
    else receive(report);
  };

  const take = (frame: Frame): void => (requested ? takeReport(frame) : takeRequest(frame));
  // A front sends its request right behind its connection: most often it is there.
  stream.receive();
}

function closeAll(addon: Addon, descriptors: readonly number[]): void {
  for (const descriptor of descriptors) addon.close(descriptor);
}

function readReport(frame: Frame): FrontReport | undefined {
  const fields = decodeFields(frame.payload);
  if (fields === undefined) return undefined;
  const get = (key: string): string => fields.find(([name]) => name === key)?.[1] ?? "";
  const number = (key: string): number => Number.parseInt(get(key), 10);
  if (frame.type === FrontFrame.SANDBOX) return { kind: "sandbox", fields, descriptors: frame.descriptors };
  if (frame.type === FrontFrame.EXITED) return { kind: "exited", status: number("status") };
  if (frame.type === FrontFrame.FAILED) return { kind: "failed", stage: get("stage"), index: number("index"), errno: number("errno"), detail: get("detail") };
  return undefined;
}
