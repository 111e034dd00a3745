// Letters, tables and notes in formats of their own.
import { gunzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { editor, type Program } from "../program.ts";
import { FLAT_LETTER, FLAT_TABLE, NOTES, TABLE } from "../documents.ts";

/** Text of a file that may be compressed. */
function unpacked(path: string): string {
  const bytes = readFileSync(path);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** LibreOffice with a document of one kind. */
function office(part: string, path: string, content: string, keys: readonly string[]): Program {
  return editor({
    id: "org.libreoffice.LibreOffice",
    packages: ["libreoffice-writer", "libreoffice-calc", "libreoffice-gtk3"],
    part,
    document: { path, content },
    title: path.replace(/^.*\//, ""),
    arguments: ["--norestore", "--nologo"],
    // It shows an empty window first and loads then.
    patience: 15_000,
    async act({ window }) {
      await window.press("ctrl+Home");
      await window.type("typed inside ");
      await window.press(...keys);
    },
    // It begins the sentence with a capital.
    isDone: ({ session, path: file }) => /typed inside /i.test(session.read(file)),
  });
}

export const OFFICE: readonly Program[] = [
  office("a letter", "Documents/letter.fodt", FLAT_LETTER, ["ctrl+s"]),
  office("a table", "Documents/table.fods", FLAT_TABLE, ["Return", "ctrl+s"]),
  editor({ id: "com.abisource.AbiWord", packages: ["abiword"], patience: 1500 }),
  editor({
    id: "org.gnumeric.gnumeric",
    packages: ["gnumeric"],
    document: { path: "Documents/table.gnumeric", content: TABLE },
    title: "table.gnumeric",
    patience: 1500,
    async act({ window }) {
      await window.press("ctrl+Home");
      await window.type("typed inside");
      await window.press("Return", "ctrl+s");
    },
    isDone: ({ path }) => unpacked(path).includes("typed inside"),
  }),
  editor({
    id: "com.github.xournalpp.xournalpp",
    packages: ["xournalpp"],
    document: { path: "Documents/notes.xopp", content: NOTES },
    title: "notes",
    patience: 2000,
    async act({ window }) {
      const { x, y, width, height } = await window.place();
      await window.drag([x + width / 2, y + height / 2], [x + width / 2 + 60, y + height / 2 + 60]);
      await window.press("ctrl+s");
    },
    isDone: ({ path }) => unpacked(path).includes("<stroke"),
  }),
];
