// Reads what other sandboxes are configured by: Flathub's build manifests, Flatpak's metadata, Bubblejail's services, a `docker run` line. Pure; the texts are parsed already.
import { findPermissionOption, type Keyfile, parseAppId, parseLayer, renderEntry } from "../manifest/door.ts";
import type { Draft, DraftLine } from "./draft.ts";
import { judgePlace } from "./places.ts";

export interface ReadSource extends Draft {
  /** The id as written, where it is none that tsbox takes. */
  readonly rawId: string | null;
}

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
}

/** `finish-args` are the very options of `tsbox run`; the rest says how the app is built. */
export function readFlathub(file: string, text: string, parsed: unknown): ReadSource | null {
  if (!isTable(parsed)) return null;
  const rawId = [parsed["app-id"], parsed["id"]].map((value) => (typeof value === "string" ? value : "")).find((value) => value !== "") ?? null;
  if (rawId === null && parsed["finish-args"] === undefined) return null;
  const at = (needle: string): number => text.split("\n").findIndex((line) => line.includes(needle)) + 1;
  const lines = textsOf(parsed["finish-args"]).map((option): DraftLine => {
    const flag = option.split("=")[0] ?? "";
    const place = { file, line: at(option), text: option };
    if (findPermissionOption(flag) !== null) return { ...place, verdict: "expressed", reason: "draft.finish-arg", options: [option] };
    const isOfBuilding = /^--(?:require-version|metadata|extra-data|extension|remove-extension|sdk|runtime|command|priority|no-inherit-permissions)/.test(
      option,
    );
    return { ...place, verdict: isOfBuilding ? "needless" : "inexpressible", reason: isOfBuilding ? "draft.building" : "draft.unknown-option" };
  });
  const others = Object.keys(parsed).filter((key) => !["app-id", "id", "command", "finish-args"].includes(key));
  const rest = others.map((key): DraftLine => ({ file, line: at(key), text: key, verdict: "needless", reason: "draft.building" }));
  return { ...identified(rawId), command: typeof parsed["command"] === "string" ? parsed["command"] : null, lines: [...lines, ...rest] };
}

function identified(rawId: string | null): Pick<ReadSource, "id" | "rawId"> {
  const id = rawId === null ? null : parseAppId(rawId);
  return { id: id?.ok ? id.value : null, rawId };
}

/** Metadata is a manifest already: only its runtime is another. */
export function readMetadataFile(file: string, keyfile: Keyfile): ReadSource {
  const layer = parseLayer(keyfile, "manifest");
  const of = (key: string): string | null => keyfile.groups.get("Application")?.entries.get(key)?.rawValue ?? null;
  const problems = layer.ok ? layer.notices : layer.problems;
  const entries = layer.ok ? layer.value.entries : [];
  const lines = entries.map(
    (entry): DraftLine => ({ file, line: entry.origin.line, text: renderEntry(entry), verdict: "expressed", reason: "draft.metadata", entries: [entry] }),
  );
  const lost = problems.map((problem): DraftLine => ({ file, line: problem.line, text: problem.key, verdict: "inexpressible", reason: "draft.unread" }));
  const runtime = of("runtime");
  const built =
    runtime === null
      ? []
      : [
          {
            file,
            line: keyfile.groups.get("Application")?.entries.get("runtime")?.line ?? 0,
            text: `runtime=${runtime}`,
            verdict: "needless",
            reason: "draft.host-runtime",
          } as const,
        ];
  return { ...identified(of("name")), command: of("command"), lines: [...lines, ...lost, ...built] };
}

