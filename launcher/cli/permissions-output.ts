// What `tsbox permissions` prints: for a reader, and as JSON with keys that stay.
import { LAYERS, type Origin, type Problem } from "../manifest/door.ts";
import type { Because } from "../plan/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderOutsideText, renderText } from "../messages/render.ts";
import type { DescribedPermission, PermissionReport, TakenAway } from "../permissions/describe.ts";
import { type Meaning, RISKS } from "../permissions/meaning.ts";
import type { Reach } from "../permissions/who-can.ts";
import { COUNT, FLAG, listOf, orNull, record, renderShape, type ShapeType, TEXT, wordOf } from "./shape.ts";
import { type Column, renderTable } from "./table.ts";

export interface ShownReport extends PermissionReport {
  /** Null: what is said for all apps. */
  readonly app: string | null;
  readonly file: string | null;
  readonly lowerLevels: readonly { readonly name: string; readonly because: Because; readonly risk: string }[];
  /** What stands in the way of a start here and now; lower levels of the display are not known then. */
  readonly obstacles: readonly Problem[];
}

export interface AppReach extends Reach {
  readonly app: string;
}

/** Wide enough for the longest risk. */
const MARGIN = 10;

function say(key: string, values: Readonly<Record<string, string>> = {}): string {
  return renderText(key, values, MESSAGES);
}

