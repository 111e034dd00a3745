// What the command names on this host, as far as it decides whether the sandbox can run it at all. Pure.
import type { HostFacts } from "../host/facts.ts";
import { isBelow } from "../host/walk.ts";
import type { Problem } from "../manifest/origin.ts";
import { problemAt, walkFacts } from "../permissions/granted.ts";
import type { RunInputs } from "./inputs.ts";

/** All that decides which program it is. */
export type Program = Pick<RunInputs, "manifest" | "options">;

const PLACES = ["/usr/bin", "/usr/games"] as const;
/** Set-gid is harmless: xterm and games carry it for a log file, and run without. */
const SET_UID = 0o4000;

/** Where the command may lie on the host. A name in the program that the manifest brings is its own affair. */
export function programQueries({ manifest, options }: Program): readonly string[] {
  const command = options.command ?? manifest.command?.value ?? "";
  // What lies in a runtime of Flatpak's is no program of the host's.
  if (manifest.deployment !== null) return [];
  if (command.startsWith("/")) return command.startsWith("/app/") ? [] : [command];
  if (command === "" || command.includes("/")) return [];
  return [...(manifest.programFolder === null ? [] : [`${manifest.programFolder}/bin/${command}`]), ...PLACES.map((place) => `${place}/${command}`)];
}

/** A snap's name leads to snapd, and a set-uid program counts on rights that no sandbox gives: both would fail inside in ways that nobody understands. */
export function programProblems(inputs: Program, facts: HostFacts): readonly Problem[] {
  const walk = programQueries(inputs)
    .map((path) => walkFacts(path, facts))
    .find(({ end }) => end !== null);
  if (walk === undefined || walk.end === null) return [];
  const origin = inputs.options.command === null ? (inputs.manifest.command?.origin ?? null) : null;
  const leadsToSnap = isBelow(walk.real, "/snap") || walk.real === "/usr/bin/snap" || walk.links.some(({ path }) => isBelow(path, "/snap"));
  if (leadsToSnap) return [problemAt(origin, "error", "plan.snap-program", { path: walk.real })];
  if (walk.end.type === "file" && (walk.end.mode & SET_UID) !== 0) return [problemAt(origin, "error", "plan.set-uid-program", { path: walk.real })];
  return [];
}
