// The command lines of the other launchers, each doing what ours does as far as it can.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FLATPAK_APP, flatpakEnvironment } from "./flatpak.ts";
import type { Line } from "./job.ts";
import type { Place } from "./place.ts";

type Purpose = "reply" | "smallest" | WindowProgram;

/** Real programs with a window; each is measured where it is installed. */
export const WINDOW_PROGRAMS = {
  xeyes: ["/usr/bin/xeyes"],
  gtk: ["/usr/bin/zenity", "--info", "--text=benchmark"],
  gtk4: ["/usr/bin/gtk4-widget-factory"],
  qt: ["/usr/bin/kcalc"],
  firefox: ["/usr/bin/firefox-esr", "--no-remote", "about:blank"],
} satisfies Readonly<Record<string, readonly string[]>>;
export type WindowProgram = keyof typeof WINDOW_PROGRAMS;
/** For which Firejail brings a profile of their own. */
const WITH_FIREJAIL_PROFILE: ReadonlySet<WindowProgram> = new Set(["qt", "firefox"]);

/** Those of them that are installed. */
export function installedPrograms(): readonly WindowProgram[] {
  return (Object.keys(WINDOW_PROGRAMS) as WindowProgram[]).filter((name) => existsSync(WINDOW_PROGRAMS[name][0] ?? ""));
}

/** What the sandbox runs: the probe from its own place, or the real program. */
function program(place: Place, purpose: Purpose): readonly string[] {
  if (purpose !== "reply" && purpose !== "smallest") return WINDOW_PROGRAMS[purpose];
  return [join(place.tools, "probe"), purpose === "smallest" ? "window" : "reply"];
}

/** A bwrap command line with every namespace that ours has, a system-call filter, and `extra` binds beside the base. `busSocket` is bound where the app looks. */
export function bwrapArguments(place: Place, extra: number, command: readonly string[], busSocket?: string, launcher = "bwrap"): readonly string[] {
  const socket = place.busAddress.replace("unix:path=", "");
  const words = [
    launcher,
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup",
    "--unshare-net",
    "--die-with-parent",
    "--ro-bind",
    "/usr",
    "/usr",
    "--symlink",
    "usr/bin",
    "/bin",
    "--symlink",
    "usr/lib",
    "/lib",
    "--symlink",
    "usr/lib64",
    "/lib64",
    "--ro-bind",
    "/etc",
    "/etc",
    "--ro-bind-try",
    "/var/cache/fontconfig",
    "/var/cache/fontconfig",
    "--bind",
    place.home,
    place.home,
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--tmpfs",
    "/tmp",
    "--ro-bind",
    place.tools,
    place.tools,
  ];
  words.push("--ro-bind", busSocket ?? socket, socket);
  if (place.display)
    words.push(
      "--ro-bind",
      `/tmp/.X11-unix/X${place.display.slice(1)}`,
      `/tmp/.X11-unix/X${place.display.slice(1)}`,
      "--ro-bind",
      join(place.directory, "xauthority"),
      join(place.directory, "xauthority"),
    );
  for (const folder of place.folders.slice(0, extra)) words.push("--ro-bind", folder, folder);
  return [...words, "--seccomp", "9", "--", ...command];
}

/** `launcher` may be our own C part, which reads the same words. */
export function bwrapLine(place: Place, name: string, extra: number, launcher = "bwrap"): Line {
  return {
    name,
    arguments: bwrapArguments(place, extra, program(place, "reply"), undefined, launcher),
    descriptor: { number: 9, path: join(place.directory, "filter.bpf") },
    lacks: "the app is on the real bus, unfiltered; no identity for portals, no Landlock scope",
  };
}

