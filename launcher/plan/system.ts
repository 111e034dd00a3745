// The sandbox's own tree around the host's programs: /proc, /dev, /sys, /tmp, /var, /run. Pure.
import type { HostFacts } from "../host/facts.ts";
import { walkFacts } from "../permissions/granted.ts";
import { appFolder } from "./folders.ts";
import type { RunInputs } from "./inputs.ts";
import type { NestedLevel } from "../seccomp/door.ts";
import type { Operation } from "./plan.ts";
import { because, bindIfThere, bindOf, textFile } from "./sources.ts";

/** What Flatpak binds of the host's /sys; with a fresh one the rest is covered. */
const SYS_SHARED = ["/sys/block", "/sys/bus", "/sys/class", "/sys/dev", "/sys/devices"] as const;
const SYS_COVERED = ["/sys/firmware", "/sys/fs", "/sys/hypervisor", "/sys/kernel", "/sys/module", "/sys/power"] as const;
const OS_RELEASE = ["/etc/os-release", "/usr/lib/os-release"] as const;

export const SYSTEM_QUERIES: readonly string[] = ["/dev/ntsync", "/dev/mqueue", "/var/cache/fontconfig", ...SYS_SHARED, ...SYS_COVERED, ...OS_RELEASE];

/** `/dev` comes first, as devices lie in it. Left out where a permission brings the host's. */
export function deviceOperations(facts: HostFacts, hasHostDev: boolean): readonly Operation[] {
  if (hasHostDev) return [];
  return [{ kind: "dev", to: "/dev", because: because("null, zero, full, random, urandom, tty, terminals of its own, nothing else") }, ...bindNtsync(facts)];
}

/** Flatpak gives it to every app: it holds nothing but locks that Wine makes for itself. */
function bindNtsync(facts: HostFacts): readonly Operation[] {
  const walk = walkFacts("/dev/ntsync", facts);
  if (walk.end?.type !== "character") return [];
  return [
    {
      kind: "bind",
      from: walk.real,
      to: "/dev/ntsync",
      source: walk.end,
      access: "dev",
      because: because("locks for Windows programs, without reach outside"),
    },
  ];
}

/**
 * Message queues, where Landlock can be told to allow them: mq_open(3) walks a mount of the kernel's own, and a rule on its root needs a way to it. Of the host's
 * only where they are shared, and only where the host has them mounted.
 */
export const QUEUES = "/run/tsbox/mqueue";

export function queueOperations(facts: HostFacts, sharesIpc: boolean): readonly Operation[] {
  const reason = "message queues, for Landlock's rule on them";
  return sharesIpc ? bindIfThere("/dev/mqueue", QUEUES, ["directory"], facts, reason, "rw") : [{ kind: "mqueue", to: QUEUES, because: because(reason) }];
}

export function kernelOperations(facts: HostFacts, sharesNetwork: boolean, nested: NestedLevel): readonly Operation[] {
  const proc: Operation = { kind: "proc", to: "/proc", whole: nested === "full", because: because("the sandbox's own processes") };
  if (sharesNetwork)
    return [proc, ...SYS_SHARED.flatMap((path) => bindIfThere(path, path, ["directory"], facts, "devices, as the shared network needs the host's view"))];
  const covers = SYS_COVERED.filter((path) => facts.paths.get(path)?.type === "directory");
  return [
    proc,
    { kind: "sysfs", to: "/sys", because: because("a fresh one shows no network interface but lo") },
    ...covers.map(
      (to): Operation => ({ kind: "tmpfs", to, mode: 0o500, sizeBytes: null, because: because("tells of the kernel and of other programs' groups") }),
    ),
  ];
}

export function treeOperations(inputs: RunInputs, facts: HostFacts): readonly Operation[] {
  const { caller, manifest } = inputs;
  const directory = (to: string, mode: number, reason: string): Operation => ({ kind: "directory", to, mode, because: because(reason) });
  const symlink = (to: string, target: string, reason: string): Operation => ({ kind: "symlink", target, to, because: because(reason) });
  const osRelease = OS_RELEASE.find((path) => walkFacts(path, facts).end?.type === "file");
  const runtime = `/run/user/${caller.uid}`;
  return [
    directory("/tmp", 0o1777, "empty at each start, of this instance alone"),
    directory("/tmp/.X11-unix", 0o1777, "where X11 sockets are looked for"),
    directory("/run/flatpak", 0o755, "sockets of the sandbox"),
    { kind: "tmpfs", to: "/run/flatpak/doc", mode: 0o700, sizeBytes: 1024 * 1024, because: because("where documents appear that the user picks for the app") },
    directory("/run/user", 0o755, "runtime directories"),
    directory(runtime, 0o700, "the app's own runtime directory"),
    symlink(`${runtime}/flatpak-info`, "../../../.flatpak-info", "where older libraries look"),
    symlink(`${runtime}/doc`, "../../flatpak/doc", "where programs of before Flatpak 0.11 look for documents"),
    textFile("/run/host/container-manager", "flatpak\n", "systemd's and toolkits' way to learn that this is a sandbox with portals"),
    ...(osRelease === undefined ? [] : bindIfThere(osRelease, "/run/host/os-release", ["file"], facts, "name of the host's system")),
    symlink("/var/run", "../run", "old name"),
    ...varOperations(inputs, facts),
    ...(manifest.programFolder === null ? [directory("/app", 0o755, "the manifest brings no program")] : []),
  ];
}

/** Flatpak's names for the app's own folders below /var. */
function varOperations(inputs: RunInputs, facts: HostFacts): readonly Operation[] {
  if (inputs.options.ephemeral) return [];
  const folder = appFolder(inputs);
  const own = (name: string, to: string): readonly Operation[] => {
    const walk = walkFacts(`${folder}/${name}`, facts);
    return walk.end?.type === "directory" ? [bindOf(walk, to, because("the app's own folder"), "rw")] : [];
  };
  return [
    ...own("cache/tmp", "/var/tmp"),
    ...own("cache", "/var/cache"),
    ...own("data", "/var/data"),
    ...own("config", "/var/config"),
    ...(inputs.manifest.deployment !== null
      ? []
      : bindIfThere(
          "/var/cache/fontconfig",
          "/var/cache/fontconfig",
          ["directory"],
          facts,
          "the host's ready-made font cache: several hundred milliseconds at the first window",
        )),
  ];
}
