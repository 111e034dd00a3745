// Where an exported entry of tsbox and one of Flatpak 1.14 differ, as data.

export interface Rule {
  readonly because: string;
  /** From the words of Flatpak's line to ours. */
  apply(words: readonly string[]): readonly string[];
}

/** What differs in every line. Lines are compared as words: Flatpak quotes with single quotes, which the specification does not know, tsbox with double ones. */
export const RULES: readonly Rule[] = [
  { because: "the program is another", apply: ([program, ...words]) => [program === "/usr/bin/flatpak" ? "/usr/bin/tsbox" : (program ?? ""), ...words] },
  { because: "an app of tsbox has neither branch nor architecture", apply: (words) => words.filter((word) => !/^--(?:branch|arch)=/.test(word)) },
];

export interface Difference {
  readonly file: string;
  readonly group: string;
  /** `extension`: ours, documented; `specification`: the Desktop Entry Specification's words. */
  readonly class: "extension" | "specification";
  readonly because: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    file: "konsole__konsolerun.desktop",
    group: "Desktop Entry",
    class: "specification",
    because: "the Exec key belongs to applications; Flatpak adds one to a KDE service that has none",
  },
];

/** Keys that either side writes for itself. */
export function isIgnoredKey(key: string): boolean {
  return key === "X-Tsbox" || key === "X-Flatpak" || isLeftOut(key);
}

/** What we leave out and Flatpak keeps: it starts something outside, or opens the compositor, by KDE. */
export function isLeftOut(key: string): boolean {
  return /^(?:(?:X-KDE-)?(?:TerminalOptions|ServiceTypes)|X-KDE-(?:Library|SubstituteUID|Username|Wayland-Interfaces|DBUS-Restricted-Interfaces))$/.test(key);
}
