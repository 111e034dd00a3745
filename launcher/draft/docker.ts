// Reads a `docker run` line: what of it a manifest says too. The program is the one in the line; what the image holds is not the host's. Pure.
import type { DraftLine } from "./draft.ts";
import type { ReadSource } from "./readers.ts";

type Verdict = Pick<DraftLine, "verdict" | "reason" | "options">;

const needless = (reason: string): Verdict => ({ verdict: "needless", reason });
const not = (reason: string): Verdict => ({ verdict: "inexpressible", reason });
const given = (...options: string[]): Verdict => ({ verdict: "expressed", reason: "draft.dk-given", options });

/** Options with a value, and what they say. */
const WITH_VALUE: Readonly<Record<string, (value: string) => Verdict>> = {
  "--volume": judgeVolume,
  "--mount": judgeMount,
  "--env": (value) => (value.includes("=") ? judgeVariable(value) : needless("draft.dk-environment")),
  "--network": (value) =>
    value === "none" ? needless("draft.dk-no-network") : value === "host" || value === "bridge" ? given("--share=network") : not("draft.dk-network"),
  "--device": judgeDevice,
  "--ipc": (value) => (value === "host" ? given("--share=ipc") : needless("draft.dk-own")),
  "--name": always(needless("draft.dk-container")),
  "--hostname": always(not("draft.fj-hostname")),
  "--user": always(needless("draft.dk-user")),
  "--workdir": always(not("draft.dk-workdir")),
  "--security-opt": (value) => (value.includes("unconfined") ? not("draft.dk-security") : needless("draft.fj-seccomp")),
  "--cap-add": always(not("draft.fj-capabilities-kept")),
  "--cap-drop": always(needless("draft.fj-capabilities")),
  "--memory": always(not("draft.dk-limits")),
  "--cpus": always(not("draft.dk-limits")),
  "--shm-size": always(not("draft.dk-limits")),
  "--pids-limit": always(not("draft.dk-limits")),
  "--publish": always(not("draft.dk-network")),
  "--group-add": always(not("draft.dk-user")),
  "--gpus": always(given("--device=dri")),
  "--restart": always(needless("draft.dk-container")),
  "--entrypoint": always(given()),
  "--env-file": always(not("draft.dk-environment")),
  "--tmpfs": always(needless("draft.fj-tmp")),
  "--pid": (value) => (value === "host" ? not("draft.dk-security") : needless("draft.dk-own")),
  "--add-host": always(not("draft.dk-network")),
  "--dns": always(not("draft.dk-network")),
  "--label": always(needless("draft.dk-container")),
  "--platform": always(needless("draft.dk-container")),
  "--pull": always(needless("draft.dk-container")),
};
const SHORT: Readonly<Record<string, string>> = {
  v: "--volume",
  e: "--env",
  u: "--user",
  w: "--workdir",
  p: "--publish",
  m: "--memory",
  h: "--hostname",
  l: "--label",
};
const ALONE: Readonly<Record<string, Verdict>> = {
  "--rm": needless("draft.dk-container"),
  "--init": needless("draft.dk-own"),
  "--interactive": needless("draft.dk-terminal"),
  "--tty": needless("draft.dk-terminal"),
  "--detach": needless("draft.dk-terminal"),
  "--read-only": needless("draft.fj-read-only"),
  "--privileged": not("draft.dk-security"),
};
const SHORT_ALONE: Readonly<Record<string, string>> = { i: "--interactive", t: "--tty", d: "--detach" };

function always(verdict: Verdict): () => Verdict {
  return () => verdict;
}

/** `words`: the whole line, `docker run` in front. */
export function readDocker(words: readonly string[]): ReadSource | null {
  const start = words.findIndex((word, index) => word === "run" && index <= 2);
  if (start < 0 || !/(?:^|\/)(?:docker|podman)$/.test(words[0] ?? "")) return null;
  const lines: DraftLine[] = [];
  let entrypoint: string | null = null;
  let at = start + 1;
  for (; at < words.length && (words[at] as string).startsWith("-"); at++) {
    const { name, value, text, used } = option(words, at);
    at += used;
    const judge = WITH_VALUE[name];
    if (name === "--entrypoint") entrypoint = value;
    const verdict = judge !== undefined && value !== null ? judge(value) : (ALONE[name] ?? not("draft.unknown-option"));
    lines.push({ file: "", line: 0, text, ...verdict });
  }
  const [image = "", ...argv] = words.slice(at);
  lines.push({ file: "", line: 0, text: image, verdict: "needless", reason: "draft.dk-image" });
  const inImage = image.split("/").at(-1)?.split(/[:@]/)[0] ?? "";
  // An image that has an entry point takes options alone.
  const isCommand = entrypoint === null && argv[0] !== undefined && !argv[0].startsWith("-");
  const command = entrypoint ?? (isCommand ? (argv[0] as string) : inImage === "" ? null : inImage);
  const rest = argv.slice(isCommand ? 1 : 0);
  if (rest.length > 0) lines.push({ file: "", line: 0, text: rest.join(" "), verdict: "inexpressible", reason: "draft.dk-arguments" });
  return { id: null, rawId: null, command, lines };
}