export function bwrapWithProxyLine(place: Place, mounts: number, extra: number): Line {
  const socket = join(place.runtimeDirectory, `proxy-${mounts}`);
  const proxy = ["xdg-dbus-proxy", place.busAddress, socket, "--filter", "--talk=org.freedesktop.portal.*"];
  return {
    name: `bwrap-with-proxy-${mounts}`,
    descriptor: { number: 9, path: join(place.directory, "filter.bpf") },
    arguments: [join(place.tools, "with-proxy"), socket, "--", ...proxy, "--", ...bwrapArguments(place, extra, program(place, "reply"), socket)],
    lacks: "the proxy is not in a sandbox itself; no identity for portals, no Landlock scope",
  };
}

function flatpakLine(place: Place, name: string, words: readonly string[], window: boolean): Line {
  return {
    name,
    arguments: ["flatpak", "--user", "run", "--command=probe", FLATPAK_APP, ...words],
    environment: flatpakEnvironment(place),
    window,
    lacks: "no cgroup namespace; document portal absent here, which saves it time",
  };
}

/** Peers that have no number of mounts of their own. */
export function fixedPeers(place: Place, haveFlatpak: boolean): readonly Line[] {
  const reply = program(place, "reply");
  const lines: Line[] = [
    { name: "plain", arguments: reply, lacks: "everything" },
    {
      name: "unshare",
      lacks: "everything but the namespaces: the host's files, the real bus, no filter",
      arguments: [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "--pid",
        "--fork",
        "--ipc",
        "--uts",
        "--cgroup",
        "--net",
        "--mount-proc",
        join(place.tools, "probe"),
        "main",
      ],
    },
  ];
  if (existsSync("/usr/bin/firejail")) {
    lines.push(
      {
        name: "firejail-noprofile",
        arguments: ["firejail", "--quiet", "--noprofile", ...reply],
        lacks: "setuid root; the host's files, the real bus, no filter, no network namespace",
      },
      {
        name: "firejail",
        arguments: ["firejail", "--quiet", ...reply],
        lacks: "setuid root; list of refusals, not of grants; the real bus, no network namespace",
      },
    );
  }
  if (haveFlatpak) lines.push(flatpakLine(place, "flatpak", ["reply"], false));
  return lines;
}

function firejailWindowLine(place: Place, purpose: WindowProgram): Line {
  // Its profiles hide the user's home, as the account has it; the benchmark's is a folder in that.
  const shown = WITH_FIREJAIL_PROFILE.has(purpose) ? [`--whitelist=${place.directory}`] : [];
  return {
    name: `firejail-${purpose}`,
    arguments: ["firejail", "--quiet", ...shown, ...WINDOW_PROGRAMS[purpose]],
    window: true,
    lacks: "setuid root; list of refusals, not of grants; the host's X server with its own cookie",
  };
}

export function windowPeers(place: Place, extra: number, haveFlatpak: boolean): readonly Line[] {
  if (place.display === undefined) return [];
  const lines: Line[] = [];
  for (const purpose of ["smallest", ...installedPrograms()] as const) {
    const command = program(place, purpose);
    lines.push({ name: `plain-${purpose}`, arguments: command, window: true, lacks: "everything" });
    // The same again: how far two medians of one thing lie apart on this machine.
    if (purpose !== "smallest") lines.push({ name: `plain-again-${purpose}`, arguments: command, window: true, lacks: "everything" });
    if (purpose !== "smallest" && existsSync("/usr/bin/firejail")) lines.push(firejailWindowLine(place, purpose));
    lines.push({
      name: `bwrap-${purpose}`,
      arguments: bwrapArguments(place, extra, command),
      window: true,
      descriptor: { number: 9, path: join(place.directory, "filter.bpf") },
      lacks: "the host's display number and cookie; the real bus",
    });
  }
  if (haveFlatpak) lines.push(flatpakLine(place, "flatpak-smallest", ["window"], true));
  const { uncache } = place;
  if (uncache !== undefined)
    for (const line of lines.filter(({ name }) => /^(?:plain|bwrap)-/.test(name))) lines.push({ ...line, name: `${line.name}-uncached`, before: uncache });
  return lines;
}
