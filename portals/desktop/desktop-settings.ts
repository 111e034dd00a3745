// The user's desktop settings in the namespaces that toolkits ask for, followed while anybody listens: `gsettings` on the host, and what the portals' own namespace makes of it.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { VariantValue } from "../../dbus-proxy/wire/reader.ts";
import { variant } from "../core/portal.ts";
import { parseGVariant } from "./gvariant-text.ts";

export type SettingsByNamespace = ReadonlyMap<string, ReadonlyMap<string, VariantValue>>;
export type HearSetting = (namespace: string, key: string, value: VariantValue) => void;

export interface DesktopSettings {
  /** With the host's word once it came. */
  all(): Promise<SettingsByNamespace>;
  listen(heard: HearSetting): () => void;
  close(): void;
}

export interface DesktopSettingsParts {
  /** Of the user who started the app. */
  readonly environment: Readonly<Record<string, string>>;
}

const APPEARANCE = "org.freedesktop.appearance";
const INTERFACE_SCHEMA = "org.gnome.desktop.interface";
const A11Y_SCHEMA = "org.gnome.desktop.a11y.interface";
/** Looks and input alone: nothing in them tells about the user's files or people. */
const SCHEMAS = [INTERFACE_SCHEMA, A11Y_SCHEMA, "org.gnome.desktop.wm.preferences", "org.gnome.desktop.sound", "org.gnome.desktop.privacy"] as const;
/** Followed live; the others change when the app asks anew. */
const FOLLOWED: readonly string[] = [INTERFACE_SCHEMA, A11Y_SCHEMA];
const PATIENCE_MILLISECONDS = 3_000;
const MAX_LINES = 500;

export function openDesktopSettings({ environment }: DesktopSettingsParts): DesktopSettings {
  const known = new Map<string, Map<string, VariantValue>>();
  const listeners = new Set<HearSetting>();
  const monitors: ChildProcess[] = [];
  let appearance = appearanceOf(known);
  let closed = false;

  const set = (schema: string, key: string, text: string): void => {
    const value = parseGVariant(text);
    if (value === undefined) return;
    const keys = known.get(schema) ?? new Map<string, VariantValue>();
    known.set(schema, keys);
    const before = keys.get(key);
    keys.set(key, value);
    if (before === undefined || JSON.stringify(before, plain) === JSON.stringify(value, plain)) return;
    for (const heard of listeners) heard(schema, key, value);
    tellAppearance();
  };
  const tellAppearance = (): void => {
    const next = appearanceOf(known);
    for (const [key, value] of next) {
      if (JSON.stringify(appearance.get(key), plain) !== JSON.stringify(value, plain)) for (const heard of listeners) heard(APPEARANCE, key, value);
    }
    appearance = next;
  };
  const follow = (schema: string): void => {
    if (closed) return;
    const child = gsettings(["monitor", schema], environment, (line) => {
      const at = line.indexOf(": ");
      if (at > 0) set(schema, line.slice(0, at), line.slice(at + 2));
    });
    monitors.push(child);
  };

  const first = Promise.all(SCHEMAS.map((schema) => readSchema(schema, environment, (key, text) => set(schema, key, text)))).then(() => {
    appearance = appearanceOf(known);
    for (const schema of FOLLOWED) if (known.has(schema)) follow(schema);
  });
  const ready = Promise.race([first, new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS).unref())]);

  return {
    async all() {
      await ready;
      return new Map([[APPEARANCE, appearance], ...known]);
    },
    listen(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    close() {
      closed = true;
      for (const child of monitors) child.kill("SIGTERM");
    },
  };
}

/** The namespace that every toolkit reads: color-scheme 0 none, 1 dark, 2 light; contrast 0 none, 1 high. */
function appearanceOf(known: SettingsByNamespace): ReadonlyMap<string, VariantValue> {
  const text = (schema: string, key: string): unknown => known.get(schema)?.get(key)?.value;
  const scheme = text(INTERFACE_SCHEMA, "color-scheme");
  const theme = text(INTERFACE_SCHEMA, "gtk-theme");
  const isDark = scheme === "prefer-dark" || (scheme !== "prefer-light" && typeof theme === "string" && /-dark$/i.test(theme));
  const values = new Map([
    ["color-scheme", variant("u", isDark ? 1 : scheme === "prefer-light" ? 2 : 0)],
    ["contrast", variant("u", text(A11Y_SCHEMA, "high-contrast") === true ? 1 : 0)],
  ]);
  if (known.get(INTERFACE_SCHEMA)?.has("enable-animations"))
    values.set("reduced-motion", variant("u", text(INTERFACE_SCHEMA, "enable-animations") === false ? 1 : 0));
  const accent = ACCENTS[String(text(INTERFACE_SCHEMA, "accent-color"))];
  if (accent !== undefined) values.set("accent-color", variant("(ddd)", accent));
  return values;
}

/** GNOME's accent colours as sRGB. */
const ACCENTS: Readonly<Record<string, readonly [number, number, number]>> = {
  blue: [0.208, 0.518, 0.894],
  teal: [0.129, 0.565, 0.643],
  green: [0.227, 0.58, 0.29],
  yellow: [0.784, 0.533, 0],
  orange: [0.929, 0.357, 0],
  red: [0.902, 0.176, 0.259],
  pink: [0.835, 0.38, 0.6],
  purple: [0.569, 0.255, 0.675],
  slate: [0.435, 0.514, 0.588],
};

/** A schema that is not installed, and a host without `gsettings`, give nothing. */
function readSchema(schema: string, environment: Readonly<Record<string, string>>, found: (key: string, text: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let lines = 0;
    const child = gsettings(["list-recursively", schema], environment, (line) => {
      const [name, key = "", ...rest] = line.split(" ");
      if (name === schema && ++lines <= MAX_LINES) found(key, rest.join(" "));
    });
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
}

function gsettings(words: readonly string[], environment: Readonly<Record<string, string>>, line: (text: string) => void): ChildProcess {
  const child = spawn("gsettings", words, { env: { ...environment, LC_ALL: "C.UTF-8" }, stdio: ["ignore", "pipe", "ignore"] });
  child.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", line);
  child.unref();
  return child;
}

const plain = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
