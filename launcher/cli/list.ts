// `tsbox list`: the apps that `tsbox run` knows, each with the manifest that counts.
import type { ListedApp } from "../manifest/door.ts";
import { type Command, refuse } from "./command.ts";
import { listedApps, readViewer } from "./known-app.ts";
import { COLUMNS_OPTION, listingOf } from "./listing.ts";
import { type Column, shapeOfTable } from "./table.ts";

const COLUMNS: readonly Column<ListedApp>[] = [
  { name: "application", title: "Application", byDefault: true, value: (row) => row.id },
  { name: "command", title: "Command", byDefault: true, value: (row) => row.command ?? "" },
  { name: "origin", title: "Origin", byDefault: true, value: (row) => row.from },
  { name: "file", title: "File", byDefault: true, value: (row) => row.file },
  { name: "runtime", title: "Runtime", byDefault: false, value: (row) => row.runtime },
  { name: "overrides", title: "Overrides", byDefault: false, value: (row) => row.overrides.join(", ") },
];

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function listCommand(catalogue: () => string): Command {
  return {
    name: "list",
    summary: "list the apps that can be started",
    positionals: "",
    options: [
      COLUMNS_OPTION,
      { flags: "--app", summary: "taken for compatibility: nothing but apps is listed" },
      { flags: "-j, --json", summary: "print JSON" },
    ],
    optionsFirst: false,
    details: ["Origin is `user` (your own manifests), `system` (the administrator's), `catalogue` (shipped with tsbox), or `flatpak` (installed by Flatpak)."],
    json: { list: shapeOfTable(COLUMNS) },
    answeredByBroker: false,
    onlyLooks: () => true,
    answer: (invocation, surroundings) => {
      const listing = listingOf(COLUMNS, invocation, surroundings);
      if (listing.kind === "outcome") return listing.outcome;
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const { apps, problems } = listedApps(viewer.value, surroundings);
      return { status: 0, output: listing.render(apps), problems };
    },
  };
}
