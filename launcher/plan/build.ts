// Builds the plan of one run from inputs and facts: asks each kind, arranges the grants, puts everything into its order. Pure.
import { type FilterFeatures, makeFilter, type NestedLevel } from "../seccomp/door.ts";
import type { HostFacts } from "../host/facts.ts";
import { isBelow } from "../host/walk.ts";
import type { Problem, Result } from "../manifest/origin.ts";
import { PLAN_MESSAGES } from "../messages/plan.ts";
import { renderProblem } from "../messages/render.ts";
import { problemAt, walkFacts } from "../permissions/granted.ts";
import type { Contribution, Exposure, PermissionKind } from "../permissions/kind.ts";
import { PERMISSION_KINDS } from "../permissions/list.ts";
import { noticesOfNotGiven } from "../permissions/not-given.ts";
import { type Arranged, arrangeSpace } from "./arrange.ts";
import { assumePrepared } from "./assumed-facts.ts";
import { backendLevels, backendProblems } from "./backend.ts";
import { type Bind, bindExposure, bindProblems, bindsOf } from "./binds.ts";
import { collectDenied } from "./denied-links.ts";
import { buildEnvironment } from "./environment.ts";
import { etcOperations } from "./etc.ts";
import { appFolder } from "./folders.ts";
import { followedOperations, splitBinds } from "./followed-binds.ts";
import { collectGuards, type Guard } from "./guards.ts";
import { homeExposures, homeFolder, homeOperations, homeProblems } from "./home.ts";
import { buildIdentity } from "./identity.ts";
import type { RunInputs } from "./inputs.ts";
import { decideLandlock, liveFolders, whyWithoutLandlock } from "./landlock.ts";
import { decideScopes } from "./scopes.ts";
import { layOver } from "./layers.ts";
import type { Operation, Plan } from "./plan.ts";
import { collectReach, type Reach } from "./planted-links.ts";
import { collectPreparations } from "./preparations.ts";
import { collectQueries } from "./queries.ts";
import { programProblems } from "./program.ts";
import { LEFT_OUT_OF_HOST_ROOT } from "./reserved-paths.ts";
import { because } from "./sources.ts";
import { hostOf, MAIN_SPACE, type Space } from "./spaces.ts";
import { deployedLocks, deployedUsr } from "./runtime-tree.ts";
import { deviceOperations, kernelOperations, queueOperations, treeOperations } from "./system.ts";
import { usrOperations, usrSeals } from "./usr-layout.ts";

