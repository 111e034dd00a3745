// The two sides of one connection of an app to a sound server, of either protocol: from accept to close, whatever is said between them. It is not resumed by another
// bus process: sound programs connect again, none ends for it.
import type { Upstream } from "../connection/context.ts";
import { Endpoint } from "../connection/endpoint.ts";
import type { Workbench } from "../connection/workbench.ts";

export interface SidesContext {
  readonly bench: Workbench;
  /** A number is a negative errno. */
  connectUpstream(done: (upstream: Upstream | number) => void): void;
  warn(text: string): void;
}

/** What comes from one side. */
export interface FromSide {
  receive(): void;
  close(): void;
}

export interface Conversation {
  /** The server is there. */
  open(server: Endpoint): { readonly app: FromSide; readonly server: FromSide };
  /** Who is read from now: after each turn, and when a queue has become empty. */
  pace(server: Endpoint): void;
  /** A turn is over. */
  turned(): void;
}

const IDLE = { readable: () => {}, drained: () => {}, broken: () => {} };

export class Sides {
  readonly app: Endpoint;
  readonly #context: SidesContext;
  /** For the log. */
  readonly #protocol: string;
  readonly #closed: () => void;
  #server: Endpoint | undefined;
  #lanes: readonly FromSide[] = [];
  #released: () => void = () => {};
  #over = false;

  constructor(context: SidesContext, appFd: number, protocol: string, closed: () => void) {
    this.#context = context;
    this.#protocol = protocol;
    this.#closed = closed;
    this.app = new Endpoint(context.bench.addon, appFd, IDLE);
  }

  get server(): Endpoint | undefined {
    return this.#server;
  }

  connect(conversation: Conversation): void {
    this.#context.connectUpstream((upstream) => this.#connected(upstream, conversation));
  }

  /** Ends both sides at once. */
  close(): void {
    this.app.close();
    this.#server?.close();
    this.#end();
  }

  /** One side ended by itself: what the other one still has to get, it gets. */
  ended(side: "app" | "server"): void {
    const [gone, other] = side === "app" ? [this.app, this.#server] : [this.#server, this.app];
    gone?.close();
    other?.finish();
    this.#end();
  }

  fail(because: string): void {
    if (this.#over) return;
    this.#context.warn(`${this.#protocol}: ${because}`);
    this.app.finish();
    this.#server?.finish();
    this.#end();
  }

  #connected(upstream: Upstream | number, conversation: Conversation): void {
    const { addon } = this.#context.bench;
    if (typeof upstream === "number") {
      this.fail(`no connection to the server (${-upstream})`);
      return;
    }
    if (this.#over) {
      addon.close(upstream.fd);
      upstream.released();
      return;
    }
    this.#released = () => upstream.released();
    const server = new Endpoint(addon, upstream.fd, IDLE);
    this.#server = server;
    const lanes = conversation.open(server);
    this.#lanes = [lanes.app, lanes.server];
    const pace = (): void => {
      if (!this.#over) conversation.pace(server);
    };
    const turn = (lane: FromSide): void => {
      lane.receive();
      conversation.turned();
      pace();
    };
    const broken = (fault?: unknown): void => {
      if (fault !== undefined) this.#context.warn(`a fault of ours: ${(fault as Error).stack}`);
      this.close();
    };
    this.app.handle({ readable: () => turn(lanes.app), drained: pace, broken });
    server.handle({ readable: () => turn(lanes.server), drained: pace, broken });
    pace();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const lane of this.#lanes) lane.close();
    this.#released();
    this.#closed();
  }
}
