// Sandboxes that an app starts for parts of itself: each is a run like any other, by a front of its own, of the app's own request; a ticket in that front's
// environment brings the limits. What the broker finally plans is compared with what the app has.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { PartOwner, RefusedPart, SubSandbox, SubSandboxWish } from "../../portals/door.ts";
import { type Plan, rightsOf, type SandboxRights, type SubSandboxLimits } from "../plan/door.ts";
import { limitsFor } from "./part-limits.ts";

/** The ticket's variable; never passed on to an app. */
export const TICKET_VARIABLE = "TSBOX_SUB_SANDBOX";
/** Of variables that `readCaller` and the permission kinds read, and those that apps are passed. */
const READ =
  /^(?:HOME|PATH|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XAUTHLOCALHOSTNAME|XDG_[A-Z_]+|DBUS_(?:SESSION|SYSTEM)_BUS_ADDRESS|AT_SPI_BUS_ADDRESS|PULSE_[A-Z_]+|PIPEWIRE_(?:REMOTE|RUNTIME_DIR)|GNUPGHOME|SSH_AUTH_SOCK|GTK_THEME|FLATPAK_[A-Z_]+|[A-Z_]*_SOCKET|[A-Z_]*_SOCK)$/;

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
  /** Whether its app was ended meanwhile: then it must not come to be. */
  isCancelled(): boolean;
  started(): void;
}

export interface SubSandboxes {
  start(owner: PartOwner, wish: SubSandboxWish): SubSandbox | RefusedPart;
  /** A ticket is good for once. */
  take(ticket: string): Part | undefined;
  /** Those under way do not come to be, and until the answer is called no other starts. `name`: of an app, or of an instance. */
  hold(name: string): () => void;
}

interface Started {
  readonly owner: PartOwner;
  readonly ticket: string;
  isCancelled: boolean;
}

/** Also over all sandboxes of an app: each part may have as many parts as the app itself. */
const MOST_OF_APP = 256;

/** `lives`: whether an instance runs. What it asked for before it was ended is not done after. */
export function createSubSandboxes(lives: (instance: string) => boolean): SubSandboxes {
  const tickets = new Map<string, Part>();
  const all = new Set<Started>();
  const held: string[] = [];
  const isOf = ({ id, appId }: PartOwner, name: string): boolean => name === id || name === appId;

  const whyNot = (owner: PartOwner): string | undefined => {
    if (held.some((name) => isOf(owner, name)) || !lives(owner.id)) return "the app is being ended";
    const count = [...all].filter((one) => one.owner.appId === owner.appId).length;
    return count < MOST_OF_APP ? undefined : `an app may have at most ${MOST_OF_APP} parts`;
  };

  return {
    start(owner, wish) {
      const parts = owner.origin.parts as PartsOrigin | undefined;
      if (parts === undefined) throw new Error("the app was started by an earlier version");
      const refused = whyNot(owner);
      if (refused !== undefined) return { refused };
      const limits = limitsFor(parts.limits, wish);
      if ("refused" in limits) return limits;
      const ticket = randomBytes(16).toString("hex");
      const started: Started = { owner, ticket, isCancelled: false };
      let child: ChildProcess;
      try {
        child = spawn(owner.origin.tsbox, wordsOf(parts, wish), {
          // The folder of the app's own start may be gone; the part is told its own.
          cwd: existsSync(parts.directory) ? parts.directory : "/",
          env: { ...parts.environment, [TICKET_VARIABLE]: ticket },
          stdio: stdioOf(wish.descriptors),
          detached: true,
        });
      } catch (error) {
        // Too much to hand over to a program: some failures of a start come so, and others as an event.
        return { refused: `no part can be started: ${(error as NodeJS.ErrnoException).code ?? "unknown"}` };
      }
      all.add(started);
      tickets.set(ticket, {
        words: parts.words,
        limits,
        rights: parts.rights,
        isCancelled: () => started.isCancelled,
        started: () => wish.started(),
      });
      let over = false;
      const end = (status: number): void => {
        tickets.delete(ticket);
        all.delete(started);
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
    hold(name) {
      held.push(name);
      for (const one of all) {
        if (!isOf(one.owner, name)) continue;
        one.isCancelled = true;
        tickets.delete(one.ticket);
      }
      return () => void held.splice(held.indexOf(name), 1);
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