export function buildPlan(inputs: RunInputs, probed: HostFacts): Result<Plan> {
  const facts = inputs.options.assumePrepared ? assumePrepared(probed, collectPreparations(inputs), collectQueries(inputs), inputs.caller.uid) : probed;
  const asked = PERMISSION_KINDS.map((kind) => ({ kind, contribution: kind.contribute(inputs, facts) }));
  const contributions = asked.map(({ contribution }) => contribution);
  const shared = {
    network: contributions.some((one) => one.namespaces?.network === "shared"),
    ipc: contributions.some((one) => one.namespaces?.ipc === "shared"),
  };
  const features = filterFeatures(contributions);
  const scopes = decideScopes(inputs, shared.network);
  const early = [
    ...bindProblems(inputs, facts),
    ...homeProblems(inputs, facts),
    ...manifestProblems(inputs),
    ...programProblems(inputs, facts),
    ...scopes.problems,
    ...backendProblems(inputs),
    ...contributions.flatMap((one) => one.problems ?? []),
    ...absences(asked),
  ];
  if (early.some(({ severity }) => severity === "error")) return { ok: false, problems: early };

  const guards = collectGuards(inputs);
  const granted = [...contributions.flatMap((one) => one.exposures ?? []), ...homeExposures(inputs, facts)];
  const withBinds = (binds: readonly Bind[]): readonly Exposure[] => [...granted, ...binds.map((bind) => bindExposure(bind, facts))];
  const binds = splitBinds(inputs, facts, granted, collectReach(withBinds(bindsOf(inputs)), guards, appFolder(inputs), facts));
  const exposures = withBinds(binds.mounted);
  const reach = collectReach(exposures, guards, appFolder(inputs), facts);
  const arranged = arrangeAll(inputs, facts, { exposures, guards, reach });
  const problems = arranged.flatMap((one) => one.problems);
  if (problems.length > 0) return { ok: false, problems };
  const main = arranged[0] as Arranged;
  const notices = unique([
    ...early,
    ...noticesOfNotGiven(inputs.permissions),
    ...arranged.flatMap((one) => one.notices),
    ...contributions.flatMap((one) => one.notices ?? []),
  ]);
  const plantable = [...new Set(arranged.flatMap((one) => one.plantable))];
  const buses = contributions.flatMap((one) => one.buses ?? []);
  const mounts = orderOperations(inputs, facts, contributions, { arranged, reach, sharesNetwork: shared.network, nested: features.nested });
  const queues = whyWithoutLandlock(inputs, features.nested) === null ? queueOperations(facts, shared.ipc) : [];
  const followed = followedOperations(inputs, facts, binds.followed, mounts);
  const operations = [...mounts, ...followed.operations, ...queues, ...liveFolders(inputs, mounts)];
  const plan: Plan = {
    appId: inputs.manifest.id,
    namespaces: { network: !shared.network, ipc: !shared.ipc },
    hostname: inputs.caller.hostname === "" ? null : inputs.caller.hostname,
    operations,
    environment: buildEnvironment(inputs, contributions, main.isVisible("/usr/local/bin")),
    workingDirectory: workingDirectory(inputs, facts, main),
    command: [inputs.options.command ?? inputs.manifest.command?.value ?? ""],
    callerArgumentsFrom: inputs.options.callerArgumentsFrom,
    nested: features.nested,
    filter: makeFilter(features, inputs.caller.arch),
    scopes: scopes.scopes,
    landlock: decideLandlock(inputs, facts, operations, features.nested),
    buses,
    identity: buildIdentity(inputs, !buses.some(({ name, policy }) => name === "session" && !policy.filter)),
    followed: followed.files,
    keepDescriptors: inputs.options.keepDescriptors,
    locks: inputs.manifest.deployment === null ? [] : deployedLocks(inputs.manifest.deployment, facts),
    lowerLevels: [
      ...contributions.flatMap((one) => one.lowerLevels ?? []),
      ...scopes.lowerLevels,
      ...backendLevels(inputs),
      ...(plantable.length === 0
        ? []
        : [{ name: "login-set-incomplete", because: because(`missing, and could be written first by the app: ${plantable.join(", ")}`) }]),
    ],
    notices: notices.map((notice) => renderProblem(notice, PLAN_MESSAGES).trimEnd()),
  };
  return { ok: true, value: inputs.options.layers === null ? plan : layOver(plan, facts, inputs.options.layers), notices };
}

function manifestProblems({ manifest, options }: RunInputs): readonly Problem[] {
  const { runtime, command, deployment } = manifest;
  const absent: Problem[] =
    runtime.value === "host" || deployment !== null ? [] : [problemAt(runtime.origin, "error", "plan.no-runtime", { runtime: runtime.value })];
  if (options.command !== null || command !== null) return absent;
  return [...absent, { key: "plan.no-command", file: manifest.file, line: 0, column: 0, values: { id: manifest.id }, severity: "error" }];
}

function filterFeatures(contributions: readonly Contribution[]): FilterFeatures {
  const has = (feature: "devel" | "bluetooth" | "canbus"): boolean => contributions.some((one) => one.filter?.[feature] === true);
  return {
    devel: has("devel"),
    bluetooth: has("bluetooth"),
    canbus: has("canbus"),
    nested: contributions.find((one) => one.filter?.nested !== undefined)?.filter?.nested ?? "none",
  };
}

/** What is granted and not there. Of a group one member that is there suffices. */
function absences(asked: readonly { readonly kind: PermissionKind; readonly contribution: Contribution }[]): readonly Problem[] {
  return asked.flatMap(({ kind, contribution }) => {
    if (contribution.absent === undefined) return [];
    const standIn =
      kind.absentGroup !== null && asked.some((other) => other.kind.absentGroup === kind.absentGroup && (other.contribution.operations ?? []).length > 0);
    // A manifest with two displays means "whichever is there": nothing to tell where one is.
    return standIn ? [] : [{ ...contribution.absent, severity: kind.absent }];
  });
}

interface Wishes {
  readonly exposures: readonly Exposure[];
  readonly guards: readonly Guard[];
  readonly reach: Reach;
}

