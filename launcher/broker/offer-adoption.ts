// Says that a program has settings outside which its app does without, until the user has decided about them (`tsbox data adopt`). A start asks nothing itself.
import { findAdoptable, readAdopted } from "../app-data/door.ts";
import { noticeAt, type Places, type Problem } from "../manifest/door.ts";
import { appDataFolder, guardedPaths, type RunInputs } from "../plan/door.ts";

export function offerAdoption(inputs: RunInputs, places: Places): readonly Problem[] {
  const { manifest, caller, options } = inputs;
  const isNamed = manifest.layer.entries.some(({ kind }) => kind === "adopt");
  if (!isNamed || options.ephemeral || readAdopted(places.state, manifest.id) !== null) return [];
  const { found } = findAdoptable(manifest, caller, appDataFolder(inputs), guardedPaths(inputs));
  const values = { id: manifest.id, paths: found.map(({ path }) => path).join(", ") };
  return found.length === 0 ? [] : [noticeAt({ file: manifest.file, line: 0, column: 0 }, "data.adopt-offer", values)];
}
