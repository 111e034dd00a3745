// `tsbox permissions [APP]`: what an app may do, in plain words and by which line; or, over all apps, who can do a thing.
import {
  findManifest,
  type KnownLayers,
  listIds,
  manifestLayers,
  mergeLayers,
  type Merged,
  openAppMemo,
  readOverrideLayers,
  renderOptions,
  renderShellWord,
} from "../manifest/door.ts";
import type { Problem } from "../manifest/origin.ts";
import { renderOutsideText } from "../messages/render.ts";
import { appDataFolder } from "../plan/door.ts";
import { describePermissions, type Here } from "../permissions/describe.ts";
import { isGranted } from "../permissions/granted.ts";
import { LOWER_LEVELS } from "../permissions/lower-levels.ts";
import type { Permissions } from "../permissions/permissions.ts";
import { answerQuestion, parseQuestion, type Question } from "../permissions/who-can.ts";
import { type Command, commandProblem, type Invocation, isGiven, lastValue, type Outcome, refuse, type Surroundings } from "./command.ts";
import { type KnownApp, planKnownApp, readKnownApp, readViewer, type Viewer } from "./known-app.ts";
import { VERSION } from "./version.ts";
import { PERMISSIONS_JSON, type AppReach, renderReaches, renderReachesJson, renderReport, renderReportJson, type ShownReport } from "./permissions-output.ts";

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function permissionsCommand(catalogue: () => string): Command {
  return {
    name: "permissions",
    summary: "show what an app may do, in plain words, and by which line",
    positionals: "[APP]",
    options: [
      { flags: "-j, --json", summary: "print JSON" },
      { flags: "--as-command", summary: "print the command that would give just these permissions" },
      { flags: "--who-can <KEY=VALUE>", summary: "list the apps that can do this: `filesystem=home`, `socket=x11`, `talk-name=NAME` …" },
    ],
    optionsFirst: false,
    details: [
      "Without APP: what is said for all apps. The most dangerous comes first; risks are none, low, medium, high, and escape (runs programs outside the sandbox).",
      "Example: `tsbox permissions --who-can=filesystem=~/Documents`",
    ],
    json: PERMISSIONS_JSON,
    answeredByBroker: false,
    onlyLooks: () => true,
    answer: (invocation, surroundings) => {
      const fault = faultOf(invocation);
      if (fault !== null) return refuse(fault);
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const asked = lastValue(invocation, "who-can");
      const json = isGiven(invocation, "json");
      if (asked !== undefined) {
        const question = parseQuestion(asked ?? "");
        return question.ok ? whoCan(question.value, asked ?? "", viewer.value, json, surroundings) : refuse(...question.problems);
      }
      const [raw] = invocation.positionals;
      const asCommand = isGiven(invocation, "as-command");
      return raw === undefined ? showAll(viewer.value, json, asCommand) : showApp(raw, viewer.value, json, asCommand);
    },
  };
}

function faultOf(invocation: Invocation): Problem | null {
  const [app] = invocation.positionals;
  if (isGiven(invocation, "who-can") && app !== undefined) return commandProblem("permissions.who-can-app", { app });
  const modes = ["as-command", "who-can"].filter((name) => isGiven(invocation, name));
  if (modes.length > 1) return commandProblem("permissions.both", { one: "--as-command", other: "--who-can" });
  if (isGiven(invocation, "as-command") && isGiven(invocation, "json")) return commandProblem("permissions.both", { one: "--as-command", other: "--json" });
  return null;
}

function showApp(raw: string, viewer: Viewer, json: boolean, asCommand: boolean): Outcome {
  const app = readKnownApp(raw, viewer);
  if (!app.ok) return refuse(...app.problems);
  const { manifest } = app.value.found;
  if (asCommand) return printCommand(app.value.merged, manifest.id, app.value.notices);
  const report = reportApp(app.value, viewer);
  return { status: 0, output: json ? renderReportJson(report) : renderReport(report), problems: app.value.notices };
}

