// Which command lines may be answered beside the broker, told from their words alone: the broker asks this of every line, and loads no command for it.

/** Of each command: whether its words may be a line that only looks. The command itself decides once the line is read (`onlyLooks`). */
export const LISTING_LINES: ReadonlyMap<string, (words: readonly string[]) => boolean> = new Map<string, (words: readonly string[]) => boolean>([
  ["list", always],
  ["search", always],
  ["info", always],
  ["permissions", always],
  ["explain", always],
  ["devices", always],
  ["diff", always],
  ["override", (words) => words.includes("--show") || words.includes("--history")],
  ["export", (words) => words.every((word) => word.startsWith("-") && word !== "--all")],
  ["instance", (words) => words.includes("list")],
  ["data", (words) => words.includes("size")],
]);

/** `argv` starts after the program's name. Help is the command line's: it has all commands. */
export function mayBeListing(argv: readonly string[]): boolean {
  const [name = "", ...words] = argv;
  return !words.includes("--help") && !words.includes("-h") && LISTING_LINES.get(name)?.(words) === true;
}

function always(): boolean {
  return true;
}
