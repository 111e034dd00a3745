// What was worked out about each app, kept for the next listing: of two hundred apps few change between two looks. One entry counts as long as every file that speaks about
// its app, or could, is the same; so it can be stale in nothing. Lies in the cache, where no app can write.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { acceptedFile } from "./accepted.ts";
import { manifestFiles } from "./find.ts";
import { limitFiles, overrideFiles } from "./override-files.ts";
import type { Places } from "./places.ts";

export interface AppMemo<T> {
  /** The kept value of `id`, else `compute`'s; null is never kept. */
  of(id: string, compute: () => T | null): T | null;
  /** Writes what is new. Where that cannot be done, the next look works it out again. */
  save(): void;
}

interface Entry<T> {
  readonly identity: string;
  readonly value: T;
}

/** Coarser than any file system's clock: a file that changed so shortly before may change again within the same tick. */
const RACY_MILLISECONDS = 2500;
const MAP_KEY = "map\u0001";

/** `cache`: `$XDG_CACHE_HOME/tsbox`. `salt`: what else the values depend on; the program's own version is part of it. `since`: now, in milliseconds of the epoch. */
export function openAppMemo<T>(places: Places, cache: string, name: string, salt: string, since = Date.now()): AppMemo<T> {
  const file = `${cache}/listings/${name}.json`;
  const program = identityOf(`${places.catalogue}/../build/cli-code.cjs`).text;
  const key = `${salt}\n${program}\n${places.catalogue}`;
  const kept = readKept<T>(file, key);
  const now = new Map<string, Entry<T>>();
  let changed = false;
  return {
    of(id, compute) {
      const identity = identityOfApp(places, id);
      const known = kept.get(id);
      if (known?.identity === identity.text) {
        now.set(id, known);
        return known.value;
      }
      const value = compute();
      if (value === null || identity.changed > since - RACY_MILLISECONDS) return value;
      now.set(id, { identity: identity.text, value });
      changed = true;
      return value;
    },
    save() {
      if (changed || now.size !== kept.size) writeKept(file, key, now);
    },
  };
}

/** Files of Flatpak are left out: whoever asks keeps nothing about its apps. */
function identityOfApp(places: Places, id: string): { readonly text: string; readonly changed: number } {
  const layers = [...overrideFiles(places, id), ...limitFiles(places, id)].map(({ file }) => file);
  const files = [...manifestFiles(places, id), acceptedFile(places, id), `${places.state}/sources/${id}`, ...layers];
  const all = files.map(identityOf);
  return { text: all.map(({ text }) => text).join(" "), changed: Math.max(...all.map(({ changed }) => changed)) };
}

function identityOf(path: string): { readonly text: string; readonly changed: number } {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined) return { text: "-", changed: 0 };
    const { dev, ino, size, mode, mtimeNs, ctimeNs } = found;
    return { text: `${dev}:${ino}:${size}:${mode}:${mtimeNs}:${ctimeNs}`, changed: Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n) };
  } catch {
    // It cannot be looked at: whatever is known of it does not hold.
    return { text: `? ${Math.random()}`, changed: Number.POSITIVE_INFINITY };
  }
}

function readKept<T>(file: string, key: string): ReadonlyMap<string, Entry<T>> {
  try {
    const raw = JSON.parse(readFileSync(file, "utf8"), revive) as { readonly key: string; readonly entries: ReadonlyMap<string, Entry<T>> };
    return raw.key === key && raw.entries instanceof Map ? raw.entries : new Map();
  } catch {
    return new Map();
  }
}

function writeKept<T>(file: string, key: string, entries: ReadonlyMap<string, Entry<T>>): void {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    writeFileSync(
      temporary,
      JSON.stringify({ key, entries }, (_, value: unknown) => (value instanceof Map ? { [MAP_KEY]: [...value] } : value)),
      { mode: 0o600 },
    );
    renameSync(temporary, file);
  } catch {
    return;
  }
}

function revive(_: string, value: unknown): unknown {
  const pairs = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[MAP_KEY] : undefined;
  return Array.isArray(pairs) ? new Map(pairs as [unknown, unknown][]) : value;
}
