// One thing that `tsbox lint` has to say about one place of a file, and its code, which stays the same when texts change.
import type { Problem } from "../origin.ts";
import type { Place } from "../problem.ts";

/** `error`: it would not run, or it opens the sandbox. `warning`: something written is passed over or changes nothing. `notice`: it holds, and is worth a look. */
export type Severity = "error" | "warning" | "notice";

export interface Finding extends Place {
  readonly code: string;
  readonly severity: Severity;
  /** Of the text in launcher/messages. */
  readonly key: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Takes what the checks find. */
export type Report = (place: Place, severity: Severity, key: string, values?: Readonly<Record<string, string>>) => void;

export function findingAt(place: Place, severity: Severity, key: string, values: Readonly<Record<string, string>> = {}): Finding {
  return { file: place.file, line: place.line, column: place.column, code: codeOf(key), severity, key, values };
}

/** What the reader passes over with a notice is what Flatpak passes over in silence. */
export function findingOf({ key, values, severity, ...place }: Problem): Finding {
  return findingAt(place, severity === "error" ? "error" : "warning", key, values);
}

/** The key without its table, and without what only chooses another wording. */
export function codeOf(key: string): string {
  return key.slice(key.indexOf(".") + 1).replace(/-(?:nearest|passed|nearest-passed)$/, "");
}
