// Keys of a manifest or override that say nothing about permissions, as manifest(5) and the schema tell them; parse-manifest.ts and parse-layer.ts take their values.
import type { KeyMeaning } from "./entry-grammar.ts";

export const APPLICATION_KEYS: readonly KeyMeaning[] = [
  { group: "Application", key: "name", form: "text", words: "the app's id: at least three parts with a dot between them; mandatory", only: "manifest" },
  { group: "Application", key: "command", form: "text", words: "the program to start, looked up in the sandbox's PATH, or its path", only: "manifest" },
  { group: "Application", key: "runtime", form: "text", words: "what is `/usr` inside, as in `[X-Tsbox]`, which wins", only: "manifest" },
];

export const OWN_KEYS: readonly KeyMeaning[] = [
  { group: "X-Tsbox", key: "format", form: "text", words: "the version of this format, a number: 1 is the only one. A newer one stops the run" },
  {
    group: "X-Tsbox",
    key: "runtime",
    form: "text",
    words: "what is `/usr` inside: `host` (the standard), or a runtime that Flatpak installed, as `NAME/ARCHITECTURE/BRANCH`",
    only: "manifest",
  },
  { group: "X-Tsbox", key: "lock", form: "boolean", words: "whether this override is all that holds, whatever lower layers say", only: "override" },
];
