// Whether the buses that a plan promises answer at all: an app that meets a dead one would fail in its own words, long after.
import { isSound } from "../../dbus-proxy/control.ts";
import type { Addon, SystemError } from "../../native/addon.ts";
import type { Problem } from "../manifest/origin.ts";
import type { Plan } from "../plan/door.ts";
import { runProblem } from "./broker.ts";
import { systemText } from "./system-text.ts";

/** Connects to each bus and hangs up again; the first that refuses is the problem. */
export function whyBusUnreachable(addon: Addon, plan: Plan): Problem | undefined {
  for (const { name, address } of plan.buses) {
    // Assistive technology or a sound server that has just ended is no reason not to start: programs go on without.
    // The session bus has been asked more than that (hand-over.ts).
    if (name === "a11y" || isSound(name) || name === "session") continue;
    try {
      addon.close(addon.connectUnix(address));
    } catch (error) {
      const code = (error as SystemError).code;
      // A full backlog is a busy bus, not a dead one.
      if (code === "EAGAIN") continue;
      return runProblem("run.bus-refused", { bus: name, address, system: systemText(code) });
    }
  }
  return undefined;
}