function option(words: readonly string[], at: number): { readonly name: string; readonly value: string | null; readonly text: string; readonly used: number } {
  const word = words[at] as string;
  const next = words[at + 1] ?? "";
  const long = /^(--[a-z-]+)(?:=(.*))?$/s.exec(word);
  if (long !== null) {
    const name = long[1] === "--net" ? "--network" : (long[1] as string);
    if (long[2] !== undefined) return { name, value: long[2], text: word, used: 0 };
    return WITH_VALUE[name] === undefined ? { name, value: null, text: word, used: 0 } : { name, value: next, text: `${word} ${next}`, used: 1 };
  }
  const letters = word.slice(1);
  const last = letters.at(-1) ?? "";
  const first = SHORT[letters[0] ?? ""];
  if (first !== undefined && letters.length > 1) return { name: first, value: letters.slice(1).replace(/^=/, ""), text: word, used: 0 };
  const name = SHORT[last];
  if (name !== undefined) return { name, value: next, text: `${word} ${next}`, used: 1 };
  // `-it`: each is a word of its own, and all say the same.
  return { name: SHORT_ALONE[last] ?? word, value: null, text: word, used: 0 };
}

function judgeVolume(value: string): Verdict {
  const [from = "", to = "", mode = ""] = value.split(":");
  if (from.startsWith("/tmp/.X11-unix")) return given("--socket=x11", "--share=ipc");
  if (/pulse/.test(from)) return given("--socket=pulseaudio");
  if (/wayland-\d+$/.test(from)) return given("--socket=wayland");
  if (/docker\.sock$/.test(from)) return not("draft.dk-security");
  if (/\/(?:bus|system_bus_socket)$/.test(from)) return not("draft.fj-dbus-all");
  if (/^\/(?:etc\/localtime|etc\/timezone|etc\/machine-id|etc\/passwd|etc\/group|dev\/shm|usr\/share)/.test(from)) return needless("draft.fj-visible");
  const home = from.replace(/^(?:\$HOME|\$\{HOME\}|~)(?=\/|$)/, "~");
  if (!home.startsWith("/") && !home.startsWith("~")) return to === "" ? needless("draft.dk-own") : needless("draft.dk-named-volume");
  if (home === "~" || home === "/") return not("draft.fj-home");
  return given(`--filesystem=${home.replaceAll(":", "\\:")}${mode.split(",").includes("ro") ? ":ro" : ""}`);
}

function judgeMount(value: string): Verdict {
  const parts = new Map(value.split(",").map((part) => [part.split("=")[0] ?? "", part.split("=").slice(1).join("=")] as const));
  const from = parts.get("source") ?? parts.get("src") ?? "";
  if (parts.get("type") !== "bind") return needless("draft.dk-named-volume");
  return judgeVolume(`${from}:${parts.get("target") ?? ""}:${parts.has("readonly") || parts.has("ro") ? "ro" : ""}`);
}

function judgeVariable(value: string): Verdict {
  const name = value.split("=")[0] ?? "";
  if (/^(?:DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|PULSE_SERVER|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|HOME|USER|LANG|TZ|QT_X11_NO_MITSHM)$/.test(name))
    return needless("draft.dk-environment");
  return given(`--env=${value}`);
}

function judgeDevice(value: string): Verdict {
  const path = value.split(":")[0] ?? "";
  if (path.startsWith("/dev/dri")) return given("--device=dri");
  if (path.startsWith("/dev/snd")) return given("--socket=pulseaudio");
  if (path === "/dev/kvm") return given("--device=kvm");
  if (path === "/dev/shm") return given("--device=shm");
  if (path.startsWith("/dev/input")) return given("--device=input");
  if (path.startsWith("/dev/bus/usb")) return given("--device=usb");
  return not("draft.dk-device");
}