function arrangeAll(inputs: RunInputs, facts: HostFacts, { exposures, guards, reach }: Wishes): readonly Arranged[] {
  const { uid, runtimeDirectory } = inputs.caller;
  // The usual one counts although this caller has another: a login elsewhere at the same time has it.
  const runtimes = [...new Set([walkFacts(runtimeDirectory, facts).real, `/run/user/${uid}`])];
  const own = appFolder(inputs);
  const spaces = [...new Set([MAIN_SPACE, ...exposures.map(({ space }) => space)])];
  const denials = exposures.filter(({ mode }) => mode === "hide");
  const denied = collectDenied(inputs, exposures);
  return spaces.map((space) => {
    // What is denied in one place is denied wherever the same place of the host appears.
    const here = [...exposures.filter((one) => one.space === space), ...(space === MAIN_SPACE ? [] : denials.map((one): Exposure => ({ ...one, space })))];
    return arrangeSpace(
      {
        space,
        exposures: here,
        guards: [...leftOut(space, guards.length > 0), ...guards],
        denied,
        runtimes,
        reach,
        uid,
        own: space === MAIN_SPACE ? own : null,
      },
      facts,
    );
  });
}

/** Sockets of X servers never come along with /tmp; and where the whole tree is repeated, nothing of the running system does. */
function leftOut(space: Space, granted: boolean): readonly Guard[] {
  if (!granted) return [];
  const places =
    space === MAIN_SPACE ? LEFT_OUT_OF_HOST_ROOT.filter(({ path }) => path === "/tmp/.X11-unix") : hostOf(space) === "/" ? LEFT_OUT_OF_HOST_ROOT : [];
  return places.map(
    ({ path, reason }): Guard => ({ path, cover: "hide", strength: "denied", because: because(`left out: ${reason}`), make: null, readable: false }),
  );
}

/** The order is the nesting: what comes later lies on top. Covers are sealed last, when everything is mounted in them. */
function orderOperations(
  inputs: RunInputs,
  facts: HostFacts,
  contributions: readonly Contribution[],
  {
    arranged,
    reach,
    sharesNetwork,
    nested,
  }: { readonly arranged: readonly Arranged[]; readonly reach: Reach; readonly sharesNetwork: boolean; readonly nested: NestedLevel },
): readonly Operation[] {
  const { deployment } = inputs.manifest;
  const kinds = contributions.flatMap((one) => one.operations ?? []);
  // Below folders that nothing can be granted over, so they may come first: who serves them comes up while the rest is built.
  const sockets = kinds.filter(({ kind }) => kind === "listen");
  const isHostDev = (operation: Operation): boolean => operation.kind === "bind" && operation.to === "/dev";
  return [
    ...sockets,
    ...(deployment === null ? usrOperations(inputs, facts) : deployedUsr(deployment, facts)),
    ...deviceOperations(facts, kinds.some(isHostDev)),
    ...kernelOperations(facts, sharesNetwork, nested),
    ...etcOperations(inputs, facts, sharesNetwork),
    ...treeOperations(inputs, facts),
    ...homeFolder(inputs, facts),
    ...contributions.flatMap((one) => one.beneath ?? []),
    ...arranged.flatMap((one) => one.operations),
    ...homeOperations(inputs, facts, reach),
    ...kinds.filter(({ kind }) => kind !== "listen"),
    ...(deployment === null ? usrSeals(facts) : []),
    ...arranged.flatMap((one) => one.sealed),
  ];
}

const RUNTIME_PLACES = ["/usr", "/etc", "/app", "/bin", "/lib", "/lib32", "/lib64", "/sbin"] as const;

/** The caller's folder where the app sees the very same one, else its home: a folder is never granted by standing in it. */
function workingDirectory({ manifest, request, options, caller }: RunInputs, facts: HostFacts, main: Arranged): string {
  if (options.workingDirectory !== null) return options.workingDirectory;
  const walk = walkFacts(request.cwd, facts);
  if (walk.end?.type !== "directory") return caller.home;
  // Of these places an app on another runtime sees something else under the same name.
  if (manifest.deployment !== null && RUNTIME_PLACES.some((place) => isBelow(walk.real, place))) return caller.home;
  return main.isVisible(walk.real) ? walk.real : caller.home;
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...seen.values()];
}
