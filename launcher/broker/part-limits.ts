// What a part of an app may at most have, from what the app asks for and from what it may have itself, being a part perhaps. Pure.
import type { SubSandboxWish } from "../../portals/door.ts";
import type { SubSandboxLimits } from "../plan/door.ts";

/** Of a part of a part of …: what each level brings lies with every sandbox, its connector and its bus. */
const MOST_LEVELS = 64;
const MOST_VARIABLES = 1024;
const MOST_VARIABLE_BYTES = 256 * 1024;
const MOST_PLACES = 256;

/** What is taken away stays away in the parts of a part. Or why there is to be no such part. */
export function limitsFor(outer: SubSandboxLimits | null, wish: SubSandboxWish): SubSandboxLimits | { readonly refused: string } {
  const limits = joinLimits(outer, limitsOf(wish));
  const bytes = limits.environment.reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value ?? "") + 2, 0);
  if (limits.depth > MOST_LEVELS) return { refused: `a part has parts of its own over at most ${MOST_LEVELS} levels` };
  if (limits.environment.length > MOST_VARIABLES || bytes > MOST_VARIABLE_BYTES) return { refused: "too many variables, or too long ones" };
  if (limits.places.length > MOST_PLACES) return { refused: `a part is given at most ${MOST_PLACES} places` };
  return limits;
}

function limitsOf({ noNetwork, closed, clearEnvironment, environment, places }: SubSandboxWish): SubSandboxLimits {
  const shares =
    closed === null
      ? null
      : {
          display: closed.has("display"),
          sound: closed.has("sound"),
          graphics: closed.has("graphics"),
          sessionBus: closed.has("session-bus"),
          accessibilityBus: closed.has("accessibility-bus"),
        };
  return { noNetwork, closed: shares, clearEnvironment, environment: folded(environment), places, depth: 1 };
}

function joinLimits(outer: SubSandboxLimits | null, inner: SubSandboxLimits): SubSandboxLimits {
  if (outer === null) return inner;
  const [one, other] = [outer.closed, inner.closed];
  const both = (name: keyof NonNullable<typeof one>): boolean => one?.[name] !== false && other?.[name] !== false;
  const closed =
    one === null && other === null
      ? null
      : {
          display: both("display"),
          sound: both("sound"),
          graphics: both("graphics"),
          sessionBus: both("sessionBus"),
          accessibilityBus: both("accessibilityBus"),
        };
  return {
    noNetwork: outer.noNetwork || inner.noNetwork,
    closed,
    clearEnvironment: outer.clearEnvironment || inner.clearEnvironment,
    environment: folded([...outer.environment, ...inner.environment]),
    // Of a closed part only what it gives on itself.
    places: other === null ? [...outer.places, ...inner.places] : inner.places,
    depth: outer.depth + 1,
  };
}

/** What is said last of a variable holds. */
function folded(environment: SubSandboxLimits["environment"]): SubSandboxLimits["environment"] {
  return [...new Map(environment)];
}
