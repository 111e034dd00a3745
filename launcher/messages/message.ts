// The form of every text for a user: lower case, no full stop, input in backticks, causes joined by colons, the hint on its own line.

/** `{name}` in a text is replaced by the problem's value of that name, escaped. */
export interface MessageText {
  readonly text: string;
  /** The way out: what to type, change or install. */
  readonly hint?: string;
}

/** Keys to texts. One table per area (manifest.ts, override.ts, plan.ts, run.ts, native.ts …); messages.ts joins them. */
export type MessageTable = Readonly<Record<string, MessageText>>;