function reportApp(app: KnownApp, viewer: Viewer): ShownReport {
  const { manifest } = app.found;
  const { inputs, facts, plan, obstacles } = planKnownApp(app, viewer);
  const data = appDataFolder(inputs);
  const here: Here = {
    app: manifest.id,
    placeOf: viewer.placeOf,
    keptAt: (path) => `${data}/${path}`,
    holds: (permission) => isGranted(permission, inputs, facts),
  };
  const taken = plan.ok ? plan.value.lowerLevels : [];
  return {
    ...describePermissions(app.merged, here),
    app: manifest.id,
    file: manifest.file,
    lowerLevels: taken.map(({ name, because }) => ({ name, because, risk: LOWER_LEVELS.find((level) => level.name === name)?.risk ?? "" })),
    obstacles,
  };
}

function showAll(viewer: Viewer, json: boolean, asCommand: boolean): Outcome {
  const overrides = readOverrideLayers(viewer.places, null);
  if (!overrides.ok) return refuse(...overrides.problems);
  const merged = mergeLayers(overrides.value.layers, overrides.value.limits, viewer.placeOf);
  if (asCommand) return printCommand(merged, null, overrides.notices);
  const report: ShownReport = {
    ...describePermissions(merged, { app: null, placeOf: viewer.placeOf, keptAt: null, holds: null }, true),
    app: null,
    file: null,
    lowerLevels: [],
    obstacles: [],
  };
  return { status: 0, output: json ? renderReportJson(report) : renderReport(report), problems: overrides.notices };
}

/** One option a line, as a shell takes it. What no terminal can show safely nobody could copy either: it is left out, and told. */
function printCommand(merged: Merged, app: string | null, notices: readonly Problem[]): Outcome {
  const options = renderOptions(merged);
  const typable = options.filter((option) => renderOutsideText(option) === option);
  const left = options.filter((option) => !typable.includes(option)).map((option) => commandProblem("permissions.not-typable", { option }));
  const words = [...typable.map(renderShellWord), ...(app === null ? [] : [app])];
  return { status: 0, output: typable.length === 0 ? "" : `tsbox override ${words.join(" \\\n  ")}\n`, problems: [...notices, ...left] };
}

/** Apps whose manifest or overrides cannot be read are told, so that nobody takes them for harmless. */
function whoCan(question: Question, asked: string, viewer: Viewer, json: boolean, { addon, stdoutIsTerminal }: Surroundings): Outcome {
  const problems: Problem[] = [];
  const rows: AppReach[] = [];
  const known: KnownLayers = new Map();
  const { places, placeOf, caller } = viewer;
  const { home, runtimeDirectory, dataHome, configHome, cacheHome, userFolders } = caller;
  // Limits see where the caller's folders lie.
  const salt = JSON.stringify([VERSION, home, runtimeDirectory, dataHome, configHome, cacheHome, [...userFolders]]);
  const memo = openAppMemo<Permissions>(addon(), { places, cache: `${cacheHome}/tsbox`, name: "permissions", salt });
  const ids = listIds(places);
  memo.expect(ids);
  for (const id of ids) {
    let installed: Permissions | null = null;
    const work = (): Permissions | null => {
      const found = findManifest(id, viewer.request.cwd, places);
      const overrides = found.ok ? readOverrideLayers(places, id, found.value.manifest.installed, known) : found;
      if (!found.ok || !overrides.ok) {
        if (!overrides.ok) problems.push(...overrides.problems);
        return null;
      }
      const { permissions } = mergeLayers([...manifestLayers(found.value.manifest), ...overrides.value.layers], overrides.value.limits, placeOf);
      if (found.value.manifest.installed === null) return permissions;
      installed = permissions;
      return null;
    };
    const permissions = memo.of(id, work) ?? installed;
    if (permissions !== null) rows.push(...answerQuestion(question, permissions, id, placeOf).map((reach) => ({ app: id, ...reach })));
  }
  memo.save();
  return { status: 0, output: json ? renderReachesJson(rows) : renderReaches(rows, asked, stdoutIsTerminal && problems.length === 0), problems };
}
