// `tsbox instance`: the named instances of apps, each with data, overrides, entry and bus names of its own.
import { lstatSync } from "node:fs";
import { asideFolder, copyData, moveData, resetData } from "../app-data/door.ts";
import { folderSize } from "../host/door.ts";
import {
  type AppId,
  findManifest,
  instanceIdOf,
  isInstalledByFlatpak,
  type NamedInstance,
  parseAppId,
  type Problem,
  type Result,
  splitInstanceId,
  userOverrideFolder,
  namesIn,
} from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { allAppsFolder } from "../plan/door.ts";
import { type Command, commandProblem, type Invocation, isGiven, type Outcome, refuse } from "./command.ts";
import { exportCommand, type ExportSettings } from "./export.ts";
import { copyOverride, copyWriter, forgetInstance, type InstanceWork } from "./instance-work.ts";
import { readViewer, type Viewer } from "./known-app.ts";
import { COUNT, FLAG, listOf, record, renderShape, TEXT } from "./shape.ts";
import { runningIds } from "./running.ts";
import { type Column, renderTable } from "./table.ts";

interface ListedInstance extends NamedInstance {
  readonly id: string;
  readonly running: boolean;
  readonly bytes: number;
}

const COLUMNS: readonly Column<ListedInstance>[] = [
  { name: "application", title: "Application", byDefault: true, value: ({ app }) => app },
  { name: "name", title: "Name", byDefault: true, value: ({ name }) => name },
  { name: "id", title: "Id", byDefault: true, value: ({ id }) => id },
  { name: "running", title: "Running", byDefault: true, value: ({ running }) => String(running) },
  { name: "bytes", title: "Bytes", byDefault: true, value: ({ bytes }) => String(bytes) },
];

const LISTED = listOf(record({ application: TEXT, name: TEXT, id: TEXT, running: FLAG, bytes: COUNT }));

/** Words of each action behind it, for the message that one is missing. */
const FORMS: Readonly<Record<string, string>> = {
  clone: "org.example.App NAME",
  rename: "org.example.App--OLD NEW",
  remove: "org.example.App--NAME",
  export: "org.example.App--NAME",
};

export function instanceCommand(settings: ExportSettings): Command {
  return {
    name: "instance",
    summary: "list, copy, rename, remove or export the named instances of apps",
    positionals: "<ACTION> [APP] [NAME]",
    actions: ["list", "clone", "rename", "remove", "export"],
    options: [{ flags: "-j, --json", summary: "print JSON (`list`)" }],
    optionsFirst: false,
    details: [
      "`tsbox run --instance=NAME APP` starts one, and makes it at its first start. Everywhere else it is named `APP--NAME`: `tsbox override APP--NAME`, `tsbox permissions APP--NAME`.",
      "`clone APP NAME` copies the data, and of an instance the overrides too; `rename APP--OLD NEW`; `remove APP--NAME` sets its data aside and takes the rest away.",
      "`export APP--NAME` makes a desktop entry of its own.",
      "Example: `tsbox instance clone org.mozilla.firefox work`",
    ],
    json: { "instance-list": LISTED },
    answeredByBroker: false,
    onlyLooks: ({ positionals }) => positionals[0] === "list",
    answer: (invocation, surroundings) => {
      const viewer = readViewer(surroundings, settings.catalogue());
      return viewer.ok ? act(invocation, { viewer: viewer.value, surroundings, settings }) : refuse(...viewer.problems);
    },
  };
}

function say(key: string, values: Readonly<Record<string, string>>): string {
  return renderText(key, values, MESSAGES);
}

function act(invocation: Invocation, work: InstanceWork): Outcome | Promise<Outcome> {
  const [action = "", app, name] = invocation.positionals;
  if (action === "list") return list(invocation, work);
  const form = FORMS[action];
  if (form === undefined) return refuse(commandProblem("instance.action", { value: action }));
  if (app === undefined) return refuse(commandProblem("instance.no-app", { action, form }));
  const id = parseAppId(app);
  if (!id.ok) return refuse(...id.problems);
  if (action === "clone") return name === undefined ? refuse(commandProblem("instance.no-name", { action, app })) : clone(id.value, name, work);
  const instance = splitInstanceId(app);
  if (instance === null) return refuse(commandProblem("instance.not-one", { app }));
  if (action === "export") return exportCommand(work.settings).answer({ options: [], positionals: [app] }, work.surroundings);
  if (!known(work).has(app)) return refuse(commandProblem("instance.absent", { app }));
  if (isRunning(app, work)) return refuse(commandProblem("instance.running", { app }));
  if (action === "remove") return remove(app, work);
  return name === undefined ? refuse(commandProblem("instance.no-name", { action, app })) : rename(app, instance, name, work);
}

