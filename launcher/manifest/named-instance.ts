// A named instance of an app: `ID--NAME` is an id of its own wherever data, overrides, bus names and portals go by an app's id. No manifest may have such an id
// (parse-manifest.ts), so it can be no other app's. Pure.
import { parseAppId } from "./app-id.ts";
import type { AppId, Manifest } from "./manifest.ts";
import type { Result } from "./origin.ts";
import { errorAt, failure, NO_PLACE, type Place, success } from "./problem.ts";

const MARK = "--";
/** Part of a file's name, a bus name and an object path: nothing that one of these takes for more than text. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_]{0,31}$/;

export interface NamedInstance {
  readonly app: AppId;
  readonly name: string;
}

/** The id of an instance, or why the name cannot be one's. */
export function instanceIdOf(app: AppId, rawName: string): Result<AppId> {
  if (!NAME.test(rawName)) return failure(errorAt(NO_PLACE, "instance.name", { name: rawName }));
  return parseAppId(`${app}${MARK}${rawName}`);
}

/** Null for an app's own id. */
export function splitInstanceId(id: string): NamedInstance | null {
  const at = id.indexOf(MARK);
  const [app, name] = [id.slice(0, at), id.slice(at + MARK.length)];
  return at > 0 && NAME.test(name) && parseAppId(app).ok ? { app: app as AppId, name } : null;
}

/** The id that the manifest itself has. */
export function appOf({ id, instanceOf }: Pick<Manifest, "id" | "instanceOf">): AppId {
  return instanceOf ?? id;
}

/** The same manifest for a named instance: all that goes by the id is that instance's own. */
export function asInstance(manifest: Manifest, rawName: string): Result<Manifest> {
  const id = instanceIdOf(manifest.id, rawName);
  return id.ok ? success({ ...manifest, id: id.value, instanceOf: manifest.id }) : id;
}

/** An id with the mark in it is an instance's, and no manifest's. */
export function refuseInstanceId(id: AppId, place: Place = NO_PLACE): Result<AppId> {
  return id.includes(MARK) ? failure(errorAt(place, "manifest.id-of-instance", { id })) : success(id);
}
