// The form of every text for a user: lower case, no full stop, input in backticks, causes joined by colons, the hint on its own line.

/** `{name}` in a text is replaced by the problem's value of that name, escaped. */
export interface MessageText {
  readonly text: string;
  /** The way out: what to type, change or install. */
  readonly hint?: string;
}

/** Keys to texts. One table per area (manifest.ts, override.ts, plan.ts, run.ts, native.ts …); messages.ts joins them. */
export type MessageTable = Readonly<Record<string, MessageText>>;

/**
 * Sentences that stand beside what they speak of (a command's help, a permission's words), by their English. In another language they are in the one table too, with
 * the English as key; a text finds them through its values `{words}`, `{risk}`, `{reason}`, `{system}` and `{error}`.
 */
export type PhraseTable = Readonly<Record<string, string>>;

export function textsOfPhrases(phrases: PhraseTable): MessageTable {
  return Object.fromEntries(Object.entries(phrases).map(([english, text]) => [english, { text }]));
}
