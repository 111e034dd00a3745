// Which apps run, for commands that must not touch what a running one writes.
import { listInstances } from "../instance/door.ts";
import type { Surroundings } from "./command.ts";

/** The ids of what runs, named instances as `ID--NAME`. */
export function runningIds({ addon, runtimeDirectory }: Surroundings): readonly string[] {
  return runtimeDirectory === null ? [] : listInstances(addon(), runtimeDirectory).map(({ appId }) => appId);
}
