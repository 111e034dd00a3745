// From a plan to the words that the front obeys (native/plan-language.ts). Adds what only the opened instance knows. Pure.
import type { EncodedPlan } from "../../native/plan-language.ts";
import { INSTANCE_MARK } from "./identity.ts";
import { givenRights, rightsMask } from "./landlock-rights.ts";
import type { Operation, Plan, SourceIdentity } from "./plan.ts";

/** Where the installed binary lies inside, to be executed as pid 1. */
const INIT_INSIDE = "/run/tsbox/init";

/** What the broker knows once the instance is open. */
export interface OpenedInstance {
  /** Decimal number of the instance. */
  readonly id: string;
  /** Host directory `$XDG_RUNTIME_DIR/.flatpak/N`. */
  readonly directory: string;
}

/** The identity with the instance's number in its place: what `/.flatpak-info` and the instance's `info` hold. */
export function identityOf(plan: Plan, instance: Pick<OpenedInstance, "id">): string {
  return plan.identity.replaceAll(INSTANCE_MARK, instance.id);
}

/** `strangerCookie`: the cookie file of an operation `x11-stranger`, made for this start. */
export function encodeRun(plan: Plan, instance: OpenedInstance, strangerCookie: Uint8Array = new Uint8Array()): EncodedPlan {
  const blobs: Uint8Array[] = [];
  const blob = (bytes: Uint8Array): string => `%${blobs.push(bytes) - 1}`;
  const words: string[] = [...settingWords(plan, instance, blob)];
  for (const [index, operation] of plan.operations.entries()) words.push("--op", String(index), ...operationWords(operation, plan.appId, blob, strangerCookie));
  words.push("--op", String(plan.operations.length), ...closingWords(plan, instance, blob));
  words.push("--", ...plan.command);
  return { arguments: words, blobs };
}

function settingWords(plan: Plan, instance: OpenedInstance, blob: (bytes: Uint8Array) => string): readonly string[] {
  const identity = blob(Buffer.from(identityOf(plan, instance), "utf8"));
  return [
    "--unshare-user",
    "--unshare-pid",
    "--unshare-uts",
    "--unshare-cgroup",
    ...(plan.nested === "none" ? ["--disable-userns"] : []),
    // A file without a name cannot be bound again, and programs that bring bubblewrap bind single files of /etc.
    ...(plan.nested === "full" ? ["--name-data"] : []),
    ...(plan.namespaces.network ? ["--unshare-net"] : ["--share-net"]),
    ...(plan.namespaces.ipc ? ["--unshare-ipc"] : ["--share-ipc"]),
    ...(plan.hostname === null ? [] : ["--hostname", plan.hostname]),
    "--instance-dir",
    instance.directory,
    ...(plan.buses.length === 0 ? [] : ["--connector", identity]),
    ...plan.buses.flatMap(({ name, address, source }) => [...(source === null ? [] : sourceWords(source)), "--connector-bus", name, address]),
    ...[...plan.environment.pass.keys()].flatMap((name) => ["--pass-env", name]),
    ...[...plan.environment.set].flatMap(([name, { value }]) => ["--setenv", name, value]),
    "--chdir",
    plan.workingDirectory,
    "--seccomp",
    blob(plan.filter),
    ...plan.scopes.flatMap((scope) => ["--scope", scope]),
    ...landlockWords(plan),
    ...plan.keepDescriptors.flatMap((descriptor) => ["--keep-fd", String(descriptor)]),
    ...plan.locks.flatMap((path) => ["--lock-file", path]),
    ...(plan.callerArgumentsFrom === null ? [] : ["--caller-args", String(plan.callerArgumentsFrom)]),
  ];
}

function landlockWords({ landlock: { handled, rules } }: Plan): readonly string[] {
  if (handled.length === 0) return [];
  const words = rules.flatMap(({ path, access, folder }) => ["--landlock-path", String(rightsMask(givenRights(handled, access, folder))), path]);
  return ["--landlock", String(rightsMask(handled)), ...words];
}

/** Twice, as Flatpak does: a real file, which is read through /proc/PID/root even while mounts are being torn down, and the same read-only on top of it. */
function closingWords(plan: Plan, instance: OpenedInstance, blob: (bytes: Uint8Array) => string): readonly string[] {
  const identity = Buffer.from(identityOf(plan, instance), "utf8");
  return [
    "--perms",
    "0600",
    "--file",
    blob(identity),
    "/.flatpak-info",
    "--perms",
    "0600",
    "--ro-bind-data",
    blob(identity),
    "/.flatpak-info",
    "--init",
    INIT_INSIDE,
  ];
}

const TYPE_LETTERS: Readonly<Record<SourceIdentity["type"], string>> = { directory: "d", file: "f", symlink: "l", character: "c", block: "b", socket: "s" };
const BIND_WORDS = { ro: "--ro-bind", rw: "--bind", dev: "--dev-bind" } as const;

function operationWords(operation: Operation, appId: string, blob: (bytes: Uint8Array) => string, strangerCookie: Uint8Array): readonly string[] {
  switch (operation.kind) {
    case "bind":
      return [...sourceWords(operation.source), BIND_WORDS[operation.access], operation.from, operation.to];
    case "link-bind":
      return [...sourceWords(operation.source), "--link-bind", operation.from, operation.to];
    case "layer":
      return [...sourceWords(operation.source), "--layer", operation.from, operation.upper, operation.work];
    case "layered-bind":
      return [...sourceWords(operation.source), "--layered-bind", operation.from, operation.to];
    case "directory":
      return ["--perms", octal(operation.mode), "--dir", operation.to];
    case "tmpfs":
      return ["--perms", octal(operation.mode), ...(operation.sizeBytes === null ? [] : ["--size", String(operation.sizeBytes)]), "--tmpfs", operation.to];
    case "symlink":
      return ["--symlink", operation.target, operation.to];
    case "data":
      return ["--perms", octal(operation.mode), operation.as === "file" ? "--file" : "--ro-bind-data", blob(operation.bytes), operation.to];
    case "x11-server":
      return ["--x11-server", operation.program, appId, operation.to];
    case "x11-clipboard":
      return ["--x11-clipboard", operation.ways, operation.to];
    case "x11-stranger":
      return ["--perms", "0600", "--ro-bind-data", blob(strangerCookie), operation.to];
    case "wayland-context":
      return ["--wayland-context", operation.compositor, appId, operation.to];
    case "listen":
      return ["--listen", operation.name, operation.to];
    case "proc":
      return [operation.whole ? "--whole-proc" : "--proc", operation.to];
    case "sysfs":
    case "dev":
    case "mqueue":
    case "remount-ro":
      return [`--${operation.kind}`, operation.to];
  }
}

function sourceWords(source: SourceIdentity): readonly string[] {
  return ["--source", TYPE_LETTERS[source.type], String(source.dev), String(source.ino)];
}

export function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
