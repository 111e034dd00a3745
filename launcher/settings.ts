// The settings file, `$XDG_CONFIG_HOME/tsbox/config.ini`: what the user sets for tsbox itself, never for an app. Read by the broker off the launch path.
import { readFileSync } from "node:fs";
import type { Problem } from "./manifest/origin.ts";

export interface Settings {
  /** `[Broker] idle-seconds=`: how long a broker with nothing to do waits before it leaves. */
  readonly idleSeconds: number;
  /** `[Log] level=`. */
  readonly logLevel: LogLevel;
}

const LOG_LEVELS = ["error", "warn", "info", "debug", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const DEFAULT_SETTINGS: Settings = { idleSeconds: 30, logLevel: "info" };

const MOST_IDLE_SECONDS = 86_400;

export interface ReadSettings {
  readonly settings: Settings;
  /** What was not understood; the default holds there. */
  readonly notices: readonly Problem[];
}

/** Absent is the default. `ini` is loaded here only. */
export async function readSettings(file: string): Promise<ReadSettings> {
  let raw: string;
  try {
    raw = readFileSync(file, "utf8");
  } catch {
    return { settings: DEFAULT_SETTINGS, notices: [] };
  }
  const { parse } = await import("ini");
  return interpretSettings(parse(raw) as Readonly<Record<string, unknown>>, file);
}

/** Pure: parsed groups to settings. */
export function interpretSettings(groups: Readonly<Record<string, unknown>>, file: string): ReadSettings {
  const notices: Problem[] = [];
  const unknown = (name: string, value: string): void => {
    notices.push({ key: "settings.unknown", file, line: 0, column: 0, values: { name, value }, severity: "notice" });
  };
  let settings = DEFAULT_SETTINGS;
  for (const [group, keys] of Object.entries(groups)) {
    if (typeof keys !== "object" || keys === null) {
      unknown(group, String(keys));
      continue;
    }
    for (const [key, value] of Object.entries(keys)) {
      const name = `[${group}] ${key}`;
      const seconds = Number(value);
      if (name === "[Broker] idle-seconds" && Number.isFinite(seconds) && seconds >= 1 && seconds <= MOST_IDLE_SECONDS)
        settings = { ...settings, idleSeconds: seconds };
      else if (name === "[Log] level" && isLogLevel(value)) settings = { ...settings, logLevel: value };
      else unknown(name, String(value));
    }
  }
  return { settings, notices };
}

function isLogLevel(value: unknown): value is LogLevel {
  return LOG_LEVELS.includes(value as LogLevel);
}
