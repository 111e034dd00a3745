// Programs that portals start outside, as the user who started the app: arguments as an array, an environment from our list, output bounded.
import { spawn } from "node:child_process";
import type { PortalInstance } from "../core/instance.ts";
import { atOnce } from "./at-once.ts";

export interface ProgramResult {
  /** Null where it could not be started, or was ended. */
  readonly status: number | null;
  readonly output: string;
}

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cancelled?: AbortSignal;
  /** 0: for ever. */
  readonly limit?: number;
}

const MAX_OUTPUT_CHARS = 1024 * 1024;
const LIMIT_MILLISECONDS = 30_000;

function busAddressOf(socket: string): string {
  return socket.startsWith("@") ? `unix:abstract=${socket.slice(1)}` : `unix:path=${socket}`;
}

/** What programs outside are given: the user's own, and no word of the app's. GTK_USE_PORTAL: a dialog of ours must not ask a portal in turn. */
export function outsideEnvironment({ origin }: PortalInstance): Record<string, string> {
  return {
    ...origin.environment,
    DBUS_SESSION_BUS_ADDRESS: busAddressOf(origin.sessionBus),
    GTK_USE_PORTAL: "0",
    NO_AT_BRIDGE: origin.environment["NO_AT_BRIDGE"] ?? "0",
  };
}

/** What has a limit waits for its turn; dialogs, which have none, have turns of their own. */
export function runOutside(instance: PortalInstance, argv: readonly [string, ...string[]], options: ProgramOptions = {}): Promise<ProgramResult> {
  return options.limit === 0 ? runNow(instance, argv, options) : atOnce(instance, () => runNow(instance, argv, options));
}

function runNow(instance: PortalInstance, argv: readonly [string, ...string[]], options: ProgramOptions): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const [program, ...words] = argv;
    const environment = { ...outsideEnvironment(instance), ...options.environment };
    const home = instance.origin.environment["HOME"];
    const child = spawn(program, words, {
      env: environment,
      cwd: home === undefined || home === "" ? "/" : home,
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    let output = "";
    const limit = options.limit ?? LIMIT_MILLISECONDS;
    const end = (): void => void child.kill("SIGTERM");
    const timer = limit === 0 ? undefined : setTimeout(end, limit);
    const finish = (status: number | null): void => {
      clearTimeout(timer);
      options.cancelled?.removeEventListener("abort", end);
      resolve({ status, output });
    };
    if (options.cancelled?.aborted === true) end();
    options.cancelled?.addEventListener("abort", end);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output.length < MAX_OUTPUT_CHARS) output += text;
    });
    child.once("error", () => finish(null));
    child.once("close", (status) => finish(status));
  });
}

/** Starts a program that lives on by itself. */
export function startOutside(instance: PortalInstance, [program, ...words]: readonly [string, ...string[]], more: Readonly<Record<string, string>>): void {
  const child = spawn(program, words, { env: { ...outsideEnvironment(instance), ...more }, cwd: "/", stdio: "ignore", detached: true });
  child.once("error", (error) => instance.note("not started", { program, detail: error.message }));
  child.unref();
}

/** The program's path in the user's PATH, or undefined. */
export function findProgram(instance: PortalInstance, name: string, isThere: (path: string) => boolean): string | undefined {
  const folders = (instance.origin.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(":").filter((folder) => folder.startsWith("/"));
  return folders.map((folder) => `${folder}/${name}`).find(isThere);
}
