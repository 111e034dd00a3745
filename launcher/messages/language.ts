// Which language an environment asks for. Pure.

export type Language = "en" | "zh_CN";

/** As setlocale(3) has it for messages: the first that is not empty. */
export const LANGUAGE_VARIABLES = ["LC_ALL", "LC_MESSAGES", "LANG"] as const;

/** Simplified Chinese, by country or script, or without either; in an encoding other than UTF-8 our Chinese could not be read, and English can. */
const SIMPLIFIED_CHINESE = /^zh(?:[_-](?:CN|SG|Hans)\w*)?(?:\.utf-?8)?(?:@.*)?$/i;

export function languageOf(read: (name: string) => string | undefined): Language {
  const named = LANGUAGE_VARIABLES.map(read).find((value) => value !== undefined && value !== "") ?? "";
  return SIMPLIFIED_CHINESE.test(named) ? "zh_CN" : "en";
}
