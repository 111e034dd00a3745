// The broker's own client of the host's session bus, in a worker with a heap limit: dbus-next believes the lengths that it reads.
// Loaded when there is something to say. No byte from an app reaches it but as text of a notification.
import { Worker } from "node:worker_threads";

export interface Notification {
  readonly title: string;
  /** Plain text: markup in it is shown as it is. */
  readonly body: string;
  readonly icon: string;
}

export interface HostBusCall {
  /** `unix:path=…` or `unix:abstract=…`, as the request's environment has it. */
  readonly busAddress: string;
  readonly notification: Notification;
}

const HEAP_MEGABYTES = 32;
const PATIENCE_MILLISECONDS = 5_000;

/** Resolves with true where a notification service took it. Never rejects: there is nobody left to tell. */
export function notifyUser(workerFile: string, call: HostBusCall): Promise<boolean> {
  return new Promise((resolve) => {
    const worker = new Worker(workerFile, {
      workerData: call,
      env: {},
      execArgv: [],
      stdin: false,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES, maxYoungGenerationSizeMb: 8, stackSizeMb: 2 },
    });
    const finish = (taken: boolean): void => {
      clearTimeout(patience);
      void worker.terminate();
      resolve(taken);
    };
    const patience = setTimeout(() => finish(false), PATIENCE_MILLISECONDS);
    worker.once("message", (taken) => finish(taken === true));
    worker.once("error", () => finish(false));
    worker.once("exit", () => finish(false));
  });
}

/** The session bus of a request's environment as dbus-next can reach it without native parts; null where there is none or its name is odd. */
export function plainBusAddress(address: string | undefined): string | null {
  for (const one of (address ?? "").split(";")) {
    const match = /^unix:(path|abstract)=([^,;:=]+)(?:,.*)?$/.exec(one);
    if (match === null) continue;
    const [, kind, escaped = ""] = match;
    const path = decodeBusEscapes(escaped);
    if (/[,;:=]/.test(path)) continue;
    // dbus-next opens `socket=` with node:net, which takes abstract names with a NUL in front.
    return kind === "path" ? `unix:socket=${path}` : `unix:socket=\0${path}`;
  }
  return null;
}

function decodeBusEscapes(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
