// Accepts fronts on the listening socket: checks who they are, and counts those being served.
import { type Addon, READABLE, type Watcher } from "../../native/addon.ts";

export interface ServerHandlers {
  /** Owns `fd`. `done` must be called once the connection is over. */
  serve(fd: number, done: () => void): void;
  /** Why a peer was turned away, for the log. */
  refused(reason: string): void;
  /** Undefined: the peer may speak. */
  whyRefused(fd: number): string | undefined;
  now(): number;
}

export interface Server {
  readonly connections: number;
  /** Milliseconds since the last connection came or went. */
  quietFor(now: number): number;
  /** Accepts what waits in the backlog now; answers how many. */
  drainBacklog(): number;
  /** Stops listening; connections go on. */
  close(): void;
}

/** Takes `listener`, a non-blocking listening socket, over. */
export function serve(addon: Addon, listener: number, handlers: ServerHandlers): Server {
  let connections = 0;
  let changed = handlers.now();
  let closed = false;
  const drainBacklog = (): number => {
    let accepted = 0;
    for (let fd = addon.accept(listener); fd !== -1; fd = addon.accept(listener)) {
      accepted++;
      const reason = handlers.whyRefused(fd);
      if (reason !== undefined) {
        addon.close(fd);
        handlers.refused(reason);
        continue;
      }
      connections++;
      changed = handlers.now();
      let over = false;
      handlers.serve(fd, () => {
        if (over) return;
        over = true;
        connections--;
        changed = handlers.now();
      });
    }
    return accepted;
  };
  const watcher: Watcher = addon.watch(listener, READABLE, () => {
    if (!closed) drainBacklog();
  });
  return {
    get connections() {
      return connections;
    },
    quietFor: (now) => now - changed,
    drainBacklog: () => (closed ? 0 : drainBacklog()),
    close() {
      if (closed) return;
      closed = true;
      watcher.close();
      addon.close(listener);
    },
  };
}
