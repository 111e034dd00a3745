// Authentication, both sides, as byte-exact state machines (D-Bus specification, "Authentication Protocol"). No byte of one side is ever copied to the other:
// the app authenticates with us, we authenticate with the bus, so both parsers end the phase where we say.

/** Longest line either side may send, CRLF included. */
export const MAX_LINE_BYTES = 16 * 1024;
/** Refused attempts before the connection ends. */
const MAX_REFUSALS = 8;

const CR = 13;
const LF = 10;

/** Cuts CRLF lines out of bytes. A lone CR or LF, a control character or a byte above 0x7e is never part of a line. */
export class LineReader {
  #line = "";

  /** The index behind the next whole line (whose text is then in `line`), 0 where it is not whole yet, -1 where it is malformed. */
  next(bytes: Uint8Array, from: number, to: number): number {
    let text = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    let afterCr = text.length !== this.#line.length;
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number;
      if (afterCr) {
        if (byte !== LF) return -1;
        this.line = text;
        this.#line = "";
        return at + 1;
      }
      if (byte === CR) afterCr = true;
      else if (byte < 0x20 || byte > 0x7e || text.length >= MAX_LINE_BYTES - 2) return -1;
      else text += String.fromCharCode(byte);
    }
    this.#line = afterCr ? `${text}\r` : text;
    return 0;
  }

  line = "";
}

/** What follows from a line of the app. `ask`: the answer depends on the bus; call `answer` with it before the next line. */
export type AppStep =
  | { readonly kind: "reply"; readonly text: string }
  | { readonly kind: "ask"; readonly what: "ok" | "unix-fds" }
  | { readonly kind: "begin"; readonly unixFds: boolean }
  | { readonly kind: "close"; readonly because: string };

/** Our side towards the app: EXTERNAL only, only for the uid that the bus will see, and only an exact BEGIN ends it. */
export class AppAuthentication {
  readonly #uidHex: string;
  #state: "start" | "data" | "asked-ok" | "authenticated" | "asked-fds" | "over" = "start";
  #unixFds = false;
  #refusals = 0;

  constructor(uid: number) {
    this.#uidHex = hexOf(String(uid));
  }

  /** The very first byte must be NUL. */
  firstByte(byte: number): boolean {
    return byte === 0;
  }

  line(line: string): AppStep {
    const space = line.indexOf(" ");
    const command = space < 0 ? line : line.slice(0, space);
    const rest = space < 0 ? "" : line.slice(space + 1);
    if (line === "BEGIN") return this.#begin();
    switch (command) {
      case "AUTH":
        return this.#state === "start" ? this.#auth(rest, space >= 0) : UNEXPECTED;
      case "DATA":
        return this.#state === "data" ? this.#identity(rest) : UNEXPECTED;
      case "CANCEL":
      case "ERROR":
        return this.#state === "data" || this.#state === "authenticated" ? this.#refuse() : UNEXPECTED;
      case "NEGOTIATE_UNIX_FD":
        if (line !== command || this.#state !== "authenticated") return UNEXPECTED;
        this.#state = "asked-fds";
        return { kind: "ask", what: "unix-fds" };
      default:
        return { kind: "reply", text: 'ERROR "unknown command"' };
    }
  }

  /** The bus's answer to what `line` asked; returns the line for the app. */
  answer(agreed: boolean, guid: string): string {
    if (this.#state === "asked-ok") {
      this.#state = agreed ? "authenticated" : "start";
      return agreed ? `OK ${guid}` : REJECTED;
    }
    this.#state = "authenticated";
    this.#unixFds ||= agreed;
    return agreed ? "AGREE_UNIX_FD" : 'ERROR "not supported by the bus"';
  }

  #begin(): AppStep {
    if (this.#state !== "authenticated") return { kind: "close", because: "BEGIN before authentication" };
    this.#state = "over";
    return { kind: "begin", unixFds: this.#unixFds };
  }

  #auth(rest: string, given: boolean): AppStep {
    const [mechanism = "", ...initial] = rest.split(" ");
    if (!given || mechanism !== "EXTERNAL" || initial.length > 1) return this.#refuse();
    if (initial.length === 1) return this.#identity(initial[0] as string);
    this.#state = "data";
    return { kind: "reply", text: "DATA" };
  }

  /** Empty: whoever the kernel says we are. Otherwise the uid's digits in hex. */
  #identity(hex: string): AppStep {
    if (hex !== "" && hex.toLowerCase() !== this.#uidHex) return this.#refuse();
    this.#state = "asked-ok";
    return { kind: "ask", what: "ok" };
  }

  #refuse(): AppStep {
    this.#state = "start";
    if (++this.#refusals > MAX_REFUSALS) return { kind: "close", because: "too many refused attempts" };
    return { kind: "reply", text: REJECTED };
  }
}

export type BusStep =
  | { readonly kind: "ok"; readonly guid: string }
  | { readonly kind: "unix-fds"; readonly agreed: boolean }
  | { readonly kind: "close"; readonly because: string };

/** Our side towards the bus. */
export class BusAuthentication {
  readonly #uidHex: string;
  #waitingFor: "ok" | "unix-fds" | "nothing" = "ok";

  constructor(uid: number) {
    this.#uidHex = hexOf(String(uid));
  }

  opening(): string {
    return `\0AUTH EXTERNAL ${this.#uidHex}\r\n`;
  }

  negotiateUnixFds(): string {
    this.#waitingFor = "unix-fds";
    return "NEGOTIATE_UNIX_FD\r\n";
  }

  /** INVARIANT: the caller sends it only after `ok`, and nothing but messages after it. */
  begin(): string {
    return "BEGIN\r\n";
  }

  line(line: string): BusStep {
    const waitedFor = this.#waitingFor;
    this.#waitingFor = "nothing";
    if (waitedFor === "ok") {
      const guid = /^OK ([0-9a-fA-F]{32})$/.exec(line)?.[1];
      return guid === undefined ? { kind: "close", because: "the bus refuses to authenticate us" } : { kind: "ok", guid };
    }
    if (waitedFor === "unix-fds" && line === "AGREE_UNIX_FD") return { kind: "unix-fds", agreed: true };
    if (waitedFor === "unix-fds" && (line === "ERROR" || line.startsWith("ERROR "))) return { kind: "unix-fds", agreed: false };
    return { kind: "close", because: "unexpected line from the bus" };
  }
}

const REJECTED = "REJECTED EXTERNAL";
const UNEXPECTED: AppStep = { kind: "reply", text: 'ERROR "not expected now"' };

function hexOf(text: string): string {
  let hex = "";
  for (const char of text) hex += char.charCodeAt(0).toString(16).padStart(2, "0");
  return hex;
}
