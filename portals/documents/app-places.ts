// Places of the host that an app may write: what lies there, links above all, is the app's word and not the user's.
import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { PortalError } from "../core/portal-error.ts";
import type { DocumentRecord } from "./records.ts";

/** What an app was given, by our records or the host's. */
export type GivenPlace = Pick<DocumentRecord, "path" | "apps">;

const MAX_LINKS = 40;

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || folder === "/" || path.startsWith(`${folder}/`);
}

/** Whether this app may write there: its data, what it sees writable, folders that it was given before. `path` is without links. */
export function mayWrite({ origin, appId }: PortalInstance, records: readonly GivenPlace[], path: string): boolean {
  const seen = origin.views.filter(({ writable }) => writable).map(({ outside }) => outside);
  const given = records.filter((record) => record.apps[appId]?.writable === true).map((record) => record.path);
  return [origin.dataFolder, ...seen, ...given].some((place) => isAtOrBelow(path, place) || isAtOrBelow(path, realOf(place)));
}

export interface PickedPlace {
  /** Without links; the last name need not be there. */
  readonly path: string;
  /** A link on the way lies where the app may write: it may lead where the user never looked. */
  readonly planted: boolean;
}

/** Where a picked path leads, link by link. Throws NotFound where a folder on the way is missing. */
export function followPicked(picked: string, isTheApps: (folder: string) => boolean): PickedPlace {
  let rest = picked.split("/").filter((part) => part !== "" && part !== ".");
  let path = "";
  let planted = false;
  for (let links = 0; rest.length > 0; ) {
    const [name, ...after] = rest as [string, ...string[]];
    rest = after;
    if (name === "..") {
      path = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      continue;
    }
    const next = `${path}/${name}`;
    const found = lstatSync(next, { throwIfNoEntry: false });
    if (found === undefined && rest.length > 0) throw new PortalError("NotFound", "no such folder");
    if (found?.isSymbolicLink() !== true) {
      path = next;
      continue;
    }
    if (++links > MAX_LINKS) throw new PortalError("NotFound", "too many links");
    planted ||= isTheApps(path || "/");
    const target = readlinkSync(next);
    if (target.startsWith("/")) path = "";
    rest = [...target.split("/").filter((part) => part !== "" && part !== "."), ...rest];
  }
  return { path: path || "/", planted };
}

/**
 * INVARIANT: no folder document equals, holds or lies in a place that something outside trusts: the app's own view of such a folder has covers, a document has none.
 * An origin that names no such places was left by an earlier release, and gets no folder.
 */
export function checkFolder({ origin }: PortalInstance, path: string): void {
  const guarded = origin.guarded ?? ["/"];
  if (guarded.some((place) => [place, realOf(place)].some((one) => isAtOrBelow(path, one) || isAtOrBelow(one, path)))) {
    throw new PortalError("NotAllowed", "that folder is, holds or lies in one that decides what runs outside");
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
