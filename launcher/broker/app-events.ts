// What the broker tells the event log: of which app, and in whose state folder.
import type { BusReport } from "../../dbus-proxy/control.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { EventLog } from "../events/event-log.ts";
import type { Problem } from "../manifest/origin.ts";
import { messagesFor } from "../messages/messages.ts";
import { renderProblems } from "../messages/render.ts";

export interface AppEvents {
  started(instance: string, app: string, request: FrontRequest): void;
  ended(instance: string, app: string): void;
  verdict(report: Extract<BusReport, { type: "verdict" }>): void;
  startFailed(request: FrontRequest, problems: readonly Problem[]): void;
  /** Writes what is still to be written. */
  flush(): void;
}

/** `home`: whose state counts for instances of a broker before this one. */
export function createAppEvents(log: EventLog, home: string): AppEvents {
  const states = new Map<string, string>();
  const stateOf = (instance: string): string => states.get(instance) ?? `${home}/.local/state/tsbox`;
  return {
    started(instance, app, request) {
      states.set(instance, stateFolder(request, home));
      log.note(stateOf(instance), { event: "started", app, instance });
    },
    ended(instance, app) {
      log.note(stateOf(instance), { event: "ended", app, instance });
      states.delete(instance);
    },
    verdict({ instance, appId, bus, verdict, message, because, count }) {
      log.note(stateOf(instance), { event: "verdict", app: appId, instance, bus, verdict, message, because, count });
    },
    startFailed(request, problems) {
      const app = request.argv.find((word, index) => index > 0 && !word.startsWith("-"));
      // A line without an app is no start of anything.
      if (app === undefined) return;
      log.note(stateFolder(request, home), { event: "start-failed", app, text: renderProblems(problems, messagesFor(request.environment)) });
    },
    flush: () => log.flush(),
  };
}

/** A relative path in the variable does not count (XDG Base Directory Specification). */
function stateFolder({ environment }: FrontRequest, home: string): string {
  const named = environment.get("XDG_STATE_HOME") ?? "";
  return `${named.startsWith("/") ? named : `${environment.get("HOME") || home}/.local/state`}/tsbox`;
}