/** Service and key to options; null: needless. Of Bubblejail's services (bubblejail.services(5)). */
const BUBBLEJAIL: Readonly<Record<string, readonly string[] | null>> = {
  x11: ["--socket=x11", "--share=ipc"],
  wayland: ["--socket=wayland"],
  network: ["--share=network"],
  pasta_network: ["--share=network"],
  slirp4netns: ["--share=network"],
  pulse_audio: ["--socket=pulseaudio"],
  pipewire: ["--filesystem=xdg-run/pipewire-0"],
  direct_rendering: ["--device=dri"],
  joystick: ["--device=input"],
  systray: ["--talk-name=org.kde.StatusNotifierWatcher"],
  notify: null,
  ipc: ["--share=ipc"],
  gnome_toolkit: null,
  openjdk: null,
  v4l: null,
  namespaces_limits: null,
  ibus: ["--talk-name=org.freedesktop.IBus"],
  fcitx: ["--talk-name=org.freedesktop.portal.Fcitx"],
  common: null,
  mpris: null,
};

export function readBubblejail(file: string, text: string, parsed: unknown): ReadSource | null {
  if (!isTable(parsed)) return null;
  const written = text.split("\n");
  const at = (isIt: (line: string) => boolean): number => written.findIndex((line) => isIt(line.trimStart())) + 1;
  const lines: DraftLine[] = [];
  const common = isTable(parsed["common"]) ? parsed["common"] : {};
  for (const [service, settings] of Object.entries(parsed)) {
    const line = at((one) => one.startsWith(`[${service}]`));
    const place = { file, line, text: `[${service}]` };
    const options = Object.hasOwn(BUBBLEJAIL, service) ? BUBBLEJAIL[service] : undefined;
    const isShare = service === "home_share" || service === "root_share";
    if (options === undefined && !isShare) lines.push({ ...place, verdict: "inexpressible", reason: "draft.bj-service" });
    else if (options === null) lines.push({ ...place, verdict: "needless", reason: "draft.bj-needless" });
    else lines.push({ ...place, verdict: "expressed", reason: "draft.bj-given", options: options ?? [] });
    for (const [key, value] of Object.entries(isTable(settings) ? settings : {})) {
      const here = at((one) => one.startsWith(key) && one.slice(key.length).trimStart().startsWith("="));
      lines.push(...bubblejailKey(service, key, value, { file, line: here, text: `${key}=` }));
    }
  }
  const [command = null] = textsOf(common["executable_name"]);
  return { ...identified(typeof common["dbus_name"] === "string" ? common["dbus_name"] : null), command, lines };
}

function bubblejailKey(service: string, key: string, value: unknown, at: Pick<DraftLine, "file" | "line" | "text">): readonly DraftLine[] {
  const paths = textsOf(value);
  if (service === "home_share") return paths.map((path) => ({ ...at, text: `${key}=${path}`, ...sharedPlace(path.startsWith("/") ? path : `~/${path}`, "") }));
  if (service === "root_share") return paths.map((path) => ({ ...at, text: `${key}=${path}`, ...sharedPlace(path, key.startsWith("read_only") ? ":ro" : "") }));
  if (service === "common" && key === "dbus_name")
    return paths.map((name) => ({ ...at, verdict: "expressed", reason: "draft.bj-given", options: [`--own-name=${name}`] }));
  if (service === "mpris" && key === "player_name")
    return paths.map((name) => ({ ...at, verdict: "expressed", reason: "draft.bj-given", options: [`--own-name=org.mpris.MediaPlayer2.${name}`] }));
  if (service === "gnome_toolkit" && value === true && key === "dconf_dbus") return [{ ...at, verdict: "needless", reason: "draft.bj-needless" }];
  const isDebug = service === "debug" || key.startsWith("raw_") || service === "v4l";
  return [{ ...at, verdict: isDebug ? "inexpressible" : "needless", reason: isDebug ? "draft.bj-service" : "draft.bj-needless" }];
}

function sharedPlace(location: string, mode: string): Pick<DraftLine, "verdict" | "reason" | "options"> {
  const place = judgePlace(location);
  if (location === "~/" || location === "/") return { verdict: "inexpressible", reason: "draft.fj-home" };
  if (place.kind === "visible") return { verdict: "needless", reason: "draft.fj-visible" };
  return { verdict: "expressed", reason: "draft.fj-place", options: [`--filesystem=${location.replaceAll(":", "\\:")}${mode}`] };
}
