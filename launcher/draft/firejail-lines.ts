// What one line of a Firejail profile becomes in a manifest. A table: a word, and what it says. Pure.
import type { DraftLine } from "./draft.ts";
import { judgePlace } from "./places.ts";

/** What a profile has not taken away. */
export interface Openness {
  readonly network: boolean;
  readonly sound: boolean;
  readonly video: boolean;
  readonly x11: boolean;
  readonly ipc: boolean;
  readonly systemBus: boolean;
}

export type Judged = Pick<DraftLine, "verdict" | "reason" | "values" | "options"> & { readonly closes?: Partial<Openness> };

const needless = (reason: string): Judged => ({ verdict: "needless", reason });
const not = (reason: string): Judged => ({ verdict: "inexpressible", reason });
const grants = (reason: string, ...options: string[]): Judged => ({ verdict: "expressed", reason, options });
const closes = (reason: string, what: Partial<Openness>): Judged => ({ verdict: "expressed", reason, closes: what });

type Judge = (rest: string) => Judged;
const always = (judged: Judged) => (): Judged => judged;

const TABLE: Readonly<Record<string, Judge>> = {
  // Held by every sandbox.
  "caps.drop": (rest) => (rest === "all" || rest === "" ? needless("draft.fj-capabilities") : needless("draft.fj-capabilities")),
  caps: always(needless("draft.fj-capabilities")),
  "caps.keep": always(not("draft.fj-capabilities-kept")),
  nonewprivs: always(needless("draft.fj-privileges")),
  noroot: always(needless("draft.fj-root")),
  nogroups: always(needless("draft.fj-groups")),
  "restrict-namespaces": always(needless("draft.fj-namespaces")),
  apparmor: always(needless("draft.fj-apparmor")),
  "apparmor-replace": always(needless("draft.fj-apparmor")),
  "apparmor-stack": always(needless("draft.fj-apparmor")),
  seccomp: (rest) =>
    rest === ""
      ? needless("draft.fj-seccomp")
      : rest.split(",").every((word) => word.startsWith("!"))
        ? not("draft.fj-seccomp-less")
        : not("draft.fj-seccomp-list"),
  "seccomp.drop": always(not("draft.fj-seccomp-list")),
  "seccomp.keep": always(not("draft.fj-seccomp-list")),
  "seccomp.32": always(needless("draft.fj-seccomp-32")),
  "seccomp.block-secondary": always(needless("draft.fj-seccomp-32")),
  "seccomp-error-action": always(needless("draft.fj-seccomp")),
  "memory-deny-write-execute": always(not("draft.fj-memory")),
  nodvd: always(needless("draft.fj-devices")),
  notv: always(needless("draft.fj-devices")),
  nou2f: always(needless("draft.fj-devices")),
  noinput: always(needless("draft.fj-devices")),
  novideo: always(needless("draft.fj-devices")),
  noprinters: always(needless("draft.fj-printers")),
  "private-dev": always(needless("draft.fj-devices")),
  "private-tmp": always(needless("draft.fj-tmp")),
  "private-etc": always(needless("draft.fj-etc")),
  "private-cache": always(needless("draft.fj-own")),
  "machine-id": always(needless("draft.fj-machine-id")),
  "disable-mnt": always(needless("draft.fj-not-visible")),
  "keep-var-tmp": always(needless("draft.fj-tmp")),
  netfilter: always(needless("draft.fj-netfilter")),
  netfilter6: always(needless("draft.fj-netfilter")),
  tracelog: always(needless("draft.fj-log")),
  quiet: always(needless("draft.fj-log")),
  shell: always(needless("draft.fj-shell")),
  "join-or-start": always(needless("draft.fj-join")),
  name: always(needless("draft.fj-join")),
  "deterministic-shutdown": always(needless("draft.fj-shutdown")),
  "deterministic-exit-code": always(needless("draft.fj-shutdown")),
  private: (rest) => (rest === "" ? needless("draft.fj-own") : grants("draft.fj-place", `--filesystem=${locationOf(rest)}`)),
  // What only some take away.
  "ipc-namespace": always(closes("draft.fj-closed", { ipc: false })),
  nosound: always(closes("draft.fj-closed", { sound: false })),
  no3d: always(closes("draft.fj-closed", { video: false })),
  net: (rest) => (rest === "none" ? closes("draft.fj-closed", { network: false }) : not("draft.fj-net")),
  protocol: (rest) => judgeProtocol(rest.split(",").map((word) => word.trim())),
  x11: (rest) => (rest === "none" ? closes("draft.fj-closed", { x11: false }) : rest === "" || rest === "xorg" ? not("draft.fj-x11") : not("draft.fj-x11")),
  nodbus: always(needless("draft.fj-dbus")),
  "dbus-user": (rest) => (rest === "none" || rest === "filter" ? needless("draft.fj-dbus") : not("draft.fj-dbus-all")),
  "dbus-system": (rest) => (rest === "none" || rest === "filter" ? needless("draft.fj-dbus") : not("draft.fj-dbus-all")),
  "dbus-user.talk": (rest) => grants("draft.fj-name", `--talk-name=${rest}`),
  "dbus-user.own": (rest) => grants("draft.fj-name", `--own-name=${rest}`),
  "dbus-user.see": (rest) => grants("draft.fj-name", `--see-name=${rest}`),
  "dbus-system.talk": (rest) => grants("draft.fj-name", `--system-talk-name=${rest}`),
  "dbus-system.own": (rest) => grants("draft.fj-name", `--system-own-name=${rest}`),
  "dbus-system.see": (rest) => grants("draft.fj-name", `--system-see-name=${rest}`),
  "allow-debuggers": always(grants("draft.fj-debuggers", "--allow=devel")),
  env: (rest) => (rest.includes("=") ? grants("draft.fj-variable", `--env=${rest}`) : not("draft.fj-unknown")),
  rmenv: always(needless("draft.fj-environment")),
  // Places.
  whitelist: (rest) => judgeGrant(rest, ""),
  "whitelist-ro": (rest) => judgeGrant(rest, ":ro"),
  noblacklist: (rest) => judgeGrant(rest, ""),
  nowhitelist: always(needless("draft.fj-not-visible")),
  "read-write": (rest) => judgeGrant(rest, ""),
  "read-only": (rest) => judgeNarrowing(rest),
  blacklist: (rest) => judgeBlacklist(rest),
  "blacklist-nolog": (rest) => judgeBlacklist(rest),
  tmpfs: (rest) => judgeBlacklist(rest),
  mkdir: always(needless("draft.fj-own")),
  mkfile: always(needless("draft.fj-own")),
  "private-opt": (rest) =>
    grants(
      "draft.fj-place",
      ...rest
        .split(",")
        .filter(Boolean)
        .map((name) => `--filesystem=/opt/${name.trim()}:ro`),
    ),
  "private-srv": (rest) =>
    grants(
      "draft.fj-place",
      ...rest
        .split(",")
        .filter(Boolean)
        .map((name) => `--filesystem=/srv/${name.trim()}`),
    ),
  // Of Firejail's making, without a word here.
  "private-bin": always(not("draft.fj-programs")),
  "private-lib": always(not("draft.fj-programs")),
  noexec: always(not("draft.fj-noexec")),
  hostname: always(not("draft.fj-hostname")),
};

