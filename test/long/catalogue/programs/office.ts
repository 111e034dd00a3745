// Letters, tables and notes in formats of their own.
import { gunzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { editor, type Program } from "../program.ts";
import { NOTES, TABLE } from "../documents.ts";

/** Text of a file that may be compressed. */
function unpacked(path: string): string {
  const bytes = readFileSync(path);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
}

export const OFFICE: readonly Program[] = [
  editor({ id: "com.abisource.AbiWord", packages: ["abiword"], patience: 1500 }),
  editor({
    id: "org.gnumeric.gnumeric",
    packages: ["gnumeric"],
    document: { path: "Documents/table.gnumeric", content: TABLE },
    title: "table.gnumeric",
    patience: 1500,
    async act(window) {
      await window.press("ctrl+Home");
      await window.type("typed inside");
      await window.press("Return", "ctrl+s");
    },
    isDone: (_session, path) => unpacked(path).includes("typed inside"),
  }),
  editor({
    id: "com.github.xournalpp.xournalpp",
    packages: ["xournalpp"],
    document: { path: "Documents/notes.xopp", content: NOTES },
    title: "notes",
    patience: 2000,
    async act(window) {
      const { x, y, width, height } = await window.place();
      await window.drag([x + width / 2, y + height / 2], [x + width / 2 + 60, y + height / 2 + 60]);
      await window.press("ctrl+s");
    },
    isDone: (_session, path) => unpacked(path).includes("<stroke"),
  }),
];
