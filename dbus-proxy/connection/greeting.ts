// The phase before messages: the app authenticates with us, we with the bus, and each side's bytes stay on its side.
import type { Addon } from "../../native/addon.ts";
import { AppAuthentication, BusAuthentication, LineReader } from "../authentication.ts";
import { DescriptorQueue } from "./descriptors.ts";
import type { Endpoint } from "./endpoint.ts";
import type { InFlight } from "./outgoing.ts";

export interface GreetingOutcome {
  /** The app sent BEGIN, the bus was sent BEGIN. What the app sent behind it belongs to the messages. */
  begun(unixFds: boolean, rest: Uint8Array, fds: number[]): void;
  failed(because: string): void;
}

export interface GreetingParts {
  readonly addon: Addon;
  readonly app: Endpoint;
  readonly uid: number;
  /** What all connections of the app have on their way, and how many descriptors it may be. */
  readonly inFlight: InFlight;
  readonly descriptorsInFlight: number;
}

const CHUNK_BYTES = 4096;
/** Answers that the app did not take. */
const MAX_UNREAD_BYTES = 16 * 1024;

export class Greeting {
  readonly #addon: Addon;
  readonly #outcome: GreetingOutcome;
  readonly #app: Endpoint;
  readonly #appSide: AppAuthentication;
  readonly #busSide: BusAuthentication;
  readonly #appLines = new LineReader();
  readonly #busLines = new LineReader();
  /** What the app sent and was not looked at yet; descriptors among it can only belong to messages behind BEGIN. */
  #pending = new Uint8Array(0);
  readonly #fds: DescriptorQueue;
  readonly #descriptorsInFlight: number;
  #nulSeen = false;
  #asked: "" | "ok" | "unix-fds" = "";
  #guid = "";
  #bus: Endpoint | undefined;
  #over = false;

  constructor({ addon, app, uid, inFlight, descriptorsInFlight }: GreetingParts, outcome: GreetingOutcome) {
    this.#addon = addon;
    this.#app = app;
    this.#outcome = outcome;
    this.#descriptorsInFlight = descriptorsInFlight;
    this.#fds = new DescriptorQueue(addon, inFlight);
    this.#appSide = new AppAuthentication(uid);
    this.#busSide = new BusAuthentication(uid);
    app.handle({ readable: () => this.#readApp(), drained: () => {}, broken: () => this.#fail("the app is gone while authenticating") });
    app.read(true);
  }

  /** The connection to the bus is there. */
  connected(bus: Endpoint): void {
    this.#bus = bus;
    bus.handle({ readable: () => this.#readBus(), drained: () => {}, broken: () => this.#fail("the bus is gone") });
    bus.read(true);
    this.#say(bus, this.#busSide.opening());
  }

  close(): void {
    this.#over = true;
    this.#fds.close();
  }

  #readApp(): void {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const fds: number[] = [];
    const count = this.#addon.recvmsg(this.#app.fd, chunk, 0, CHUNK_BYTES, fds);
    if (fds.length > 0) this.#fds.add(fds, 0);
    if (count === -(this.#addon.constants["EAGAIN"] as number)) return;
    if (count <= 0) {
      this.#fail("the app left while authenticating");
      return;
    }
    if (this.#fds.tooMany(this.#descriptorsInFlight)) {
      this.#fail("too many descriptors while authenticating");
      return;
    }
    const all = new Uint8Array(this.#pending.length + count);
    all.set(this.#pending, 0);
    all.set(chunk.subarray(0, count), this.#pending.length);
    this.#pending = all;
    this.#appSteps();
  }

  /** INVARIANT: no line is read while the bus' answer to the one before is open, so BEGIN cannot overtake OK. */
  #appSteps(): void {
    let at = 0;
    if (!this.#nulSeen && this.#pending.length > 0) {
      if (!this.#appSide.firstByte(this.#pending[at++] as number)) {
        this.#fail("the first byte is not NUL");
        return;
      }
      this.#nulSeen = true;
    }
    while (this.#asked === "" && !this.#over) {
      const next = this.#appLines.next(this.#pending, at, this.#pending.length);
      if (next < 0) {
        this.#fail("malformed line while authenticating");
        return;
      }
      if (next === 0) {
        at = this.#pending.length;
        break;
      }
      at = next;
      const step = this.#appSide.line(this.#appLines.line);
      if (step.kind === "close") {
        this.#fail(step.because);
        return;
      }
      if (this.#app.queuedBytes > MAX_UNREAD_BYTES) {
        this.#fail("the app does not read while authenticating");
        return;
      }
      if (step.kind === "reply") this.#say(this.#app, `${step.text}\r\n`);
      else if (step.kind === "ask") this.#ask(step.what);
      else {
        this.#begin(step.unixFds, this.#pending.slice(at));
        return;
      }
    }
    this.#pending = this.#pending.slice(at);
    // While an answer is open the app's next bytes wait in its socket, but for what was read already.
    if (!this.#over) this.#app.read(this.#asked === "");
  }

  #ask(what: "ok" | "unix-fds"): void {
    this.#asked = what;
    if (what === "ok" && this.#guid !== "") this.#answer(true);
    else if (what === "unix-fds" && this.#bus !== undefined) this.#say(this.#bus, this.#busSide.negotiateUnixFds());
  }

  #answer(agreed: boolean): void {
    this.#asked = "";
    this.#say(this.#app, `${this.#appSide.answer(agreed, this.#guid)}\r\n`);
  }

  #begin(unixFds: boolean, rest: Uint8Array): void {
    if (this.#bus === undefined) {
      this.#fail("no bus");
      return;
    }
    this.#over = true;
    this.#say(this.#bus, this.#busSide.begin());
    this.#outcome.begun(unixFds, rest, this.#fds.take(this.#fds.count) ?? []);
  }

  #readBus(): void {
    const bus = this.#bus as Endpoint;
    const chunk = new Uint8Array(CHUNK_BYTES);
    const fds: number[] = [];
    const count = this.#addon.recvmsg(bus.fd, chunk, 0, CHUNK_BYTES, fds);
    for (const fd of fds) this.#addon.close(fd);
    if (count === -(this.#addon.constants["EAGAIN"] as number)) return;
    if (count <= 0) {
      this.#fail("the bus closed the connection while authenticating");
      return;
    }
    for (let at = 0; at < count && !this.#over; ) {
      at = this.#busLines.next(chunk, at, count);
      if (at < 0) {
        this.#fail("malformed line from the bus");
        return;
      }
      if (at === 0) return;
      const step = this.#busSide.line(this.#busLines.line);
      if (step.kind === "close") {
        this.#fail(step.because);
        return;
      }
      if (step.kind === "ok") {
        this.#guid = step.guid;
        if (this.#asked === "ok") this.#answer(true);
      } else this.#answer(step.agreed);
      this.#appSteps();
    }
  }

  #say(to: Endpoint, text: string): void {
    const bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
    to.send(bytes, 0, bytes.length);
  }

  #fail(because: string): void {
    if (this.#over) return;
    this.close();
    this.#outcome.failed(because);
  }
}
