// [X-Tsbox Display] x11=nested: an X server of the app's own (Xephyr in a window of an X desktop, Xwayland in one of a Wayland desktop), whose only socket is
// inside. Nothing of the host's server is reached; text of its clipboard only by `clipboard=`, through a carrier. Where there is no such server the app has no X11, never the host's.
import type { HostFacts } from "../../host/facts.ts";
import type { RunInputs } from "../../plan/inputs.ts";
import { becauseOf, hasWayland, problemAt, walkFacts } from "../granted.ts";
import type { Contribution } from "../kind.ts";
import type { NamedPermission } from "../permissions.ts";

const XEPHYR = "/usr/bin/Xephyr";
const XWAYLAND = "/usr/bin/Xwayland";

export const OWN_SERVER_QUERIES: readonly string[] = [XEPHYR, XWAYLAND];

export function ownServer(permission: NamedPermission, inside: number, hasHostServer: boolean, inputs: RunInputs, facts: HostFacts): Contribution {
  const isThere = (path: string): boolean => walkFacts(path, facts).end?.type === "file";
  const program = hasHostServer && isThere(XEPHYR) ? XEPHYR : hasWayland(inputs, facts) && isThere(XWAYLAND) ? XWAYLAND : null;
  if (program === null) {
    const setting = inputs.permissions.settings.get("x11");
    return { problems: [problemAt(setting?.origin ?? permission.origin, "error", "plan.x11-no-own-server", { programs: `${XEPHYR}\`, \`${XWAYLAND}` })] };
  }
  const clipboard = inputs.permissions.settings.get("clipboard");
  // The carrier speaks to the user's X server; on a desktop without one it has nobody to ask.
  const carries = program === XEPHYR;
  const because = becauseOf(inputs.permissions.settings.get("x11") ?? permission, "an X server of the app's own, in a window of its own");
  return {
    // Its folder is the sandbox's own also where /tmp is granted.
    operations: [
      { kind: "tmpfs", to: "/tmp/.X11-unix", mode: 0o1777, sizeBytes: null, because },
      { kind: "x11-server", program, to: `/tmp/.X11-unix/X${inside}`, because },
      ...(carries && clipboard !== undefined && clipboard.word !== "none"
        ? [
            {
              kind: "x11-clipboard" as const,
              ways: clipboard.word === "both" ? ("both" as const) : ("in" as const),
              to: `/tmp/.X11-unix/X${inside}`,
              because: becauseOf(clipboard, "text of the clipboard, by a carrier of tsbox's"),
            },
          ]
        : []),
    ],
    notices: carries || clipboard === undefined || clipboard.word === "none" ? [] : [problemAt(clipboard.origin, "notice", "plan.clipboard-not-carried", {})],
    environment: new Map([["DISPLAY", { value: `:${inside}`, because }]]),
  };
}