function list(invocation: Invocation, work: InstanceWork): Outcome {
  const [, app] = invocation.positionals;
  const root = allAppsFolder(work.viewer.caller.home);
  const rows = [...known(work)].sort().flatMap((id): ListedInstance[] => {
    const instance = splitInstanceId(id);
    if (instance === null || (app !== undefined && app !== instance.app && app !== id)) return [];
    return [{ ...instance, id, running: isRunning(id, work), bytes: folderSize(`${root}/${id}`) ?? 0 }];
  });
  if (isGiven(invocation, "json")) {
    const out = rows.map(({ app: of, name, id, running, bytes }) => ({ application: of, name, id, running, bytes }));
    return { status: 0, output: renderShape(LISTED, out), problems: [] };
  }
  return { status: 0, output: renderTable(rows, COLUMNS, work.surroundings.stdoutIsTerminal), problems: [] };
}

async function clone(from: AppId, name: string, work: InstanceWork): Promise<Outcome> {
  const { viewer, surroundings } = work;
  const to = instanceIdOf(splitInstanceId(from)?.app ?? from, name);
  if (!to.ok) return refuse(...to.problems);
  const busy = taken(to.value, work) ?? (isRunning(from, work) ? commandProblem("instance.running", { app: from }) : null);
  if (busy !== null) return refuse(busy);
  if (!exists(folderOf(from, viewer))) return refuse(commandProblem("instance.no-data", { from, app: splitInstanceId(from)?.app ?? from, name }));
  const found = findManifest(from, surroundings.workingDirectory, viewer.places);
  const copied = copyData(folderOf(from, viewer), folderOf(to.value, viewer));
  if (!copied.ok) return refuse(...copied.problems);
  copyWriter(work, from, to.value, found.ok && found.value.manifest.installed !== null ? "flatpak" : "host");
  const overridden: Result<null> = splitInstanceId(from) === null ? { ok: true, value: null, notices: [] } : await copyOverride(work, from, to.value);
  return overridden.ok ? { status: 0, output: say("instance.cloned", { app: to.value, from }), problems: [] } : refuse(...overridden.problems);
}

/** The new one has all before the old one goes. */
async function rename(from: string, { app }: NamedInstance, name: string, work: InstanceWork): Promise<Outcome> {
  const { viewer } = work;
  const to = instanceIdOf(app, name);
  if (!to.ok) return refuse(...to.problems);
  const busy = taken(to.value, work);
  if (busy !== null) return refuse(busy);
  const overridden = await copyOverride(work, from, to.value);
  if (!overridden.ok) return refuse(...overridden.problems);
  copyWriter(work, from, to.value, "host");
  const moved = exists(folderOf(from, viewer)) ? moveData(folderOf(from, viewer), folderOf(to.value, viewer)) : null;
  if (moved?.ok === false) return refuse(...moved.problems);
  const forgotten = await forgetInstance(work, from);
  if (!forgotten.ok) return refuse(...forgotten.problems);
  const again = forgotten.value.exported > 0 ? say("instance.export-again", { app: to.value }) : "";
  return { status: 0, output: say("instance.renamed", { app: to.value, from }) + again, problems: forgotten.value.notices };
}

async function remove(app: string, work: InstanceWork): Promise<Outcome> {
  const { viewer } = work;
  const aside = asideFolder(viewer.places.state, app);
  const data = exists(folderOf(app, viewer)) ? resetData(folderOf(app, viewer), aside) : null;
  if (data?.ok === false) return refuse(...data.problems);
  const forgotten = await forgetInstance(work, app);
  if (!forgotten.ok) return refuse(...forgotten.problems);
  const kept = data === null ? "" : say("data.set-aside", { folder: aside });
  return { status: 0, output: say("instance.removed", { app }) + kept, problems: forgotten.value.notices };
}

function taken(id: string, work: InstanceWork): Problem | null {
  if (isInstalledByFlatpak(work.viewer.places.flatpak, id)) return commandProblem("instance.of-flatpak", { app: id });
  return known(work).has(id) || exists(folderOf(id, work.viewer)) ? commandProblem("instance.there", { app: id }) : null;
}

function folderOf(id: string, { caller }: Viewer): string {
  return `${allAppsFolder(caller.home)}/${id}`;
}

/** Ids of all that have data or an override, or run. */
function known({ viewer, surroundings }: InstanceWork): ReadonlySet<string> {
  const names = [allAppsFolder(viewer.caller.home), userOverrideFolder(viewer.places)].flatMap(namesIn);
  return new Set([...names, ...runningIds(surroundings)].filter((name) => splitInstanceId(name) !== null));
}

function isRunning(id: string, { surroundings }: InstanceWork): boolean {
  return runningIds(surroundings).includes(id);
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
