// The host's own document portal, where it has one: its view of the app's documents is shown in the sandbox, and what the user picks in a dialog of ours becomes its document.
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { DOCUMENTS_NAME } from "../core/host-portals.ts";
import type { PortalInstance } from "../core/instance.ts";
import { pathOfBytes } from "../core/options.ts";
import { DOCUMENTS_PATH } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import type { BusAnswer } from "../host-bus/bus-client.ts";
import { O_PATH, RESOLVE_NO_SYMLINKS } from "../outside/descriptor-path.ts";
import type { BusClient } from "../host-bus/bus-client.ts";
import type { GivenPlace } from "./app-places.ts";
import { attach, DOCUMENT_ROOT, isRunning } from "./attach.ts";
import { makeFolders } from "../../native/make-folders.ts";

/** XDP_ADD_FLAGS: reuse an existing document, keep it, and for a folder: all that is in it. */
const REUSE_AND_KEEP = 1 | 2;
const FOLDER = 8;

/** By-app views are made by the file system when they are looked at. */
export async function showHostDocuments(instance: PortalInstance): Promise<void> {
  // A broker that was killed took nothing back.
  takeBack(instance, await instance.sessionBus(), (session) => !isRunning(instance, session));
  const { values } = await callDocuments(instance, "GetMountPoint", "", [], []);
  const mount = pathOfBytes(values[0]);
  if (mount === undefined || !mount.startsWith("/")) throw new PortalError("Failed", "the document portal says no mount point");
  const view = `${mount}/by-app/${instance.appId}`;
  await attach(instance, view, statSync(view, { bigint: true }), DOCUMENT_ROOT, "rw");
}

/** The path inside of a file or folder of the host, which need not be there yet if it is a file. */
export async function giveByHost(instance: PortalInstance, path: string, writable: boolean): Promise<string> {
  const permissions = ["read", ...(writable ? ["write"] : []), "grant-permissions"];
  const isThere = existsSync(path);
  // The portal takes no descriptor that was opened with O_NOFOLLOW; a link that came into the path meanwhile is refused all the same.
  const fd = instance.addon.openat2(-1, isThere ? path : dirname(path), O_PATH, 0, RESOLVE_NO_SYMLINKS);
  try {
    const isFolder = isThere && (instance.addon.fstat(fd).mode & 0o170000) === 0o040000;
    const flags = REUSE_AND_KEEP | (isFolder ? FOLDER : 0);
    const name = [...new TextEncoder().encode(basename(path)), 0];
    const { values } = isThere
      ? await callDocuments(instance, "AddFull", "ahusas", [[0], flags, instance.appId, permissions], [fd])
      : await callDocuments(instance, "AddNamedFull", "hayusas", [0, name, flags, instance.appId, permissions], [fd]);
    const id = isThere ? (values[0] as readonly string[])[0] : values[0];
    return `${DOCUMENT_ROOT}/${String(id)}/${basename(path)}`;
  } finally {
    instance.addon.close(fd);
  }
}

/** What the app has there, all of it as if it could write it: which it may, only a question for each would tell. */
export async function givenByHost(instance: PortalInstance): Promise<readonly GivenPlace[]> {
  const { values } = await callDocuments(instance, "List", "s", [instance.appId], []);
  const apps = { [instance.appId]: { writable: true } };
  return (values[0] as unknown as readonly (readonly [string, Value])[]).flatMap(([, bytes]) => {
    const path = pathOfBytes(bytes);
    return path === undefined ? [] : [{ path, apps }];
  });
}

/** A file or a folder, until this instance ends: a document of its own, which the portal itself forgets at the end of the login, and which the app cannot pass on. */
export async function lendByHost(instance: PortalInstance, path: string, writable: boolean): Promise<string> {
  const bus = await instance.sessionBus();
  const lent = instance.own(
    "lent folders",
    () => new Map<string, string>(),
    () => takeBack(instance, bus, (session) => session === instance.id),
  );
  const known = lent.get(`${writable} ${path}`);
  if (known !== undefined) return known;
  const fd = instance.addon.openat2(-1, path, O_PATH, 0, RESOLVE_NO_SYMLINKS);
  try {
    const flags = (instance.addon.fstat(fd).mode & 0o170000) === 0o040000 ? FOLDER : 0;
    const { values } = await callDocuments(instance, "AddFull", "ahusas", [[0], flags, instance.appId, ["read", ...(writable ? ["write"] : [])]], [fd]);
    const id = (values[0] as readonly string[])[0] as string;
    const inside = `${DOCUMENT_ROOT}/${id}/${basename(path)}`;
    // Written down before the app hears of it.
    makeFolders(lentFolder(instance), 0o700);
    writeFileSync(`${lentFolder(instance)}/${instance.id}.${id}`, "", { mode: 0o600 });
    lent.set(`${writable} ${path}`, inside);
    return inside;
  } finally {
    instance.addon.close(fd);
  }
}

function lentFolder({ stateFolder }: PortalInstance): string {
  return `${stateFolder}/lent-documents`;
}

function takeBack(instance: PortalInstance, bus: BusClient, isOver: (session: string) => boolean): void {
  const folder = lentFolder(instance);
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const [session = "", id = ""] = name.split(".");
    if (!isOver(session)) continue;
    rmSync(`${folder}/${name}`, { force: true });
    bus
      .call({ destination: DOCUMENTS_NAME, path: DOCUMENTS_PATH, interface: DOCUMENTS_NAME, member: "Delete", signature: "s", args: [id] })
      .catch((error: Error) => instance.note("documents", { detail: error.message }));
  }
}

async function callDocuments(instance: PortalInstance, member: string, signature: string, args: readonly Value[], fds: readonly number[]): Promise<BusAnswer> {
  const bus = await instance.sessionBus();
  return bus.call({ destination: DOCUMENTS_NAME, path: DOCUMENTS_PATH, interface: DOCUMENTS_NAME, member, signature, args, fds });
}
