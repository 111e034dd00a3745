// The folder of a picked file, given with it: what stands beside the file is the app's too, for as long as this sandbox runs. The app finds the file in that folder.
import { lstatSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { PortalInstance } from "../core/instance.ts";
import type { NeighbourAccess } from "../dialogs/dialogs.ts";
import { checkFolder, followPicked, mayWrite } from "./app-places.ts";
import { givenPlaces, lendToApp, seenAs, uriOf } from "./host-paths.ts";

/**
 * `file://` URIs inside. Undefined where a folder cannot be given, and then none is: one that is, holds or lies in a guarded place (the home itself), or that a link of
 * the app's leads to. INVARIANT: what the user gives with a tick at a file is never more than what he could pick as a folder.
 */
export async function giveWithNeighbours(instance: PortalInstance, picked: readonly string[], access: NeighbourAccess): Promise<readonly string[] | undefined> {
  const writable = access === "write";
  try {
    const given = await givenPlaces(instance);
    const files = picked.map((one) => followPicked(one, (folder) => mayWrite(instance, given, folder)));
    for (const { path, planted } of files) {
      if (seenAs(instance, dirname(path), writable) !== undefined) continue;
      if (planted || lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw new RangeError("not a file of the user's own naming");
      checkFolder(instance, dirname(path));
    }
    const uris: string[] = [];
    // One after the other: files of one folder find it given already.
    for (const { path } of files) {
      const folder = dirname(path);
      const inside = seenAs(instance, folder, writable) ?? (await lendToApp(instance, folder, writable));
      uris.push(uriOf(`${inside}/${basename(path)}`));
    }
    instance.note("neighbours given", { paths: [...new Set(files.map(({ path }) => dirname(path)))], access });
    return uris;
  } catch (error) {
    instance.note("neighbours not given", { paths: picked, detail: (error as Error).message });
    return undefined;
  }
}