/** As the kinds write theirs: a capital letter and a full stop. */
export function sentenceOf({ key, values }: Meaning): string {
  const text = say(key, values).trimEnd();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.\u3002]$/.test(text) ? "" : /[\p{Script=Han}\uff09]$/u.test(text) ? "\u3002" : "."}`;
}

export function renderReport(report: ShownReport): string {
  const head = report.app === null ? say("permissions.of-all") : say("permissions.of-app", { app: report.app, file: report.file ?? "" });
  const empty = report.app === null ? "permissions.nothing-said" : "permissions.nothing";
  const given = report.given.length === 0 && report.takenAway.length === 0 ? say(empty) : report.given.map(renderGiven).join("");
  return [
    `${head}\n${given}`,
    section("permissions.taken-away", report.takenAway.map(renderTaken)),
    section("permissions.lower-levels", report.lowerLevels.map(renderLevel)),
    section("permissions.not-given-yet", report.notGiven.map(renderNotGiven)),
    section("permissions.obstacles", report.obstacles.map(renderObstacle)),
  ].join("");
}

function section(title: string, rows: readonly string[]): string {
  return rows.length === 0 ? "" : `\n${say(title)}\n${rows.join("")}`;
}

function renderGiven(row: DescribedPermission): string {
  const sentence = `${row.meaning.risk.padEnd(MARGIN)}${renderOutsideText(row.permission)}\n${" ".repeat(MARGIN)}${sentenceOf(row.meaning)}\n`;
  const here = row.here === undefined ? "" : row.here === null ? say("permissions.no-place-here") : say("permissions.here", { here: row.here });
  return `${sentence}${here}${renderConditions(row)}${renderFrom(row.origin)}`;
}

function renderConditions({ conditions, holdsHere }: DescribedPermission): string {
  if (conditions.length === 0) return "";
  const key = holdsHere === null ? "permissions.condition" : holdsHere ? "permissions.condition-holds" : "permissions.condition-fails";
  return say(key, { conditions: conditions.join(say("permissions.or").trimEnd()) });
}

function renderTaken({ permission, origin, against }: TakenAway): string {
  const lines = against.map((one) => say("permissions.against", { text: one.text, layer: layerWords(one.origin), place: placeOf(one.origin) }));
  return `${"-".padEnd(MARGIN)}${renderOutsideText(permission)}\n${renderFrom(origin)}${lines.join("")}`;
}

function renderLevel({ name, risk, because }: ShownReport["lowerLevels"][number]): string {
  const from = because.origin === null ? "" : renderFrom(because.origin);
  return `${"-".padEnd(MARGIN)}${name}\n${" ".repeat(MARGIN)}${say("permissions.words", { words: risk })}${from}`;
}

function renderNotGiven(row: DescribedPermission): string {
  return `${"-".padEnd(MARGIN)}${renderOutsideText(row.permission)}\n${" ".repeat(MARGIN)}${say("permissions.words", { words: row.meaning.values["words"] ?? "" })}${renderFrom(row.origin)}`;
}

function renderObstacle({ key, values }: Problem): string {
  return `${" ".repeat(MARGIN)}${say(key, values)}`;
}

function renderFrom(origin: Origin): string {
  const place = placeOf(origin);
  return say(place === "" ? "permissions.from-nowhere" : "permissions.from", { layer: layerWords(origin), place });
}

function layerWords(origin: Origin): string {
  return say(`layer.${origin.layer}`).trimEnd();
}

function placeOf({ file, line }: Origin): string {
  return file === "" ? "" : `${file}:${line}`;
}

const ORIGIN = { layer: wordOf(...LAYERS), file: TEXT, line: COUNT, column: COUNT, text: TEXT };
const SAID = { permission: TEXT, ...ORIGIN };
const RISK = wordOf(...RISKS);
const DESCRIBED = listOf(record({ ...SAID, risk: RISK, words: TEXT, here: orNull(TEXT), conditions: listOf(TEXT), holdsHere: orNull(FLAG) }));
const REPORT = record({
  app: orNull(TEXT),
  manifest: orNull(TEXT),
  permissions: DESCRIBED,
  takenAway: listOf(record({ ...SAID, against: listOf(record(SAID)) })),
  lowerLevels: listOf(record({ name: TEXT, risk: TEXT, reason: TEXT })),
  notGiven: DESCRIBED,
  obstacles: listOf(record({ text: TEXT, file: TEXT, line: COUNT, column: COUNT })),
});
const REACHES = listOf(record({ app: TEXT, ...SAID, risk: RISK, words: TEXT, conditions: listOf(TEXT) }));
export const PERMISSIONS_JSON = { permissions: REPORT, "permissions-who-can": REACHES };

export function renderReportJson(report: ShownReport): string {
  return renderShape(REPORT, {
    app: report.app,
    manifest: report.file,
    permissions: report.given.map(rowJson),
    takenAway: report.takenAway.map(({ permission, origin, against }) => ({
      permission,
      ...originJson(origin),
      against: against.map((one) => ({ permission: one.text, ...originJson(one.origin) })),
    })),
    lowerLevels: report.lowerLevels.map(({ name, risk, because }) => ({ name, risk, reason: because.reason })),
    notGiven: report.notGiven.map(rowJson),
    obstacles: report.obstacles.map(({ key, values, file, line, column }) => ({ text: say(key, values).trimEnd(), file, line, column })),
  });
}

function rowJson(row: DescribedPermission): ShapeType<typeof DESCRIBED>[number] {
  const { permission, meaning, here, conditions, holdsHere, origin } = row;
  return { permission, risk: meaning.risk, words: sentenceOf(meaning), here: here ?? null, conditions, holdsHere, ...originJson(origin) };
}

function originJson({ layer, file, line, column, text }: Origin): Origin {
  return { layer, file, line, column, text };
}

const REACH_COLUMNS: readonly Column<AppReach>[] = [
  { name: "application", title: "Application", byDefault: true, value: (row) => row.app },
  { name: "risk", title: "Risk", byDefault: true, value: (row) => row.meaning.risk },
  { name: "permission", title: "Permission", byDefault: true, value: (row) => row.permission },
  { name: "condition", title: "Only if", byDefault: true, value: (row) => row.conditions.join(" or ") },
  { name: "from", title: "From", byDefault: true, value: (row) => placeOf(row.origin) },
];

/** `asked`: the question as it was put. Nobody is a sentence on a terminal, and nothing elsewhere, as any listing without a row. */
export function renderReaches(rows: readonly AppReach[], asked: string, terminal: boolean): string {
  return rows.length === 0 && terminal ? say("permissions.nobody-can", { asked }) : renderTable(rows, REACH_COLUMNS, terminal);
}

export function renderReachesJson(rows: readonly AppReach[]): string {
  const shown = rows.map(({ app, permission, meaning, conditions, origin }) => ({
    app,
    permission,
    risk: meaning.risk,
    words: sentenceOf(meaning),
    conditions,
    ...originJson(origin),
  }));
  return renderShape(REACHES, shown);
}
