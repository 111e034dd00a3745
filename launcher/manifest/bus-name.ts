// Reads a bus name of a policy: a well-known name, or `NAME.*` for the name and everything below it. Rules of the D-Bus specification, "Valid Names".

const ELEMENT = /^[A-Za-z_-][A-Za-z0-9_-]*$/;
const MAX_NAME_BYTES = 255;

/** A well-known name: at least two elements. Unique names (`:1.2`) are none. */
export function isWellKnownName(raw: string): boolean {
  const elements = raw.split(".");
  return raw.length <= MAX_NAME_BYTES && elements.length >= 2 && elements.every((element) => ELEMENT.test(element));
}

/** NAME or NAME.*, or null. */
export function parseBusPattern(raw: string): string | null {
  return isWellKnownName(raw.endsWith(".*") ? raw.slice(0, -2) : raw) ? raw : null;
}

/** Whether `pattern` (NAME or NAME.*) speaks about `name`, itself a name or a pattern: all that `name` means lies within. */
export function patternCovers(pattern: string, name: string): boolean {
  if (!pattern.endsWith(".*")) return pattern === name;
  const stem = pattern.slice(0, -2);
  const other = name.endsWith(".*") ? name.slice(0, -2) : name;
  return other === stem || other.startsWith(`${stem}.`);
}
