// File name patterns of a MIME type (shared-mime-info's globs2), for dialogs that know patterns alone.
import { readFileSync } from "node:fs";

const GLOBS = "/usr/share/mime/globs2";
const MAX_PATTERNS = 100;

/** Of `image/png`, or `image/*`. */
export type PatternsOfType = (type: string) => readonly string[];

/** The table is read once, when the first type is looked up: how many there are is the app's word. */
export function openPatterns(read: () => string = readGlobs): PatternsOfType {
  let table: ReadonlyMap<string, readonly string[]> | undefined;
  return (type) => {
    if (!/^[A-Za-z0-9+.-]+\/(?:[A-Za-z0-9+.-]+|\*)$/.test(type)) return [];
    table ??= parseGlobs(read());
    const patterns = type.endsWith("/*") ? (table.get(type.slice(0, -1)) ?? []) : (table.get(type) ?? []);
    return [...new Set(patterns)].slice(0, MAX_PATTERNS);
  };
}

/** By type, and by the part before the slash with it. */
function parseGlobs(text: string): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, type = "", pattern = ""] = line.split(":");
    if (!/^\*\.[\w.+-]+$/.test(pattern)) continue;
    for (const key of [type, type.slice(0, type.indexOf("/") + 1)]) {
      const patterns = table.get(key) ?? [];
      table.set(key, patterns);
      patterns.push(pattern);
    }
  }
  return table;
}

function readGlobs(): string {
  try {
    return readFileSync(GLOBS, "utf8");
  } catch {
    return "";
  }
}
