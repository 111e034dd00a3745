// `tsbox try`: what starts with `--try` left aside: listed, shown, brought to its places, or dropped.
import { closeSync } from "node:fs";
import { type KeptTry, listTries, lockTry, readTry, walkTry } from "../try/door.ts";
import { renderJsonText } from "../messages/render.ts";
import { type Command, type Invocation, isGiven, type Outcome, refuse, refuseFor, type Surroundings } from "./command.ts";
import { readViewer } from "./known-app.ts";
import { listingOf } from "./listing.ts";
import { type Column, shapeOfTable } from "./table.ts";
import { CHANGES, dropTry, keepTry, renderChanges, sayOfTry } from "./try-output.ts";

const COLUMNS: readonly Column<KeptTry>[] = [
  { name: "name", title: "Name", byDefault: true, value: ({ name }) => name },
  { name: "application", title: "Application", byDefault: true, value: ({ app }) => app },
  { name: "folder", title: "Folder", byDefault: false, value: ({ folder }) => folder },
];

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function tryCommand(catalogue: () => string): Command {
  return {
    name: "try",
    summary: "show, keep or drop what starts with `run --try` left aside",
    positionals: "<ACTION> [NAME]",
    actions: ["list", "show", "keep", "drop"],
    options: [
      { flags: "--overwrite", summary: "`keep`: also over what was changed outside meanwhile" },
      { flags: "--columns <LIST>", summary: "which columns of `list`, separated by commas" },
      { flags: "-j, --json", summary: "print JSON (`list`, `show`)" },
    ],
    optionsFirst: false,
    details: [
      "`list` says what is aside. `show NAME` lists what the app added, changed and removed; `keep NAME` brings it to its places, `drop NAME` deletes it.",
      "Without NAME the one that there is. What was changed outside since the start is a conflict, and stays aside; so does what no app may write.",
      "Example: `tsbox run --try=aside org.xfce.mousepad && tsbox try show`",
    ],
    json: { "try-list": shapeOfTable(COLUMNS), "try-show": CHANGES },
    answeredByBroker: false,
    answer: (invocation, surroundings) => {
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      return act(invocation, surroundings, viewer.value.places.state);
    },
  };
}

function act(invocation: Invocation, surroundings: Surroundings, state: string): Outcome {
  const [action = "", name] = invocation.positionals;
  if (action === "list") {
    const listing = listingOf(COLUMNS, invocation, surroundings);
    return listing.kind === "outcome" ? listing.outcome : { status: 0, output: listing.render(listTries(state), sayOfTry("try.none", {})), problems: [] };
  }
  if (action !== "show" && action !== "keep" && action !== "drop") return refuseFor("try.action", { value: action });
  const all = name === undefined ? listTries(state) : [readTry(state, name)].filter((one) => one !== null);
  const [kept] = all;
  if (kept === undefined) return name === undefined ? refuseFor("try.nothing-aside", {}) : refuseFor("try.unknown", { name });
  if (all.length > 1) return refuseFor("try.several", { action, names: all.map((one) => one.name).join(", ") });
  const addon = surroundings.addon();
  const lock = lockTry(addon, kept.folder);
  if (lock === null) return refuseFor("try.running", { name: kept.name });
  try {
    if (action === "keep") return keepTry(addon, kept, isGiven(invocation, "overwrite"));
    if (action === "drop") return dropTry(kept);
    const changes = walkTry(addon, kept, { act: false, overwrite: false });
    return { status: 0, output: isGiven(invocation, "json") ? renderJsonText(changes, 2) : renderChanges(changes, kept.app, false), problems: [] };
  } finally {
    closeSync(lock);
  }
}
