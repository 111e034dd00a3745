// `tsbox data`: sizes, backups and a fresh start of what apps keep in ~/.var/app.
import { posix } from "node:path";
import { asideFolder, backUpData, dataSizes, forgetAdopted, readAdopted, resetData, restoreData } from "../app-data/door.ts";
import { parseAppId } from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { allAppsFolder } from "../plan/door.ts";
import { type Command, commandProblem, type Invocation, isGiven, type Outcome, refuse, type Surroundings } from "./command.ts";
import { ADOPT_OPTIONS, adoptData } from "./data-adopt.ts";
import { readViewer, type Viewer } from "./known-app.ts";
import { listingOf } from "./listing.ts";
import { runningIds } from "./running.ts";
import { type Column, shapeOfTable } from "./table.ts";

type Size = ReturnType<typeof dataSizes>[number];

const COLUMNS: readonly Column<Size>[] = [
  { name: "application", title: "Application", byDefault: true, value: ({ id }) => id },
  { name: "bytes", title: "Bytes", byDefault: true, value: ({ bytes }) => String(bytes) },
  { name: "folder", title: "Folder", byDefault: true, value: ({ folder }) => folder },
];

const ADOPTING = ADOPT_OPTIONS.map(({ flags }) => flags.slice(2));

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function dataCommand(catalogue: () => string): Command {
  return {
    name: "data",
    summary: "show, back up, restore, reset or adopt what an app keeps",
    positionals: "<ACTION> [APP] [FILE]",
    actions: ["size", "backup", "restore", "reset", "adopt"],
    options: [
      { flags: "--columns <LIST>", summary: "which columns of `size`, separated by commas" },
      { flags: "-j, --json", summary: "print JSON (`size`)" },
      ...ADOPT_OPTIONS,
    ],
    optionsFirst: false,
    details: [
      "`size` lists what all apps take, the largest first. `backup APP FILE` writes an archive without the cache, `restore APP FILE` puts it back.",
      "`reset APP` gives the app a fresh start. `restore` and `reset` set aside what was there; nothing is deleted.",
      "`adopt APP` asks what becomes of settings that the program has outside, where its manifest names some: a copy, the settings themselves, or nothing.",
      "Example: `tsbox data backup org.xfce.mousepad mousepad.tar.gz`",
    ],
    json: { "data-size": shapeOfTable(COLUMNS) },
    answeredByBroker: false,
    onlyLooks: ({ positionals }) => positionals[0] === "size",
    answer: (invocation, surroundings) => {
      const viewer = readViewer(surroundings, catalogue());
      return viewer.ok ? act(invocation, surroundings, viewer.value) : refuse(...viewer.problems);
    },
  };
}

function act(invocation: Invocation, surroundings: Surroundings, viewer: Viewer): Outcome | Promise<Outcome> {
  const [action = "", app, file] = invocation.positionals;
  const root = allAppsFolder(viewer.caller.home);
  if (action !== "adopt" && ADOPTING.some((name) => isGiven(invocation, name))) return refuse(commandProblem("data.adopt-alone", {}));
  if (action === "size") return size(invocation, surroundings, root);
  if (action !== "adopt" && action !== "backup" && action !== "restore" && action !== "reset") return refuse(commandProblem("data.action", { value: action }));
  if (app === undefined) return refuse(commandProblem("data.no-app", { action }));
  // An id alone: a folder of another name is no app's.
  if (!parseAppId(app).ok) return refuse(commandProblem("data.not-an-id", { value: app }));
  if (action !== "reset" && action !== "adopt" && file === undefined) return refuse(commandProblem("data.no-file", { action, app }));
  if (runningIds(surroundings).includes(app)) return refuse(commandProblem("data.running", { app }));
  if (action === "adopt") return adoptData(app, invocation, surroundings, viewer);
  const folder = `${root}/${app}`;
  const aside = asideFolder(viewer.places.state, app);
  const path = posix.resolve(viewer.request.cwd, file ?? "");
  if (action === "backup") {
    const done = backUpData(folder, path);
    return done.ok ? say("data.backed-up", { app, file: done.value.file, bytes: String(done.value.bytes) }) : refuse(...done.problems);
  }
  if (action === "reset") {
    const done = resetData(folder, aside);
    // What was copied went with it, and is asked about again.
    if (done.ok && readAdopted(viewer.places.state, app)?.way === "copy") forgetAdopted(viewer.places.state, app);
    return done.ok ? say("data.set-aside", { folder: done.value }) : refuse(...done.problems);
  }
  const done = restoreData(folder, path, aside);
  if (!done.ok) return refuse(...done.problems);
  const restored = renderText("data.restored", { app, file: path }, MESSAGES);
  return {
    status: 0,
    output: done.value.aside === null ? restored : restored + renderText("data.set-aside", { folder: done.value.aside }, MESSAGES),
    problems: [],
  };
}

function say(key: string, values: Readonly<Record<string, string>>): Outcome {
  return { status: 0, output: renderText(key, values, MESSAGES), problems: [] };
}

function size(invocation: Invocation, surroundings: Surroundings, root: string): Outcome {
  const listing = listingOf(COLUMNS, invocation, surroundings);
  if (listing.kind === "outcome") return listing.outcome;
  const rows = dataSizes(root).filter(({ id }) => invocation.positionals[1] === undefined || id === invocation.positionals[1]);
  return { status: 0, output: listing.render(rows), problems: [] };
}
