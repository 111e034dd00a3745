// Paths of the host as an app knows them: where it sees one already, that path; else a document.
import { existsSync, lstatSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { PortalError } from "../core/portal-error.ts";
import { cleanText } from "../dialogs/dialogs.ts";
import { checkFolder, followPicked, type GivenPlace, mayWrite } from "./app-places.ts";
import { type Documents, openDocuments } from "./documents.ts";
import { giveByHost, givenByHost, lendByHost, showHostDocuments } from "./host-documents.ts";

export function documentsOf(instance: PortalInstance): Documents {
  const documents = instance.shared(`documents ${instance.stateFolder}`, () => openDocuments(instance.stateFolder, instance.addon, instance.note));
  instance.own(
    "documents of the instance",
    () => documents,
    () => documents.ended(instance),
  );
  return documents;
}

/** What the app was given earlier, at its start or when it first asks for portals. */
export async function showDocuments(instance: PortalInstance): Promise<void> {
  try {
    if (instance.hasHostDocuments) await showHostDocuments(instance);
    else if (existsSync(`${instance.stateFolder}/documents`)) await documentsOf(instance).show(instance);
  } catch (error) {
    instance.note("documents", { detail: (error as Error).message });
  }
}

/**
 * `file://` URI inside of a path of the host that the user picked. INVARIANT: a link that the app itself may have put there gives it nothing that it does not see
 * already, and no folder comes without its covers.
 */
export async function giveToApp(instance: PortalInstance, picked: string, writable: boolean): Promise<string> {
  const given = await givenPlaces(instance);
  const { path, planted } = followPicked(picked, (folder) => mayWrite(instance, given, folder));
  const give = (): Promise<string> => {
    if (planted) throw new PortalError("NotAllowed", "a link that the app may have made leads there");
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) checkFolder(instance, path);
    return instance.hasHostDocuments ? giveByHost(instance, path, writable) : documentsOf(instance).give(instance, path, writable);
  };
  return uriOf(seenAs(instance, path, writable) ?? (await give()));
}

/** In a folder among them the app may have made links. */
export async function givenPlaces(instance: PortalInstance): Promise<readonly GivenPlace[]> {
  return instance.hasHostDocuments ? givenByHost(instance) : documentsOf(instance).records.all();
}

/** The path inside of a file or folder that is the app's until this instance ends. Who gives it has looked at where it lies. */
export function lendToApp(instance: PortalInstance, path: string, writable: boolean): Promise<string> {
  return instance.hasHostDocuments ? lendByHost(instance, path, writable) : documentsOf(instance).lend(instance, path, writable);
}

export function uriOf(path: string): string {
  return `file://${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** The path under which the app sees that very place, or undefined. */
export function seenAs({ origin }: PortalInstance, path: string, writable: boolean): string | undefined {
  const views = origin.views.filter(({ outside, inside }) => (path === outside || path.startsWith(`${outside}/`)) && !inside.startsWith("/run/host"));
  for (const view of views.sort((one, other) => other.outside.length - one.outside.length)) {
    const inside = `${view.inside}${path.slice(view.outside.length)}`;
    const top = origin.views
      .filter((one) => inside === one.inside || inside.startsWith(`${one.inside}/`))
      .sort((one, other) => other.inside.length - one.inside.length)[0];
    // Something else may be mounted over it.
    const isCovered = (origin.covers ?? []).some((cover) => cover.length >= view.inside.length && (inside === cover || inside.startsWith(`${cover}/`)));
    if (top === view && !isCovered) return view.writable || !writable ? inside : undefined;
  }
  return undefined;
}

/** The host's path of a folder that the app names by its own; "" where it means nothing outside. */
export function outsideOf({ origin }: PortalInstance, inside: string | undefined): string {
  if (
    inside === undefined ||
    !inside.startsWith("/") ||
    inside.includes("\0") ||
    inside.split("/").some((part) => part === "..") ||
    cleanText(inside) !== inside
  )
    return "";
  const view = origin.views
    .filter((one) => inside === one.inside || inside.startsWith(`${one.inside}/`))
    .sort((one, other) => other.inside.length - one.inside.length)[0];
  return view === undefined ? "" : `${view.outside}${inside.slice(view.inside.length)}`;
}
