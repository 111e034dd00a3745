// Which socket of the host is the caller's sound server. Pure. (pulse-client.conf(5), PULSE_SERVER and the places libpulse tries.)
import { parse } from "ini";
import type { HostFacts } from "../host/facts.ts";
import type { RunInputs } from "./inputs.ts";

export type HostSound =
  | { readonly kind: "path"; readonly path: string }
  /** Another machine's, or nothing that is understood. */
  | { readonly kind: "remote"; readonly address: string };

/** Where the server of the whole machine listens, where somebody runs one. */
const SYSTEM_WIDE = "/run/pulse/native";

/** Every path that may turn out to be the one: a client.conf can only choose among them. */
export function soundPaths(inputs: RunInputs): readonly string[] {
  const named = serverOf(inputs.request.environment.get("PULSE_SERVER") ?? "");
  return [...(named?.kind === "path" ? [named.path] : []), runtimeSocket(inputs), SYSTEM_WIDE];
}

export function soundClientFiles(inputs: RunInputs): readonly string[] {
  const named = inputs.request.environment.get("PULSE_CLIENTCONFIG") ?? "";
  return named.startsWith("/") ? [named] : [`${inputs.caller.configHome}/pulse/client.conf`, "/etc/pulse/client.conf"];
}

/** `PULSE_SERVER`, else `default-server` of the first client.conf that is there, else the user's own, else the machine's. */
export function findSound(inputs: RunInputs, facts: HostFacts): HostSound {
  const named = serverOf(inputs.request.environment.get("PULSE_SERVER") ?? "");
  if (named !== null) return named;
  const file = soundClientFiles(inputs).find((path) => (facts.texts.get(path) ?? null) !== null);
  const configured = file === undefined ? null : serverOf(defaultServer(facts.texts.get(file) as Uint8Array));
  if (configured !== null) return configured;
  const own = runtimeSocket(inputs);
  const isThere = (path: string): boolean => facts.walks.get(path)?.end?.type === "socket";
  return { kind: "path", path: !isThere(own) && isThere(SYSTEM_WIDE) ? SYSTEM_WIDE : own };
}

function runtimeSocket({ request, caller }: RunInputs): string {
  const named = request.environment.get("PULSE_RUNTIME_PATH") ?? "";
  return `${named.startsWith("/") ? named : `${caller.runtimeDirectory}/pulse`}/native`;
}

/** Entries are tried in turn; `{…}` before one names the machine that it is meant for. */
function serverOf(text: string): HostSound | null {
  const entries = text.split(/\s+/).map((entry) => entry.replace(/^\{[^}]*\}/, ""));
  for (const entry of entries) {
    if (entry === "") continue;
    const path = entry.startsWith("unix:") ? entry.slice(5) : entry;
    return path.startsWith("/") ? { kind: "path", path } : { kind: "remote", address: entry };
  }
  return null;
}

function defaultServer(bytes: Uint8Array): string {
  const value: unknown = parse(new TextDecoder().decode(bytes))["default-server"];
  return typeof value === "string" ? value : "";
}
