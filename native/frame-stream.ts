// Frames with descriptors over one non-blocking unix stream socket: reads them as they come, writes them with back-pressure, bounded both ways.
import { type Addon, HANGUP, READABLE, type Watcher, WRITABLE } from "./addon.ts";
import { encodeFrame, FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from "./frames.ts";

/** One frame as received. The handler owns `descriptors` and must close them; `payload` is its own copy. */
export interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
  readonly descriptors: readonly number[];
}

/** Why a stream ended: the peer closed it, it broke a rule of the framing, the queue to it ran over, or the kernel refused (its errno's name). */
export type StreamEnd = { readonly reason: "closed" | "malformed" | "overflow" } | { readonly reason: "error"; readonly errno: number };

export interface FrameHandlers {
  frame(frame: Frame): void;
  /** Called once, after the last frame, never after `close()`. The socket is closed by then. */
  end(end: StreamEnd): void;
}

export interface FrameLimits {
  readonly payloadBytes: number;
  readonly descriptorsPerFrame: number;
  readonly queuedBytes: number;
}

export interface FrameStream {
  /** Queues one frame. The stream takes `descriptors` over and closes them when they are sent or when it ends. False where the stream has ended. */
  send(type: number, payload: Uint8Array, descriptors?: readonly number[]): boolean;
  /** Ends the stream without calling `end`; what is still queued is dropped. */
  close(): void;
  /** Calls back once all queued bytes are with the kernel (at once if nothing is queued). */
  whenDrained(callback: () => void): void;
  /** Lets the process end although the stream is open. */
  unref(): void;
  /** Reads what is there already, without waiting for the event loop to say so. */
  receive(): void;
  readonly closed: boolean;
}

export const DEFAULT_FRAME_LIMITS: FrameLimits = { payloadBytes: MAX_FRAME_BYTES, descriptorsPerFrame: 32, queuedBytes: 64 * 1024 * 1024 };

const CHUNK_BYTES = 64 * 1024;
/** Reads per wake-up: one busy peer must not keep the event loop from the others. */
const READS_PER_TURN = 16;

interface Queued {
  readonly bytes: Uint8Array;
  offset: number;
  readonly descriptors: readonly number[];
}

/** Wraps `fd`, which the stream owns from now on. */
export function openFrameStream(addon: Addon, fd: number, handlers: FrameHandlers, limits: FrameLimits = DEFAULT_FRAME_LIMITS): FrameStream {
  const reader = frameReader(addon, limits);
  const { EAGAIN = 11, EPIPE = 32 } = addon.constants;
  const queue: Queued[] = [];
  const drained: (() => void)[] = [];
  const chunk = new Uint8Array(CHUNK_BYTES);
  let queuedBytes = 0;
  let closed = false;
  let watcher: Watcher;

  const release = (): void => {
    closed = true;
    watcher.close();
    addon.close(fd);
    for (const queued of queue) closeAll(addon, queued.descriptors);
    queue.length = 0;
    reader.drop();
  };
  const finish = (end: StreamEnd): void => {
    if (closed) return;
    release();
    handlers.end(end);
  };

  const flush = (): void => {
    while (!closed && queue.length > 0) {
      const head = queue[0] as Queued;
      const written = addon.sendmsg(fd, head.bytes, head.offset, head.bytes.byteLength - head.offset, head.offset === 0 ? head.descriptors : []);
      if (written === -EAGAIN) break;
      if (written < 0) {
        finish(written === -EPIPE ? { reason: "closed" } : { reason: "error", errno: -written });
        return;
      }
      if (head.offset === 0) closeAll(addon, head.descriptors);
      head.offset += written;
      queuedBytes -= written;
      if (head.offset === head.bytes.byteLength) queue.shift();
    }
    if (closed) return;
    watcher.update(queue.length > 0 ? READABLE | WRITABLE : READABLE);
    if (queue.length === 0) for (const callback of drained.splice(0)) callback();
  };

  /** One read. Undefined: go on; else how the stream ends, or that nothing waits. */
  const receiveOnce = (): StreamEnd | "nothing" | undefined => {
    const descriptors: number[] = [];
    const count = addon.recvmsg(fd, chunk, 0, CHUNK_BYTES, descriptors);
    if (count === -EAGAIN) return "nothing";
    if (count < 0) return { reason: "error", errno: -count };
    if (count === 0) return { reason: reader.idle() ? "closed" : "malformed" };
    if (!reader.push(chunk, count, descriptors)) return { reason: "malformed" };
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      if (closed) closeAll(addon, frame.descriptors);
      else handlers.frame(frame);
    }
    return undefined;
  };

  const receive = (): void => {
    for (let turn = 0; turn < READS_PER_TURN && !closed; turn++) {
      const result = receiveOnce();
      if (result === "nothing") return;
      if (result !== undefined) finish(result);
    }
  };

  watcher = addon.watch(fd, READABLE, (events) => {
    if (closed) return;
    if ((events & WRITABLE) !== 0) flush();
    // A hang-up may still have bytes before it: reading finds both.
    if (!closed && (events & (READABLE | HANGUP)) !== 0) receive();
  });

  return {
    send(type, payload, descriptors = []) {
      if (closed) {
        closeAll(addon, descriptors);
        return false;
      }
      const bytes = encodeFrame(type, payload);
      queue.push({ bytes, offset: 0, descriptors });
      queuedBytes += bytes.byteLength;
      if (queue.length === 1) flush();
      if (queuedBytes > limits.queuedBytes) finish({ reason: "overflow" });
      return !closed;
    },
    close() {
      if (closed) return;
      release();
    },
    whenDrained(callback) {
      if (closed || queue.length === 0) callback();
      else drained.push(callback);
    },
    unref() {
      watcher.unref();
    },
    receive,
    get closed() {
      return closed;
    },
  };
}

