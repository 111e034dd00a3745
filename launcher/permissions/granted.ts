// Whether a named permission holds on this host: granted outright, or by one of its conditions. Pure.
import type { HostFacts } from "../host/facts.ts";
import { type Walk, walkPath } from "../host/walk.ts";
import type { Problem } from "../manifest/origin.ts";
import type { RunInputs } from "../plan/inputs.ts";
import type { Because } from "../plan/plan.ts";
import type { NamedPermission } from "./permissions.ts";

/** Whether it may hold: then its facts are asked for. */
export function isWanted(permission: NamedPermission | undefined): permission is NamedPermission {
  return permission !== undefined && (permission.allowed || permission.conditions.length > 0);
}

/** `conditions`: Flatpak ors them; one that is unknown holds in neither form. */
export function isGranted(permission: NamedPermission | undefined, inputs: RunInputs, facts: HostFacts): permission is NamedPermission {
  if (permission === undefined) return false;
  return permission.allowed || permission.conditions.some((condition) => conditionHolds(condition, inputs, facts));
}

function conditionHolds(condition: string, inputs: RunInputs, facts: HostFacts): boolean {
  const negated = condition.startsWith("!");
  switch (negated ? condition.slice(1) : condition) {
    case "true":
    case "has-input-device":
    case "has-usb-device":
      return !negated;
    case "has-wayland":
      return hasWayland(inputs, facts) !== negated;
    case "false":
    case "has-usb-portal":
      return negated;
    default:
      return false;
  }
}

/** The host's Wayland socket as libwayland finds it: `WAYLAND_DISPLAY`, a name in the runtime directory or an absolute path, else `wayland-0`. */
export function waylandSocketPath(inputs: RunInputs): string {
  const name = inputs.request.environment.get("WAYLAND_DISPLAY") ?? "";
  if (name.startsWith("/")) return name;
  return `${inputs.caller.runtimeDirectory}/${name === "" || name.includes("/") ? "wayland-0" : name}`;
}

/** A socket that a compositor left behind is none. */
export function hasWayland(inputs: RunInputs, facts: HostFacts): boolean {
  return walkFacts(waylandSocketPath(inputs), facts).end?.type === "socket" && facts.compositor !== "dead";
}

/** The walk over what was probed. A path that nobody asked for is a mistake in this program, not of the user. */
export function walkFacts(path: string, facts: HostFacts): Walk {
  const known = facts.walks.get(path);
  if (known !== undefined) return known;
  return walkPath(path, (step) => {
    const fact = facts.paths.get(step);
    if (fact === undefined) throw new Error(`the host was never asked about ${step} (on the way of ${path})`);
    return fact;
  });
}

export function becauseOf(permission: { readonly origin: Because["origin"] }, reason: string): Because {
  return { reason, origin: permission.origin };
}

export function problemAt(origin: Because["origin"], severity: Problem["severity"], key: string, values: Problem["values"]): Problem {
  return { key, file: origin?.file ?? "", line: origin?.line ?? 0, column: origin?.column ?? 0, values: { text: origin?.text ?? "", ...values }, severity };
}
