// `tsbox devices`: what is here, by which word an app is given it, and which apps are.
import { type DeviceFact, listDevices } from "../host/door.ts";
import { listIds } from "../manifest/door.ts";
import type { Problem } from "../manifest/origin.ts";
import { answerQuestion, type Question } from "../permissions/who-can.ts";
import { type Command, isGiven, refuse } from "./command.ts";
import { readKnownApp, readViewer, type Viewer } from "./known-app.ts";
import { type Column, renderJson, renderTable, shapeOfTable } from "./table.ts";

interface Row extends DeviceFact {
  readonly word: string;
  readonly apps: readonly string[];
}

const COLUMNS: readonly Column<Row>[] = [
  { name: "device", title: "Device", byDefault: true, value: (row) => row.node },
  { name: "word", title: "Word", byDefault: true, value: (row) => row.word },
  { name: "name", title: "Name", byDefault: true, value: (row) => row.name },
  { name: "apps", title: "Apps", byDefault: true, value: (row) => row.apps.join(", ") },
];

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function devicesCommand(catalogue: () => string): Command {
  return {
    name: "devices",
    summary: "list the devices that are here, and the apps that may use each",
    positionals: "",
    options: [{ flags: "-j, --json", summary: "print JSON" }],
    optionsFirst: false,
    details: [
      "Word: what a manifest says for it: `devices=` in [Context], or `allow=` in [X-Tsbox Devices]. On a command line: `--device=kvm`, `--allow-device=camera`.",
      "Apps with `devices=all` may use every device. A device that is plugged in later is there at the app's next start.",
    ],
    json: { devices: shapeOfTable(COLUMNS) },
    answeredByBroker: false,
    onlyLooks: () => true,
    answer: (invocation, surroundings) => {
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const { rows, problems } = readRows(viewer.value);
      const output = isGiven(invocation, "json") ? renderDevicesJson(rows) : renderTable(rows, COLUMNS, surroundings.stdoutIsTerminal);
      return { status: 0, output, problems };
    },
  };
}

function renderDevicesJson(rows: readonly Row[]): string {
  return rows.length === 0 ? "[]\n" : renderJson(rows, COLUMNS);
}

/** As a manifest says it. */
function wordOf({ use, id }: DeviceFact): string {
  if (use === "dri" || use === "kvm") return `devices=${use}`;
  return use === "serial" || use === "usb" ? `allow=${use}:${id}` : `allow=${use}`;
}

function questionOf({ use, id }: DeviceFact): Question {
  if (use === "dri" || use === "kvm") return { kind: "named", list: "devices", name: use };
  return { kind: "device-use", word: use === "serial" || use === "usb" ? `${use}:${id}` : use };
}

/** Apps that cannot be read are told, so that nobody takes them for harmless. */
function readRows(viewer: Viewer): { readonly rows: readonly Row[]; readonly problems: readonly Problem[] } {
  const apps = listIds(viewer.places).map((id) => ({ id, app: readKnownApp(id, viewer) }));
  const known = apps.flatMap(({ id, app }) => (app.ok ? [{ id, permissions: app.value.merged.permissions }] : []));
  const rows = listDevices().map((device): Row => {
    const question = questionOf(device);
    const may = known.filter(({ id, permissions }) => answerQuestion(question, permissions, id, viewer.placeOf).length > 0);
    return { ...device, word: wordOf(device), apps: may.map(({ id }) => id) };
  });
  return { rows, problems: apps.flatMap(({ app }) => (app.ok ? [] : app.problems)) };
}
