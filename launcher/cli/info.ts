// `tsbox info APP`: who an app is, where its manifest and data lie, what changes it; or one of these alone, as Flatpak's options have it.
import { folderSize } from "../host/door.ts";
import { keyfileAsJson, ownerOf, parseKeyfile, readRegularFile, renderPermissionsKeyfile } from "../manifest/door.ts";
import type { Problem } from "../manifest/origin.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderOutsideLines, renderOutsideText, renderText } from "../messages/render.ts";
import { appDataFolder, fileAccess } from "../plan/door.ts";
import { type Command, commandProblem, type Invocation, isGiven, lastValue, type Outcome, refuse } from "./command.ts";
import { type KnownApp, planKnownApp, readKnownApp, readViewer, type Viewer } from "./known-app.ts";
import { MANIFEST_JSON } from "./manifest-shape.ts";
import { renderStored } from "./override-output.ts";
import { readPathArgument } from "./path-argument.ts";
import { COUNT, listOf, orNull, record, renderShape, type ShapeType, TEXT } from "./shape.ts";

/** Options that print one thing and nothing else. */
const ALONE = ["show-permissions", "show-metadata", "show-size", "show-location", "show-runtime", "file-access", "json"] as const;

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function infoCommand(catalogue: () => string): Command {
  return {
    name: "info",
    summary: "show what is known of an app",
    positionals: "<APP>",
    options: [
      { flags: "-M, --show-permissions", summary: "print the permissions in force, as a keyfile" },
      { flags: "-m, --show-metadata", summary: "print the manifest as it is stored; with --json as JSON" },
      { flags: "-s, --show-size", summary: "print how many bytes the app's data takes" },
      { flags: "-l, --show-location", summary: "print where the manifest lies" },
      { flags: "--show-runtime", summary: "print the runtime" },
      { flags: "--file-access <PATH>", summary: "print what the app may do with PATH: `hidden`, `read-only` or `read-write`" },
      { flags: "-j, --json", summary: "print JSON" },
    ],
    optionsFirst: false,
    details: ["`tsbox permissions APP` says in plain words what the app may do, and by which line."],
    json: { info: SUMMARY, manifest: MANIFEST_JSON },
    answeredByBroker: false,
    onlyLooks: () => true,
    answer: (invocation, surroundings) => {
      const isManifest = isGiven(invocation, "show-metadata");
      const modes = ALONE.filter((name) => isGiven(invocation, name) && !(name === "json" && isManifest));
      if (modes.length > 1) return refuse(commandProblem("info.both", { one: `--${modes[0]}`, other: `--${modes[1]}` }));
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const app = readKnownApp(invocation.positionals[0] as string, viewer.value);
      if (!app.ok) return refuse(...app.problems);
      return show(modes[0], invocation, app.value, viewer.value);
    },
  };
}

function print(output: string, problems: readonly Problem[] = []): Outcome {
  return { status: 0, output, problems };
}

function show(mode: (typeof ALONE)[number] | undefined, invocation: Invocation, app: KnownApp, viewer: Viewer): Outcome {
  const { manifest } = app.found;
  switch (mode) {
    case "show-permissions":
      return print(renderOutsideLines(renderPermissionsKeyfile(app.merged.permissions)), app.notices);
    case "show-metadata":
      return isGiven(invocation, "json") ? manifestAsJson(manifest.file) : renderStored(manifest.file);
    case "show-size":
      return print(`${folderSize(dataFolder(app, viewer)) ?? 0}\n`);
    case "show-location":
      return print(`${renderOutsideText(manifest.file)}\n`);
    case "show-runtime":
      return print(`${renderOutsideText(manifest.runtime.value)}\n`);
    case "file-access":
      return access(lastValue(invocation, "file-access") ?? "", app, viewer);
    case "json":
      return print(renderShape(SUMMARY, summaryOf(app, viewer)), app.notices);
    case undefined:
      return print(renderSummary(summaryOf(app, viewer)), app.notices);
  }
}

function manifestAsJson(file: string): Outcome {
  const read = readRegularFile(file);
  // It was read a moment ago.
  const keyfile = parseKeyfile(file, read.kind === "read" ? read.bytes : new Uint8Array());
  return keyfile.ok ? print(renderShape(MANIFEST_JSON, keyfileAsJson(keyfile.value))) : refuse(...keyfile.problems);
}

/** From the plan that `run` would carry out; where there can be none its reasons are the answer. */
function access(raw: string, app: KnownApp, viewer: Viewer): Outcome {
  const path = readPathArgument(raw, viewer.request.cwd, viewer.caller.home);
  const { plan, facts } = planKnownApp(app, viewer, [path]);
  const walk = facts.walks.get(path);
  if (!plan.ok) return refuse(...plan.problems);
  if (walk === undefined) throw new Error(`the host was never asked about ${path}`);
  return print(`${fileAccess(plan.value, walk)}\n`);
}

const SUMMARY = record({
  id: TEXT,
  command: orNull(TEXT),
  runtime: TEXT,
  origin: TEXT,
  manifest: TEXT,
  /** The folder `ID/` beside the manifest, bound at `/app`. */
  program: orNull(TEXT),
  data: TEXT,
  dataBytes: orNull(COUNT),
  overrides: listOf(TEXT),
  limits: listOf(TEXT),
  shadowed: listOf(TEXT),
});
type Summary = ShapeType<typeof SUMMARY>;

function summaryOf(app: KnownApp, viewer: Viewer): Summary {
  const { manifest, candidates } = app.found;
  const data = dataFolder(app, viewer);
  return {
    id: manifest.id,
    command: manifest.command?.value ?? null,
    runtime: manifest.runtime.value,
    origin: ownerOf(manifest, viewer.places),
    manifest: manifest.file,
    program: manifest.programFolder,
    data,
    dataBytes: folderSize(data),
    overrides: app.overrides.layers.map(({ file }) => file),
    limits: app.overrides.limits.map(({ file }) => file),
    shadowed: candidates.filter(({ state }) => state === "shadowed").map(({ file }) => file),
  };
}

function dataFolder(app: KnownApp, viewer: Viewer): string {
  return appDataFolder({ manifest: app.found.manifest, caller: viewer.caller });
}

function renderSummary(summary: Summary): string {
  const line = (key: string, value: string): string => renderText(`info.${key}`, { value }, MESSAGES);
  const bytes = summary.dataBytes;
  return [
    line("id", summary.id),
    summary.command === null ? renderText("info.no-command", {}, MESSAGES) : line("command", summary.command),
    line("runtime", summary.runtime),
    line("manifest", summary.manifest),
    line("origin", summary.origin),
    ...(summary.program === null ? [] : [line("program", summary.program)]),
    bytes === null ? line("data-absent", summary.data) : renderText("info.data", { value: summary.data, size: renderBytes(bytes) }, MESSAGES),
    ...summary.overrides.map((file) => line("override", file)),
    ...summary.limits.map((file) => line("limit", file)),
    ...summary.shadowed.map((file) => line("shadowed", file)),
  ].join("");
}

/** As Flatpak and GLib write sizes: powers of 1000, one digit. */
function renderBytes(bytes: number): string {
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = "bytes";
  while (value >= 1000 && units.length > 0) {
    value /= 1000;
    unit = units.shift() as string;
  }
  return unit === "bytes" ? `${bytes} bytes` : `${value.toFixed(1)} ${unit}`;
}
