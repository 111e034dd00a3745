// Generated command lines that differ, one by one, each with its class and reason. What differs in every case is a rule in sight.ts instead.

export interface KnownCase {
  readonly seed: number;
  /** Of one account alone. */
  readonly account?: string;
  readonly class: "published hole" | "text of a message" | "newer version" | "documented extension";
  readonly reason: string;
}

export const KNOWN: readonly KnownCase[] = [
  {
    seed: 51,
    account: "root",
    class: "documented extension",
    reason:
      "`--cap-add ALL` of a superuser who lacks a capability: the kernel refuses bwrap's set, and bwrap goes on with nothing changed; ours is what the caller has, ambient too",
  },
  {
    seed: 76,
    class: "documented extension",
    reason: "a second --mqueue on top of the first: mount(2) says EBUSY to bwrap, a tree that is attached covers it",
  },
  {
    seed: 123,
    class: "newer version",
    reason:
      "a place below a link with an absolute target: looked up in the new root, as 0.12.0 does it after CVE-2026-87766; before, in bwrap's scratch root, where it is missing",
  },
  {
    seed: 185,
    class: "documented extension",
    reason: "a second --mqueue on top of the first, as with seed 76",
  },
];
