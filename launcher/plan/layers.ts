// `run --try`: every writable place of the host is seen through a layer, which takes the changes; the place itself stays as it is. Pure.
import type { HostFacts } from "../host/facts.ts";
import { isBelow } from "../host/walk.ts";
import { walkFacts } from "../permissions/granted.ts";
import { collectGuards } from "./guards.ts";
import type { RunInputs } from "./inputs.ts";
import type { Operation, Plan, SourceIdentity } from "./plan.ts";
import { because } from "./sources.ts";

type Bind = Extract<Operation, { readonly kind: "bind" }>;

const WHY = because("--try: changes below it are kept aside");

/**
 * INVARIANT: no writable folder or file of the host is left but below `/dev`. Of places in each other one layer holds all, so that the app sees one and the same
 * file under all its names. `folder`: where the layers lie.
 */
export function layOver(plan: Plan, facts: HostFacts, folder: string): Plan {
  const writable = plan.operations.filter(isLayered);
  const places = new Map(writable.map((bind) => (bind.source.type === "directory" ? [bind.from, bind.source] : parentOf(bind.from, facts))));
  const roots = [...places].filter(([place]) => ![...places.keys()].some((other) => other !== place && isBelow(place, other)));
  const layers = roots.map(([from, source], index): Operation => {
    const own = `${folder}/${index}`;
    return { kind: "layer", from, to: from, source, upper: `${own}/upper`, work: `${own}/work`, because: WHY };
  });
  const operations = plan.operations.map(
    (one): Operation => (isLayered(one) ? { kind: "layered-bind", from: one.from, to: one.to, source: one.source, because: one.because } : one),
  );
  return { ...plan, operations: [...layers, ...operations] };
}

/** What must be known when the changes are to be brought to their places. */
export interface Layers {
  readonly layers: readonly Extract<Operation, { readonly kind: "layer" }>[];
  /** What stays as it is outside, whatever the app did: missing places among them could be made in a layer. */
  readonly guarded: readonly string[];
  /** Places that were granted by themselves although they lie in a guarded one, as the app's own data does. */
  readonly open: readonly string[];
  /** Where the sandbox itself puts something into a layer: the mount point that it needs there is no change of the app's. */
  readonly mountPoints: readonly string[];
}

export function layersOf(plan: Plan, inputs: RunInputs, facts: HostFacts): Layers {
  const layers = plan.operations.flatMap((one) => (one.kind === "layer" ? [one] : []));
  const guarded = [...new Set(collectGuards(inputs).flatMap(({ path }) => [path, walkFacts(path, facts).real]))];
  const open = plan.operations.flatMap((one) => (one.kind === "layered-bind" ? [one.from] : []));
  return { layers, guarded, open: open.filter((place) => guarded.some((guard) => isBelow(place, guard))), mountPoints: mountPointsOf(plan) };
}

/** On the host, by each way on which they are below a layer. */
function mountPointsOf(plan: Plan): readonly string[] {
  const layered = plan.operations.flatMap((one) => (one.kind === "layered-bind" && one.source.type === "directory" ? [one] : []));
  const found = plan.operations.flatMap((one) =>
    layered.flatMap(({ from, to }) => (one.to !== to && isBelow(one.to, to) ? [`${from}${one.to.slice(to.length)}`] : [])),
  );
  return [...new Set(found)];
}

/** Sockets and devices are no places to write to. */
function isLayered(one: Operation): one is Bind {
  return one.kind === "bind" && one.access === "rw" && (one.source.type === "directory" || one.source.type === "file") && !isBelow(one.from, "/dev");
}

/** An overlay is of a folder; of this one the app sees the one file. */
function parentOf(file: string, facts: HostFacts): readonly [string, SourceIdentity] {
  const parent = file.slice(0, file.lastIndexOf("/")) || "/";
  const found = facts.paths.get(parent);
  if (found?.type !== "directory") throw new Error(`no folder around ${file} was looked at`);
  return [parent, { type: "directory", dev: found.dev, ino: found.ino }];
}
