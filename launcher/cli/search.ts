// `tsbox search WORD…`: the apps whose manifest speaks of all the words, by id, command, or the comment at its head.
import { type ListedApp, readRegularFile } from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { type Command, refuse } from "./command.ts";
import { listedApps, readViewer } from "./known-app.ts";
import { COLUMNS_OPTION, listingOf } from "./listing.ts";
import { type Column, shapeOfTable } from "./table.ts";

interface Found extends ListedApp {
  readonly description: string;
}

const COLUMNS: readonly Column<Found>[] = [
  { name: "application", title: "Application", byDefault: true, value: (row) => row.id },
  { name: "description", title: "Description", byDefault: true, value: (row) => row.description },
  { name: "command", title: "Command", byDefault: true, value: (row) => row.command ?? "" },
  { name: "origin", title: "Origin", byDefault: true, value: (row) => row.from },
  { name: "file", title: "File", byDefault: false, value: (row) => row.file },
];

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function searchCommand(catalogue: () => string): Command {
  return {
    name: "search",
    summary: "find apps by words",
    positionals: "<WORD...>",
    options: [COLUMNS_OPTION, { flags: "-j, --json", summary: "print JSON" }],
    optionsFirst: false,
    details: [
      "Each word must be in the id, the command or the comment at the head of a manifest; capital letters do not matter.",
      "Example: `tsbox search editor`",
    ],
    json: { search: shapeOfTable(COLUMNS) },
    answeredByBroker: false,
    onlyLooks: () => true,
    answer: (invocation, surroundings) => {
      const listing = listingOf(COLUMNS, invocation, surroundings);
      if (listing.kind === "outcome") return listing.outcome;
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const words = invocation.positionals.map((word) => word.toLowerCase());
      const rows = listedApps(viewer.value, surroundings)
        .apps.map((app): Found => ({ ...app, description: describe(app.file) }))
        .filter((row) => words.every((word) => `${row.id}\n${row.command ?? ""}\n${row.description}`.toLowerCase().includes(word)));
      const none = renderText("search.nothing", { words: invocation.positionals.join(" ") }, MESSAGES);
      return { status: 0, output: listing.render(rows, none), problems: [] };
    },
  };
}

/** The comment lines before the first group. */
function describe(file: string): string {
  const read = readRegularFile(file);
  if (read.kind !== "read") return "";
  const lines = new TextDecoder().decode(read.bytes).split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^#+\s*/, ""))
    .join(" ")
    .trim();
}