export function judgeLine(line: string): Judged {
  const [word = "", ...rest] = line.split(/\s+/);
  const judge = Object.hasOwn(TABLE, word) ? TABLE[word] : undefined;
  return judge?.(rest.join(" ")) ?? not("draft.fj-unknown");
}

function judgeProtocol(families: readonly string[]): Judged {
  const isLocal = !families.includes("inet") && !families.includes("inet6");
  const options = families.includes("bluetooth") ? ["--allow=bluetooth"] : [];
  if (families.includes("packet")) return { ...not("draft.fj-packet"), closes: isLocal ? { network: false } : {} };
  return { ...grants("draft.fj-protocol", ...options), closes: isLocal ? { network: false } : {} };
}

function judgeGrant(raw: string, mode: string): Judged {
  const location = locationOf(raw);
  const place = judgePlace(location);
  if (/[*?[]/.test(location)) return place.kind === "grant" || place.kind === "persist" ? not("draft.fj-pattern") : needless("draft.fj-own");
  if (place.kind === "own") return needless("draft.fj-own");
  if (place.kind === "visible") return location.startsWith("/run/") ? not("draft.fj-run") : needless("draft.fj-visible");
  // The home itself would be more than the profile's other lines leave of it.
  if (location === "~") return not("draft.fj-home");
  if (place.kind === "persist") return grants("draft.fj-kept", `--persist=${place.path}`);
  return grants("draft.fj-place", `--filesystem=${place.location.replaceAll(":", "\\:")}${mode}`);
}

/** A line that makes something read-only: what is not granted is not written either. */
function judgeNarrowing(raw: string): Judged {
  const place = judgePlace(locationOf(raw));
  return place.kind === "visible" ? needless("draft.fj-read-only") : needless("draft.fj-not-visible");
}

function judgeBlacklist(raw: string): Judged {
  const location = locationOf(raw);
  if (location.startsWith("/tmp/.X11-unix")) return closes("draft.fj-closed", { x11: false });
  const place = judgePlace(location);
  if (place.kind !== "visible" || /^\/(?:etc|proc|sys|dev|tmp|run|var)(?:\/|$)/.test(location)) return needless("draft.fj-not-visible");
  return not("draft.fj-usr");
}

const MACROS: Readonly<Record<string, string>> = {
  HOME: "~",
  DESKTOP: "xdg-desktop",
  DOCUMENTS: "xdg-documents",
  DOWNLOADS: "xdg-download",
  MUSIC: "xdg-music",
  PICTURES: "xdg-pictures",
  VIDEOS: "xdg-videos",
  RUNUSER: "xdg-run",
  PATH: "/usr/bin",
  CFG: "/etc/firejail",
};

/** Firejail's macros in the words of a manifest. */
function locationOf(raw: string): string {
  const path = raw.trim().replace(/^"(.*)"$/, "$1");
  const macro = /^\$\{([A-Z]+)\}(.*)$/.exec(path);
  if (macro === null) return path;
  const stem = MACROS[macro[1] ?? ""];
  return stem === undefined ? path : `${stem}${macro[2] ?? ""}`;
}
