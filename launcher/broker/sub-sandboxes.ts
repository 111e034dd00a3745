// Sandboxes that an app starts for parts of itself: each is a run like any other, by a front of its own, of the app's own request; a ticket in that front's
// environment brings the limits. What the broker finally plans is compared with what the app has.
import { spawn, type SpawnOptions } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { PortalOrigin, SubSandbox, SubSandboxWish } from "../../portals/door.ts";
import { type Plan, rightsOf, type SandboxRights, type SubSandboxLimits } from "../plan/door.ts";

/** The ticket's variable; never passed on to an app. */
export const TICKET_VARIABLE = "TSBOX_SUB_SANDBOX";
/** Of variables that `readCaller` and the permission kinds read, and those that apps are passed. */
const READ =
  /^(?:HOME|PATH|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XAUTHLOCALHOSTNAME|XDG_[A-Z_]+|DBUS_(?:SESSION|SYSTEM)_BUS_ADDRESS|AT_SPI_BUS_ADDRESS|PULSE_[A-Z_]+|GNUPGHOME|SSH_AUTH_SOCK|GTK_THEME|FLATPAK_[A-Z_]+|[A-Z_]*_SOCKET|[A-Z_]*_SOCK)$/;

/** What the app's own start leaves, with its connector. */
export interface PartsOrigin {
  /** `run`'s words up to the app, and the app. */
  readonly words: readonly string[];
  readonly app: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly rights: SandboxRights;
  /** Of an app that is a part itself. */
  readonly limits: SubSandboxLimits | null;
}

/** What a front with a ticket is to be given. */
export interface Part {
  readonly words: readonly string[];
  readonly limits: SubSandboxLimits;
  readonly rights: SandboxRights;
  started(): void;
}

export interface SubSandboxes {
  start(origin: PortalOrigin, wish: SubSandboxWish): SubSandbox;
  /** A ticket is good for once. */
  take(ticket: string): Part | undefined;
}

export function createSubSandboxes(): SubSandboxes {
  const tickets = new Map<string, Part>();
  return {
    start(origin, wish) {
      const parts = origin.parts as PartsOrigin | undefined;
      if (parts === undefined) throw new Error("the app was started by an earlier version");
      const ticket = randomBytes(16).toString("hex");
      const limits = joinLimits(parts.limits, limitsOf(wish));
      tickets.set(ticket, { words: parts.words, limits, rights: parts.rights, started: wish.started });
      const options: SpawnOptions = {
        // The folder of the app's own start may be gone; the part is told its own.
        cwd: existsSync(parts.directory) ? parts.directory : "/",
        env: { ...parts.environment, [TICKET_VARIABLE]: ticket },
        stdio: stdioOf(wish.descriptors),
        detached: true,
      };
      const child = spawn(origin.tsbox, wordsOf(parts, wish), options);
      let over = false;
      const end = (status: number): void => {
        tickets.delete(ticket);
        if (!over) wish.ended(status);
        over = true;
      };
      // Nothing was started: as a shell has it.
      child.once("error", () => end(127 << 8));
      child.once("exit", (code, signal) => end(signal === null ? (code ?? 0) << 8 : constants.signals[signal]));
      return { signal: (number) => void (child.exitCode === null && child.kill(number)) };
    },
    take(ticket) {
      const part = tickets.get(ticket);
      tickets.delete(ticket);
      return part;
    },
  };
}

function wordsOf({ app }: PartsOrigin, { command, directory, descriptors }: SubSandboxWish): readonly string[] {
  const [program, ...words] = command;
  const kept = [...descriptors.keys()].filter((number) => number > 2).map((number) => `--fd=${number}`);
  return ["run", `--command=${program}`, ...(directory === "" ? [] : [`--cwd=${directory}`]), ...kept, app, ...words];
}

function stdioOf(descriptors: ReadonlyMap<number, number>): ("ignore" | number)[] {
  return Array.from({ length: Math.max(2, ...descriptors.keys()) + 1 }, (_, number) => descriptors.get(number) ?? "ignore");
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
  return { noNetwork, closed: shares, clearEnvironment, environment, places };
}

/** What is taken away stays away in the parts of a part. */
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
    environment: [...outer.environment, ...inner.environment],
    // Of a closed part only what it gives on itself.
    places: other === null ? [...outer.places, ...inner.places] : inner.places,
  };
}

/** What a start leaves for its parts. `appAt`: index of the app in the request's words; `part`: it is one itself. */
export function partsOrigin(plan: Plan, request: FrontRequest, appAt: number, part: Part | undefined): PartsOrigin {
  const environment: Record<string, string> = {};
  for (const [name, value] of request.environment) if (READ.test(name) || plan.environment.pass.has(name)) environment[name] = value;
  return {
    words: part?.words ?? request.argv.slice(1, appAt),
    app: request.argv[appAt] ?? plan.appId,
    directory: request.cwd,
    environment: { ...environment, XDG_RUNTIME_DIR: request.runtimeDirectory },
    rights: rightsOf(plan),
    limits: part?.limits ?? null,
  };
}
