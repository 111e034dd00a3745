// From a request to a finished plan, or to what stands in its way: manifest, layers, host, plan. Nothing of the sandbox has happened when it answers.
import { dirname } from "node:path";
import { adoptedFile } from "../app-data/door.ts";
import type { Invocation } from "../cli/command.ts";
import { parseRunLine, type DryRunFormat, type RunLine } from "../cli/run.ts";
import { askCompositor, type HostFacts, type HostQueries, prepareHost, probeHost, readCaller, RecordedNames, takeFingerprint } from "../host/door.ts";
import {
  acceptedFile,
  appOf,
  findManifest,
  flatpakInstallations,
  installationFiles,
  flatpakOverrideFiles,
  isInstalledByFlatpak,
  layerFromOptions,
  limitFiles,
  type Manifest,
  manifestFolders,
  overrideFiles,
  parseAppArgument,
  overridesFor,
  permissionsOfRun,
  pickPermissionOptions,
  placesOf,
  dataWriterFile,
  dataWriterOf,
  readOverrideLayers,
  resolveRuntime,
} from "../manifest/door.ts";
import type { Origin, Problem, Result } from "../manifest/origin.ts";
import {
  DEFAULT_RUN_OPTIONS,
  type Installation,
  type Plan,
  planRun,
  type Preparation,
  preparationsForRun,
  queriesForRun,
  renderPlanBwrap,
  renderPlanJson,
  renderPlanText,
  type Bind,
  limitPermissions,
  placeInData,
  type RunInputs,
  type SubSandboxPlace,
  whyBeyond,
  withoutNames,
} from "../plan/door.ts";
import { placeOfLocation } from "../permissions/kinds/filesystem-places.ts";
import { acceptFirst, sourceProblem } from "./app-source.ts";
import { runProblem } from "./broker.ts";
import { layersFor, takeLayers } from "./layered-run.ts";
import { forwardFiles, type OpenedFile, openedFiles, unseenFiles, withOpened } from "./file-forwarding.ts";
import { offerAdoption } from "./offer-adoption.ts";
import { type RememberedPlan, restOfRequest } from "./plan-cache.ts";
import { type RecordedEnvironment, recordEnvironment } from "./recorded-environment.ts";
import { createRunEncoding } from "./run-encoding.ts";
import type { Part } from "./sub-sandboxes.ts";
import { finishPlan, type Launching, type Prepared } from "./reuse-run.ts";

export interface RunRequest extends Launching {
  readonly installation: Installation;
  readonly invocation: Invocation;
  /** Index in the request's argv of the app's name. */
  readonly appAt: number;
  /** It is a part of an app that runs: has what the app has, less what the limits say, and never more. */
  readonly part?: Part | undefined;
}

const RENDER: Readonly<Record<DryRunFormat, (plan: Plan) => string>> = { text: renderPlanText, json: renderPlanJson, bwrap: renderPlanBwrap };

const STANDARD_NAMES = ["input", "output", "error"] as const;

/** The whole way. A promise only where somebody outside must be asked: the compositor. `opened`: files that the app would not see, given to this start. */
export function prepareRun(run: RunRequest, opened: readonly OpenedFile[] = []): Prepared | Promise<Prepared> {
  const begun = Date.now();
  const line = parseRunLine(run.invocation);
  if ("key" in line) return refused(line);
  const environment = recordEnvironment(run.request.environment);
  const inputs = readInputs({ ...run, request: { ...run.request, environment } }, line, opened);
  if (!inputs.ok) return { kind: "refused", problems: inputs.problems };
  run.timing.mark("manifest and layers");

  const preparations = preparationsForRun(inputs.value);
  if (line.dryRun === null) {
    const made = prepareHost(preparations, () => run.addon);
    if (!made.ok) return { kind: "refused", problems: made.problems };
    run.timing.mark("preparations");
  }
  const files = line.fileForwarding && run.part === undefined ? openedFiles(run.request.argv, run.appAt + 1, run.request.cwd) : [];
  const wanted = queriesForRun(inputs.value);
  const queries = { ...wanted, paths: [...wanted.paths, ...files.map(({ path }) => path)] };
  const probed = probeHost(queries);
  run.timing.mark("probe");
  const known = { begun, line, inputs: inputs.value, notices: inputs.notices, environment, preparations, queries, files, opened };
  const { compositor } = queries;
  if (compositor === null || probed.walks.get(compositor)?.end?.type !== "socket") return planProbed(run, known, probed);
  return askCompositor(compositor).then((answer) => {
    run.timing.mark("compositor");
    return planProbed(run, known, { ...probed, compositor: answer });
  });
}

interface KnownRun extends Pick<PlannedRun, "begun" | "inputs" | "environment" | "preparations" | "queries"> {
  readonly line: RunLine;
  readonly notices: readonly Problem[];
  readonly files: readonly OpenedFile[];
  readonly opened: readonly OpenedFile[];
}

function planProbed(run: RunRequest, { line, notices: earlier, files, opened, ...known }: KnownRun, probed: HostFacts): Prepared | Promise<Prepared> {
  const socketNames = known.queries.abstractSockets ? new RecordedNames(probed.abstractSockets) : undefined;
  const facts = { ...probed, abstractSockets: socketNames ?? probed.abstractSockets };
  const planned = planRun(known.inputs, facts);
  run.timing.mark("plan");
  if (!planned.ok) return { kind: "refused", problems: planned.problems };
  const unseen = opened.length > 0 ? [] : unseenFiles(planned.value, facts, files);
  if (unseen.length > 0) return prepareRun(run, unseen);
  const notices = [...earlier, ...planned.notices];
  if (line.dryRun === null) run.namespaces(planned.value.namespaces);
  const plan = partOf(run.part, line.fileForwarding ? forwardFiles(planned.value, run.request.argv, opened, known.inputs.permissions.binds) : planned.value);
  const beyond = run.part === undefined ? null : whyBeyond(plan, run.part.rights, run.part.limits.places);
  if (beyond !== null) return refused(runProblem("run.part-beyond", { what: beyond }));
  const untaken = line.layered === null || line.dryRun !== null ? null : takeLayers(planned.value, known.inputs, facts);
  if (untaken !== null) return refused(untaken);
  if (line.dryRun !== null) return { kind: "printed", text: RENDER[line.dryRun](plan), plan, notices };
  const ready = { plan, notices, printTiming: line.timing, encoding: createRunEncoding(plan, line.timing), appAt: run.appAt, part: run.part };
  // What a compositor offers is the same as long as it lives, and its successor has another socket; but one that was stuck may be well again.
  // Devices come and go, and one that came is in no fingerprint; a stranger's cookie is of one start.
  const isKept =
    !line.fileForwarding &&
    !line.planAnew &&
    line.layered === null &&
    run.part === undefined &&
    facts.compositor !== "silent" &&
    facts.devices === null &&
    !plan.operations.some(({ kind }) => kind === "x11-stranger");
  const remember = isKept ? () => rememberRun(run, { ...known, ready, facts, socketNames }) : undefined;
  return finishPlan(run, { ...ready, remember });
}

interface PlannedRun {
  readonly ready: Pick<RememberedPlan, "plan" | "notices" | "printTiming" | "encoding">;
  /** Milliseconds of the epoch, before anything was read. */
  readonly begun: number;
  readonly inputs: RunInputs;
  readonly environment: RecordedEnvironment;
  readonly preparations: readonly Preparation[];
  readonly queries: HostQueries;
  readonly facts: HostFacts;
  readonly socketNames: RecordedNames | undefined;
}

/** Keeps a plan for the next request that is like this one, where it can be told whether it still holds then. */
function rememberRun(run: RunRequest, { ready, begun, inputs, environment, preparations, queries, facts, socketNames }: PlannedRun): void {
  const files = filesBehind(inputs, run);
  if (files === null) return;
  const fingerprint = takeFingerprint(run.addon, { queries, facts, socketNames, files, places: preparations.map(({ path }) => path) }, begun);
  if (fingerprint === null) return;
  const words = run.request.argv.slice(0, run.appAt + 1);
  run.cache.remember({
    ...ready,
    words,
    hasArguments: run.request.argv.length > words.length,
    rest: restOfRequest(run.request),
    environment,
    fingerprint,
    preparations: preparations.filter(({ path }) => fingerprint.missing.includes(path)),
  });
}

/** Every file that said something about this run, or would have if it were there. Null where they cannot be told (a program's name looks into all manifests). */
function filesBehind({ manifest, caller, request }: RunInputs, run: RunRequest): readonly string[] | null {
  if (parseAppArgument(run.invocation.positionals[0] as string, request.cwd).kind === "program") return null;
  const app = appOf(manifest);
  const places = placesOf(request.environment, caller.home, catalogueOf(run.installation));
  const layers = [...overrideFiles(places, manifest.id), ...limitFiles(places, manifest.id)].map(({ file }) => file);
  const { flatpak } = places;
  const ids = [...new Set([app, manifest.id])];
  // Flatpak may have an app of the instance's id too, and then the instance is refused.
  const installed = [...flatpakInstallations(flatpak).map(({ folder }) => folder), flatpak.user, flatpak.system].flatMap((folder) => [
    `${folder}/.changed`,
    ...ids.map((id) => `${folder}/app/${id}/current`),
  ]);
  const flatpaks = manifest.installed === null ? [] : flatpakOverrideFiles(flatpak, manifest.installed);
  // Written at the first start: where Flatpak has no such app it changes nothing.
  const source = isInstalledByFlatpak(flatpak, app) ? ids.map((id) => `${places.state}/sources/${id}`) : [];
  const manifests = [manifest.file, `${dirname(manifest.file)}/${app}`, ...manifestFolders(places).map((folder) => `${folder}/${app}.ini`)];
  return [
    ...layers,
    ...manifests,
    ...installed,
    ...flatpaks,
    ...source,
    // An installed manifest is refused for nobody's data.
    ...(dataWriterOf(manifest, places).isInstalled ? [] : [dataWriterFile(places, manifest.id)]),
    acceptedFile(places, app),
    adoptedFile(places.state, manifest.id),
    `${flatpak.config}/installations.d`,
    ...installationFiles(flatpak),
    "/etc/passwd",
    "/etc/group",
    `${caller.configHome}/user-dirs.dirs`,
  ];
}

function catalogueOf(installation: Installation): string {
  return `${installation.folder}/manifests`;
}

function readInputs(run: RunRequest, line: RunLine, opened: readonly OpenedFile[]): Result<RunInputs> {
  const { request, installation } = run;
  const [app] = run.invocation.positionals;
  if (app === undefined) return { ok: false, problems: [runProblem("run.app-missing", {})] };
  const closed = line.keepDescriptors.find((descriptor) => !request.descriptors.includes(descriptor));
  if (closed !== undefined) return { ok: false, problems: [runProblem("run.fd-closed", { value: String(closed) })] };
  const unfit = request.standard.findIndex((kind) => ["directory", "device", "service"].includes(kind));
  if (unfit >= 0)
    return { ok: false, problems: [runProblem("run.standard-unfit", { name: STANDARD_NAMES[unfit] ?? "", kind: request.standard[unfit] ?? "" })] };
  const caller = readCaller(request, run.addon.constants["LANDLOCK_ABI"] ?? null);
  if (!caller.ok) return caller;
  const places = placesOf(request.environment, caller.value.home, catalogueOf(installation));
  const folder = layersFor(run, line, places.state);
  if (!folder.ok) return folder;
  const found = findManifest(app, request.cwd, places, line.from ?? "ask", line.instance);
  if (!found.ok) return found;
  // Without data of its own it opens nobody else's.
  const foreign = line.ephemeral ? null : sourceProblem(found.value, line, { places, home: caller.value.home });
  if (foreign !== null) return { ok: false, problems: [foreign] };
  if (line.dryRun === null) acceptFirst(found.value.manifest, places);
  const wish = { places, environment: request.environment, cacheHome: caller.value.cacheHome, act: line.dryRun === null };
  const resolved = resolveRuntime(withRuntime(found.value.manifest, line.runtime), wish);
  if (!resolved.ok) return resolved;
  const manifest = resolved.value;
  const overrides = readOverrideLayers(places, manifest.id, manifest.installed);
  if (!overrides.ok) return overrides;
  const layers = overridesFor(overrides.value, found.value.beside);
  const commandLine = layerFromOptions(pickPermissionOptions(run.invocation.options));
  if (!commandLine.ok) return commandLine;
  // A limit on `home` holds for `/home/u/x` too.
  const pathOf = (location: string): string | null => (location === "home" ? caller.value.home : placeOfLocation(location, caller.value));
  const merged = permissionsOfRun(manifest, layers, withOpened(commandLine.value, opened), pathOf);
  if (!merged.ok) return merged;
  const kept = run.part?.limits.closed ?? null;
  const options = {
    ...DEFAULT_RUN_OPTIONS,
    command: line.command,
    callerArgumentsFrom: run.invocation.positionals.length > 1 ? run.appAt + 1 : null,
    workingDirectory: line.workingDirectory,
    inheritEnvironment: line.inheritEnvironment,
    keepDescriptors: line.keepDescriptors,
    // Nobody could speak for the app there.
    sessionBus: line.sessionBus && line.backend === "own" && kept?.sessionBus !== false,
    accessibilityBus: line.accessibilityBus && line.backend === "own" && kept?.accessibilityBus !== false,
    backend: line.backend,
    binds: (run.part?.limits.places ?? []).filter(({ inData }) => !inData).map(bindOf),
    ephemeral: line.ephemeral || kept !== null,
    layers: folder.value,
    assumePrepared: line.dryRun !== null,
  };
  const permissions = run.part === undefined ? merged.value.permissions : limitPermissions(merged.value.permissions, run.part.limits);
  const value = { manifest, permissions, request, caller: caller.value, installation, options };
  const offers = run.part === undefined ? offerAdoption(value, places) : [];
  return {
    ok: true,
    value,
    notices: [...offers, ...caller.notices, ...found.notices, ...resolved.notices, ...overrides.notices, ...commandLine.notices, ...merged.notices],
  };
}

function bindOf({ from, to, writable }: SubSandboxPlace): Bind {
  const origin: Origin = { layer: "command-line", file: "", line: 0, column: 0, text: `given on by the app: ${to}` };
  return { from, to, mode: writable ? "rw" : "ro", origin };
}

function partOf(part: Part | undefined, plan: Plan): Plan {
  if (part === undefined) return plan;
  const { clearEnvironment, closed, places } = part.limits;
  const placed = closed === null ? plan : placeInData(withoutNames(plan), places);
  return clearEnvironment ? { ...placed, environment: { ...placed.environment, pass: new Map() } } : placed;
}

function withRuntime(manifest: Manifest, runtime: string | null): Manifest {
  if (runtime === null) return manifest;
  const origin: Origin = { layer: "command-line", file: "", line: 0, column: 0, text: `--runtime=${runtime}` };
  return { ...manifest, runtime: { value: runtime, origin } };
}

function refused(...problems: readonly Problem[]): Prepared {
  return { kind: "refused", problems };
}
