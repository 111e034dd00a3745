// Generated command lines that differ, one by one, each with its class and reason. What differs in every case is a rule in sight.ts instead.

export interface KnownCase {
  readonly seed: number;
  /** Of one account alone. */
  readonly account?: string;
  readonly class: "published hole" | "text of a message" | "newer version" | "documented extension";
  readonly reason: string;
}

/** What differs wherever a line is of this kind, whatever its seed. */
export interface KnownKind {
  readonly class: KnownCase["class"];
  readonly reason: string;
  /** `found`: the differing facts; `said`: what bwrap said on its standard error. */
  readonly applies: (words: readonly string[], found: readonly string[], said: string) => boolean;
}

export const KNOWN_KINDS: readonly KnownKind[] = [
  {
    class: "documented extension",
    reason: "a second --mqueue on top of the first: mount(2) says EBUSY to bwrap, a tree that is attached covers it",
    applies: (words, _, said) => words.filter((word) => word === "--mqueue").length > 1 && /Can't mount mqueue on .*: Device or resource busy/.test(said),
  },
  {
    class: "documented extension",
    reason:
      "--perms of a --dir whose name ends in a slash: bwrap makes the folder as if it were a parent, so that the mode is lost; here it is the one asked for",
    applies: (words, found) =>
      words.some((word, at) => word === "--dir" && words[at + 1] === "/t//double/") && found.every((one) => / entry \/t\/double /.test(one)),
  },
  {
    class: "documented extension",
    reason:
      "`--cap-add ALL` of a superuser who lacks a capability: the kernel refuses bwrap's set, and bwrap goes on with nothing changed; ours is what the caller has, ambient too",
    applies: (words, found) =>
      words.some((word, at) => word === "--cap-add" && words[at + 1] === "ALL") && found.every((one) => /: status Cap(?:Amb|Inh):/.test(one)),
  },
];

export const KNOWN: readonly KnownCase[] = [
  {
    seed: 123,
    class: "newer version",
    reason:
      "a place below a link with an absolute target: looked up in the new root, as 0.12.0 does it after CVE-2026-87766; before, in bwrap's scratch root, where it is missing",
  },
];
