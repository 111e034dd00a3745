// From a request to a finished plan, or to what stands in its way: manifest, layers, host, plan. Nothing of the sandbox has happened when it answers.
import type { Addon } from "../../native/addon.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { Invocation } from "../cli/command.ts";
import { parseRunLine, type DryRunFormat, type RunLine } from "../cli/run.ts";
import { prepareHost, probeHost, readCaller } from "../host/door.ts";
import { findManifest, HOST_RUNTIME, layerFromOptions, type Manifest, permissionsOfRun, pickPermissionOptions, placesOf, readOverrideLayers } from "../manifest/door.ts";
import type { Origin, Problem, Result } from "../manifest/origin.ts";
import { DEFAULT_RUN_OPTIONS, type Installation, type Plan, planRun, preparationsForRun, queriesForRun, renderPlanBwrap, renderPlanJson, renderPlanText, type RunInputs } from "../plan/door.ts";
import { runProblem } from "./broker.ts";
import { whyBusUnreachable } from "./bus-reach.ts";
import { forwardFiles } from "./file-forwarding.ts";
import type { ReadyRun } from "./launch.ts";
import type { Timing } from "./timing.ts";

export type Prepared =
  | { readonly kind: "refused"; readonly problems: readonly Problem[] }
  /** `--dry-run`. */
  | { readonly kind: "printed"; readonly text: string; readonly notices: readonly Problem[] }
  | ({ readonly kind: "ready" } & ReadyRun);

export interface RunRequest {
  readonly addon: Addon;
  readonly installation: Installation;
  readonly request: FrontRequest;
  readonly invocation: Invocation;
  /** Index in the request's argv of the app's name. */
  readonly appAt: number;
  readonly timing: Timing;
}

const RENDER: Readonly<Record<DryRunFormat, (plan: Plan) => string>> = { text: renderPlanText, json: renderPlanJson, bwrap: renderPlanBwrap };

export function prepareRun(run: RunRequest): Prepared {
  const line = parseRunLine(run.invocation);
  if ("key" in line) return refused(line);
  const inputs = readInputs(run, line);
  if (!inputs.ok) return { kind: "refused", problems: inputs.problems };
  run.timing.mark("manifest and layers");

  if (line.dryRun === null) {
    const made = prepareHost(preparationsForRun(inputs.value), () => run.addon);
    if (!made.ok) return { kind: "refused", problems: made.problems };
    run.timing.mark("preparations");
  }
  const facts = probeHost(queriesForRun(inputs.value));
  run.timing.mark("probe");
  const planned = planRun(inputs.value, facts);
  run.timing.mark("plan");
  if (!planned.ok) return { kind: "refused", problems: planned.problems };
  const notices = [...inputs.notices, ...planned.notices];
  const forwarded = forwardFiles(planned.value, run.request.argv, line.fileForwarding);
  if (line.dryRun !== null) return { kind: "printed", text: RENDER[line.dryRun](forwarded), notices };
  const unreachable = whyBusUnreachable(run.addon, forwarded);
  if (unreachable !== undefined) return refused(unreachable);
  return { kind: "ready", plan: forwarded, notices, timing: run.timing, printTiming: line.timing };
}

function readInputs(run: RunRequest, line: RunLine): Result<RunInputs> {
  const { request, installation } = run;
  const [app] = run.invocation.positionals;
  if (app === undefined) return { ok: false, problems: [runProblem("run.app-missing", {})] };
  const closed = line.keepDescriptors.find((descriptor) => !request.descriptors.includes(descriptor));
  if (closed !== undefined) return { ok: false, problems: [runProblem("run.fd-closed", { value: String(closed) })] };
  const caller = readCaller(request);
  if (!caller.ok) return caller;
  const places = placesOf(request.environment, caller.value.home, `${installation.folder}/manifests`);
  const found = findManifest(app, request.cwd, places);
  if (!found.ok) return found;
  const manifest = withRuntime(found.value.manifest, line.runtime);
  if (manifest.runtime.value !== HOST_RUNTIME) return { ok: false, problems: [absentRuntime(manifest)] };
  const overrides = readOverrideLayers(places, found.value.manifest.id);
  if (!overrides.ok) return overrides;
  const commandLine = layerFromOptions(pickPermissionOptions(run.invocation.options));
  if (!commandLine.ok) return commandLine;
  const merged = permissionsOfRun(manifest, overrides.value, commandLine.value);
  if (!merged.ok) return merged;
  const options = {
    ...DEFAULT_RUN_OPTIONS,
    command: line.command,
    callerArgumentsFrom: run.invocation.positionals.length > 1 ? run.appAt + 1 : null,
    workingDirectory: line.workingDirectory,
    inheritEnvironment: line.inheritEnvironment,
    keepDescriptors: line.keepDescriptors,
    sessionBus: line.sessionBus,
    assumePrepared: line.dryRun !== null,
  };
  const value = { manifest, permissions: merged.value.permissions, request, caller: caller.value, installation, options };
  return { ok: true, value, notices: [...caller.notices, ...found.notices, ...overrides.notices, ...commandLine.notices, ...merged.notices] };
}

function withRuntime(manifest: Manifest, runtime: string | null): Manifest {
  if (runtime === null) return manifest;
  const origin: Origin = { layer: "command-line", file: "", line: 0, column: 0, text: `--runtime=${runtime}` };
  return { ...manifest, runtime: { value: runtime, origin } };
}

/** Images as runtimes are not read by this tsbox: the host's own `/usr` is the one there is. */
function absentRuntime(manifest: Manifest): Problem {
  const { origin, value } = manifest.runtime;
  return { key: "run.runtime-absent", file: origin.file, line: origin.line, column: origin.column, values: { runtime: value }, severity: "error" };
}

function refused(...problems: readonly Problem[]): Prepared {
  return { kind: "refused", problems };
}
