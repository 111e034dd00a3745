// Where a permission, an operation or an error comes from: the value that every `because` ends in.

/** Layers, lowest first. The order of this list is the order of merging. */
export const LAYERS = [
  "default",
  "manifest",
  "flatpak-override",
  "system-global",
  "system-app",
  "user-global",
  "user-app",
  "instance",
  "command-line",
  "limit",
] as const;
export type LayerName = (typeof LAYERS)[number];

/** One place in one layer. Lines and columns count from 1; 0 where there is no file (defaults, command line). */
export interface Origin {
  readonly layer: LayerName;
  /** Absolute path, or empty. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What stood there, as written: `sockets=x11`, `--socket=x11`. */
  readonly text: string;
}

/** A finding about one place in a file, ready to be rendered by messages. `key` names the text in launcher/messages. */
export interface Problem {
  readonly key: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Values for the text. Already outside text: the renderer escapes control and bidirectional characters. */
  readonly values: Readonly<Record<string, string>>;
  readonly severity: "error" | "notice";
}

/** An expected answer: a value or the problems that stand in its way. Notices may accompany a value. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly notices: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };
