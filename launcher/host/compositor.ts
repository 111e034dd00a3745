// Asks the compositor behind a Wayland socket what it offers: whether it can serve a socket as a sandbox's. (Wayland's wire: numbers in the machine's order.)
import { connect } from "node:net";
import type { CompositorFact } from "./facts.ts";

/** A compositor at work answers within a frame; what takes this long is stuck. */
const PATIENCE_MILLISECONDS = 5_000;
/** A list of globals takes a few thousand bytes. */
const LONGEST_ANSWER = 1_048_576;
const MANAGER = "wp_security_context_manager_v1";
const DISPLAY = 1;
const REGISTRY = 2;
const LISTED = 3;

/** `wl_display.get_registry` and `wl_display.sync`: the callback is done when every global has been told. */
function question(): Buffer {
  const words = [DISPLAY, (12 << 16) | 1, REGISTRY, DISPLAY, 12 << 16, LISTED];
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes;
}

export function askCompositor(socketPath: string): Promise<CompositorFact> {
  return new Promise((answer) => {
    let received = Buffer.alloc(0);
    const socket = connect(socketPath);
    const settle = (fact: CompositorFact): void => {
      clearTimeout(timer);
      socket.destroy();
      answer(fact);
    };
    const timer = setTimeout(() => settle("silent"), PATIENCE_MILLISECONDS);
    socket.on("connect", () => socket.write(question()));
    socket.on("error", (error: NodeJS.ErrnoException) => settle(error.code === "ECONNREFUSED" || error.code === "ENOENT" ? "dead" : "silent"));
    socket.on("end", () => settle("silent"));
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      const fact = readGlobals(received);
      if (fact !== null) settle(fact);
      else if (received.length > LONGEST_ANSWER) settle("silent");
    });
  });
}

/** What the events so far say: null while the list is not at its end. An error event, or what is no event, is `silent`. Pure. */
export function readGlobals(bytes: Buffer): CompositorFact | null {
  let found: CompositorFact = "plain";
  for (let at = 0; at + 8 <= bytes.length; ) {
    const object = bytes.readUInt32LE(at);
    const word = bytes.readUInt32LE(at + 4);
    const length = word >>> 16;
    if (length < 8 || length % 4 !== 0) return "silent";
    if (at + length > bytes.length) return null;
    const event = bytes.subarray(at + 8, at + length);
    const opcode = word & 0xffff;
    if (object === DISPLAY && opcode === 0) return "silent";
    if (object === LISTED && opcode === 0) return found;
    if (object === REGISTRY && opcode === 0 && interfaceOf(event) === MANAGER) found = "security-context";
    at += length;
  }
  return null;
}

/** Of `wl_registry.global`: name, interface (length with its NUL, text, padding), version. */
function interfaceOf(event: Buffer): string {
  if (event.length < 8) return "";
  const length = event.readUInt32LE(4);
  return length === 0 || 8 + length > event.length ? "" : event.toString("latin1", 8, 8 + length - 1);
}
