// File name patterns of a MIME type (shared-mime-info's globs2), for dialogs that know patterns alone.
import { readFileSync } from "node:fs";

const GLOBS = "/usr/share/mime/globs2";
const MAX_PATTERNS = 100;

/** `image/png`, or `image/*`. */
export function patternsOfType(type: string): readonly string[] {
  if (!/^[A-Za-z0-9+.-]+\/(?:[A-Za-z0-9+.-]+|\*)$/.test(type)) return [];
  const wanted = type.endsWith("/*") ? type.slice(0, -1) : `${type}:`;
  const patterns = readGlobs().flatMap((line) => {
    const [, found = "", pattern = ""] = line.split(":");
    return `${found}:`.startsWith(wanted) && /^\*\.[\w.+-]+$/.test(pattern) ? [pattern] : [];
  });
  return [...new Set(patterns)].slice(0, MAX_PATTERNS);
}

function readGlobs(): readonly string[] {
  try {
    return readFileSync(GLOBS, "utf8").split("\n");
  } catch {
    return [];
  }
}
