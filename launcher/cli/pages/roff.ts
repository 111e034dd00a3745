// Text for man pages, in man(7)'s words. Pure.

/** Nothing of a text may be taken for a request of roff's. What stands in backticks becomes bold. */
export function plain(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/`([^`]*)`/g, "\\fB$1\\fR");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

export function title(name: string, section: number, version: string, book: string): string {
  return `.TH ${name.toUpperCase().replaceAll("-", "\\-")} ${section} "" "tsbox ${version}" "${book}"\n`;
}

/** A sentence from words in the house's form. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
