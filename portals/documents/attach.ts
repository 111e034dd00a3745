// Makes a folder of the host visible in a running sandbox, by the program that may enter it (native/attach.c).
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { PortalError } from "../core/portal-error.ts";
import { atOnce } from "../outside/at-once.ts";
import type { Identity } from "./held-folder.ts";

export const DOCUMENT_ROOT = "/run/flatpak/doc";
const LIMIT_MILLISECONDS = 10_000;

/** A running sandbox. */
export interface AttachTarget {
  readonly id: string;
  readonly origin: Pick<PortalInstance["origin"], "environment" | "tsbox">;
}

/** `from` is a folder, without a link on the way. INVARIANT: shown is the very folder of that device and inode, or nothing. */
export function attach(instance: PortalInstance, ...[from, identity, to, access]: Shown): Promise<void> {
  return atOnce(instance, () => attachNow(instance, from, identity, to, access));
}

/** The same for what the user begins: no app decides how often. */
export function attachNow(instance: AttachTarget, ...[from, { dev, ino }, to, access]: Shown): Promise<void> {
  return runNow(instance, [from, String(dev), String(ino), to, access]);
}

type Shown = readonly [from: string, identity: Identity, to: string, access: "ro" | "rw"];

export function detach(instance: PortalInstance, to: string): Promise<void> {
  return atOnce(instance, () => runNow(instance, ["--detach", to]));
}

function runNow(instance: AttachTarget, words: readonly string[]): Promise<void> {
  const { pid, mounts } = initOf(instance);
  return new Promise((resolve, reject) => {
    const child = spawn(instance.origin.tsbox, [String(pid), String(mounts), ...words], {
      argv0: "tsbox-attach",
      env: {},
      stdio: ["ignore", "ignore", "pipe"],
      timeout: LIMIT_MILLISECONDS,
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.once("error", reject);
    child.once("close", (status) => (status === 0 ? resolve() : reject(new PortalError("Failed", `the document cannot be shown: ${said.trim()}`))));
  });
}

/** Whether a sandbox of that number stands, of the same user and session. */
export function isRunning({ origin }: PortalInstance, id: string): boolean {
  return existsSync(`${origin.environment["XDG_RUNTIME_DIR"] ?? ""}/.flatpak/${id}/bwrapinfo.json`);
}

/** What was written down of the instance when its sandbox stood: the app's pid 1, and its namespaces by number. */
export function sandboxRecord({ id, origin }: AttachTarget): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(`${origin.environment["XDG_RUNTIME_DIR"] ?? ""}/.flatpak/${id}/bwrapinfo.json`, "utf8")) as Readonly<Record<string, unknown>>;
}

/** The app's pid 1 and the number of its mount namespace, from our own record of the instance. */
function initOf(instance: AttachTarget): { readonly pid: number; readonly mounts: number } {
  const record = sandboxRecord(instance);
  const [pid, mounts] = [record["child-pid"], record["mnt-namespace"]];
  if (typeof pid !== "number" || typeof mounts !== "number" || pid < 2) throw new PortalError("Failed", "the sandbox is gone");
  return { pid, mounts };
}