/**
 * Cuts a byte stream into frames. INVARIANT: descriptors belong to the frame that holds the last byte of the read they came with: the kernel ends a read
 * after a piece that carries descriptors (unix(7)), and each side sends a frame with descriptors in a sendmsg of its own, on the frame's first byte.
 */
function frameReader(addon: Addon, limits: FrameLimits) {
  const ready: Frame[] = [];
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  let headerBytes = 0;
  let payload: Uint8Array | undefined;
  let payloadBytes = 0;
  let descriptors: number[] = [];
  let started = false;

  return {
    push(chunk: Uint8Array, count: number, received: number[]): boolean {
      let offset = 0;
      let last: Frame | undefined;
      while (offset < count) {
        started = true;
        if (payload === undefined) {
          const take = Math.min(FRAME_HEADER_BYTES - headerBytes, count - offset);
          header.set(chunk.subarray(offset, offset + take), headerBytes);
          headerBytes += take;
          offset += take;
          if (headerBytes < FRAME_HEADER_BYTES) break;
          const length = header.readUInt32LE(0);
          if (length > limits.payloadBytes) {
            closeAll(addon, received);
            return false;
          }
          payload = new Uint8Array(length);
          payloadBytes = 0;
        }
        const take = Math.min(payload.byteLength - payloadBytes, count - offset);
        payload.set(chunk.subarray(offset, offset + take), payloadBytes);
        payloadBytes += take;
        offset += take;
        if (payloadBytes < payload.byteLength) break;
        last = { type: header.readUInt32LE(4), payload, descriptors };
        ready.push(last);
        headerBytes = 0;
        payload = undefined;
        descriptors = [];
        started = false;
      }
      const owner = started ? descriptors : ((last as Frame).descriptors as number[]);
      owner.push(...received);
      return owner.length <= limits.descriptorsPerFrame;
    },
    next: (): Frame | undefined => ready.shift(),
    /** True between two frames. */
    idle: (): boolean => !started,
    drop(): void {
      closeAll(addon, descriptors);
      descriptors = [];
      for (const frame of ready.splice(0)) closeAll(addon, frame.descriptors);
    },
  };
}

function closeAll(addon: Addon, descriptors: readonly number[]): void {
  for (const descriptor of descriptors) addon.close(descriptor);
}
