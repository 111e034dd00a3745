// `tsbox documents` and Flatpak's `document-export`, `-unexport`, `-info` and `-list`: files that apps were given beside their permissions.
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { type DocumentRecord, exportFile, openRecords, pathInside, stateFolderOf } from "../../portals/kept.ts";
import { parseAppId } from "../manifest/door.ts";
import { type Command, type Invocation, isGiven, type Outcome, refuse, refuseFor, type Surroundings } from "./command.ts";
import { renderOutsideText } from "../messages/render.ts";
import { listOf, record, renderShape, TEXT } from "./shape.ts";
import { type Column, renderJson, renderTable, shapeOfTable } from "./table.ts";

interface GivenDocument {
  readonly id: string;
  readonly path: string;
  readonly app: string;
  readonly access: string;
}

const DOCUMENT_COLUMNS: readonly Column<GivenDocument>[] = [
  { name: "id", title: "Id", byDefault: true, value: (row) => row.id },
  { name: "path", title: "Path", byDefault: true, value: (row) => row.path },
  { name: "application", title: "Application", byDefault: true, value: (row) => row.app },
  { name: "access", title: "Access", byDefault: true, value: (row) => row.access },
];
const JSON_OPTION = { flags: "-j, --json", summary: "print JSON" };
/** `path`: inside; `origin`: on the host. */
const DOCUMENTS = listOf(record({ id: TEXT, path: TEXT, origin: TEXT, permissions: listOf(record({ application: TEXT, access: TEXT })) }));
const NOTHING: Outcome = { status: 0, output: "", problems: [] };

const recordsOf = ({ environment }: Surroundings) => openRecords(stateFolderOf(environment));

function listDocuments(invocation: Invocation, surroundings: Surroundings): Outcome {
  const [app] = invocation.positionals;
  const rows = recordsOf(surroundings)
    .all()
    .flatMap(({ id, path, apps }) =>
      Object.entries(apps).map(([name, { writable }]): GivenDocument => ({ id, path, app: name, access: writable ? "write" : "read" })),
    )
    .filter((row) => app === undefined || row.app === app)
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  const output = isGiven(invocation, "json") ? renderJson(rows, DOCUMENT_COLUMNS) : renderTable(rows, DOCUMENT_COLUMNS, surroundings.stdoutIsTerminal);
  return { ...NOTHING, output };
}

const listing = (name: "documents" | "document-list"): Command => ({
  name,
  summary: "list files and folders that were given to apps in dialogs",
  positionals: "[APP]",
  options: [JSON_OPTION],
  optionsFirst: false,
  details: ["Those that tsbox keeps itself; where the host has a document portal, they are that one's (`flatpak documents`)."],
  json: { [name]: shapeOfTable(DOCUMENT_COLUMNS) },
  answeredByBroker: false,
  answer: listDocuments,
});

const documentExport: Command = {
  name: "document-export",
  summary: "give a file to an app, as if it had been picked in a dialog",
  positionals: "<FILE>",
  options: [
    { flags: "-a, --app <APP>", summary: "the app that gets it; may be repeated" },
    { flags: "-w, --allow-write", summary: "to write as well as to read" },
  ],
  optionsFirst: false,
  details: [
    "Prints where the app finds it, from its next start on.",
    "Kept by tsbox itself; where the host has a document portal, use `flatpak document-export`.",
  ],
  answeredByBroker: false,
  answer(invocation, surroundings) {
    const path = realPath(invocation.positionals[0] ?? "", surroundings);
    if (path === undefined) return refuseFor("document.absent", { path: invocation.positionals[0] ?? "" });
    const apps = invocation.options.filter(({ name }) => name === "app").map(({ value }) => parseAppId(value ?? ""));
    const wrong = apps.flatMap((app) => (app.ok ? [] : app.problems));
    if (wrong.length > 0) return refuse(...wrong);
    if (apps.length === 0) return refuseFor("document.no-app", {});
    const writable = isGiven(invocation, "allow-write");
    const given = apps.flatMap((app) => (app.ok ? [{ app: app.value, writable }] : []));
    const record = exportFile(surroundings.addon(), stateFolderOf(surroundings.environment), path, given);
    return record === undefined ? refuseFor("document.no-file", { path }) : { ...NOTHING, output: `${renderOutsideText(pathInside(record))}\n` };
  },
};

const documentUnexport: Command = {
  name: "document-unexport",
  summary: "take a file back from the apps that it was given to",
  positionals: "<FILE>",
  options: [
    { flags: "-a, --app <APP>", summary: "from this app alone" },
    { flags: "--doc-id", summary: "FILE is a document's id, as `documents` lists it" },
  ],
  optionsFirst: false,
  details: ["An app that runs keeps it until it ends."],
  answeredByBroker: false,
  answer(invocation, surroundings) {
    const records = recordsOf(surroundings);
    const app = invocation.options.find(({ name }) => name === "app")?.value ?? undefined;
    const found = findDocuments(invocation, surroundings).filter(({ apps }) => app === undefined || apps[app] !== undefined);
    if (found.length === 0) return refuseFor("document.unknown", { path: invocation.positionals[0] ?? "" });
    for (const record of found) {
      const left = app === undefined ? [] : Object.entries(record.apps).filter(([name]) => name !== app);
      if (left.length === 0) records.remove(record.id);
      else records.put({ ...record, apps: Object.fromEntries(left) });
    }
    return NOTHING;
  },
};

const documentInfo: Command = {
  name: "document-info",
  summary: "print where a given file lies, and which apps have it",
  positionals: "<FILE>",
  options: [{ flags: "--doc-id", summary: "FILE is a document's id, as `documents` lists it" }, JSON_OPTION],
  optionsFirst: false,
  details: [],
  json: { "document-info": DOCUMENTS },
  answeredByBroker: false,
  answer(invocation, surroundings) {
    const found = findDocuments(invocation, surroundings);
    if (found.length === 0) return refuseFor("document.unknown", { path: invocation.positionals[0] ?? "" });
    if (isGiven(invocation, "json")) {
      const access = (writable: boolean): string => (writable ? "write" : "read");
      const rows = found.map((record) => ({
        id: record.id,
        path: pathInside(record),
        origin: record.path,
        permissions: Object.entries(record.apps).map(([application, { writable }]) => ({ application, access: access(writable) })),
      }));
      return { ...NOTHING, output: renderShape(DOCUMENTS, rows) };
    }
    const output = found.map((record) => {
      const apps = Object.entries(record.apps).map(([app, { writable }]) => `\t${app}\t${writable ? "read, write" : "read"}\n`);
      return `id: ${record.id}\npath: ${renderOutsideText(pathInside(record))}\norigin: ${renderOutsideText(record.path)}\npermissions:\n${apps.join("")}`;
    });
    return { ...NOTHING, output: output.join("\n") };
  },
};

function findDocuments(invocation: Invocation, surroundings: Surroundings): readonly DocumentRecord[] {
  const [named = ""] = invocation.positionals;
  const records = recordsOf(surroundings);
  if (isGiven(invocation, "doc-id")) return [records.get(named)].filter((record) => record !== undefined);
  // A file that is gone is still given.
  const path = realPath(named, surroundings) ?? resolve(surroundings.workingDirectory, named);
  return records.all().filter((record) => record.path === path);
}

function realPath(named: string, { workingDirectory }: Surroundings): string | undefined {
  try {
    return realpathSync(resolve(workingDirectory, named));
  } catch {
    return undefined;
  }
}

export const DOCUMENT_COMMANDS: readonly Command[] = [listing("documents"), listing("document-list"), documentExport, documentUnexport, documentInfo];
