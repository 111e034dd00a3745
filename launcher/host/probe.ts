// Answers the plan builder's questions in one pass over the disk. Reads, changes nothing, remembers nothing: what was true yesterday is asked again,
// for a forgotten change would be a wrong sandbox.
import { listDevices } from "./devices.ts";
import type { HostFacts, HostQueries, PathFact } from "./facts.ts";
import { lookAt, thisProcess } from "./look.ts";
import { deriveMachineId, readAbstractSockets, readNames, readText } from "./read.ts";
import { type Walk, walkPath } from "./walk.ts";

export function probeHost(queries: HostQueries): HostFacts {
  const paths = new Map<string, PathFact | null>();
  const look = rememberingLook(paths);
  const folders = new Map<string, readonly string[] | null>();
  const walks = walkAll(queries.paths, look);
  for (const folder of queries.folders) folders.set(folder.path, readFolder(folder.path, folder.looking, look));
  const texts = new Map<string, Uint8Array | null>();
  for (const path of queries.texts) texts.set(path, readText(walkPath(path, look).real));
  return {
    paths,
    walks,
    folders,
    texts,
    machineId: queries.machineIdFor === null ? null : deriveMachineId(queries.machineIdFor),
    devices: queries.devices ? listDevices() : null,
    compositor: null,
    abstractSockets: queries.abstractSockets ? readAbstractSockets() : new Set(),
  };
}

/** Most paths lie in the same few folders: where a folder was reached without a link, the last step is enough. */
function walkAll(paths: readonly string[], look: (path: string) => PathFact | null): ReadonlyMap<string, Walk> {
  const plain = new Map<string, readonly string[]>();
  const walks = new Map<string, Walk>();
  for (const path of paths) {
    const slash = path.lastIndexOf("/");
    const parent = path.slice(0, slash);
    const above = plain.get(parent);
    const last = above === undefined ? undefined : look(path);
    if (above !== undefined && last !== undefined && last?.type !== "symlink") {
      walks.set(path, { end: last, real: path, folders: above, links: [], absentAt: last === null ? path : null });
      continue;
    }
    const walk = walkPath(path, look);
    walks.set(path, walk);
    const isPlain = walk.links.length === 0 && walk.real === path && (walk.end !== null || walk.absentAt === path);
    if (isPlain && slash > 0) plain.set(parent, walk.folders);
  }
  return walks;
}

function rememberingLook(paths: Map<string, PathFact | null>): (path: string) => PathFact | null {
  const looker = thisProcess();
  return (path) => {
    const known = paths.get(path);
    if (known !== undefined) return known;
    const fact = lookAt(path, looker);
    paths.set(path, fact);
    return fact;
  };
}

function readFolder(folder: string, looking: readonly string[], look: (path: string) => PathFact | null): readonly string[] | null {
  const walk = walkPath(folder, look);
  const names = walk.end?.type === "directory" ? readNames(walk.real) : null;
  for (const name of names ?? []) if (looking.some((start) => name.startsWith(start))) walkPath(walk.real === "/" ? `/${name}` : `${walk.real}/${name}`, look);
  return names;
}
