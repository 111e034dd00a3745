// org.freedesktop.portal.Documents as an app may use it: where its documents lie, files that it passes on, and no word about other apps' documents.
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { DOCUMENT_ROOT } from "../documents/attach.ts";
import type { DocumentRecord } from "../documents/records.ts";
import { documentsOf } from "../documents/host-paths.ts";
import type { PortalInstance } from "../core/instance.ts";
import { DOCUMENTS_PATH, type Portal, type PortalCall, type PortalMethod } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { hostFileOf } from "../outside/descriptor-path.ts";

const MAX_FILES = 100;
const bytes = (text: string): Value => [...new TextEncoder().encode(text), 0];
/** For programs outside alone; an app would learn with them of the user's files. */
const hostOnly = (inward: string, outward: string, names: readonly string[]): PortalMethod => ({
  in: inward,
  out: outward,
  names,
  run: () => {
    throw new PortalError("NotAllowed", "not allowed in a sandbox");
  },
});

export const documentsPortal: Portal = {
  interface: "org.freedesktop.portal.Documents",
  path: DOCUMENTS_PATH,
  version: 5,
  methods: {
    GetMountPoint: {
      in: "",
      out: "ay",
      names: ["path"],
      run: async ({ instance }) => {
        // Who asks is about to look there.
        await instance.documentsShown;
        return [bytes(DOCUMENT_ROOT)];
      },
    },
    Add: {
      in: "hbb",
      out: "s",
      names: ["o_path_fd", "reuse_existing", "persistent", "doc_id"],
      run: async (call) => [(await add(call, [call.args[0] as Value]))[0] as string],
    },
    AddFull: {
      in: "ahusas",
      out: "asa{sv}",
      names: ["o_path_fds", "flags", "app_id", "permissions", "doc_ids", "extra_out"],
      run: async (call) => {
        const ids = await add(call, call.args[0] as readonly Value[]);
        const appId = String(call.args[2]);
        const permissions = call.args[3] as readonly string[];
        if (appId !== "") for (const id of ids) grant(call.instance, id, appId, permissions);
        return [ids, [["mountpoint", { signature: "ay", value: bytes(DOCUMENT_ROOT) }]]];
      },
    },
    AddNamed: hostOnly("haybb", "s", ["o_path_parent_fd", "filename", "reuse_existing", "persistent", "doc_id"]),
    AddNamedFull: hostOnly("hayusas", "sa{sv}", ["o_path_fd", "filename", "flags", "app_id", "permissions", "doc_id", "extra_out"]),
    GrantPermissions: {
      in: "ssas",
      out: "",
      names: ["doc_id", "app_id", "permissions"],
      run: ({ instance, args }) => {
        grant(instance, String(args[0]), String(args[1]), args[2] as readonly string[]);
        return [];
      },
    },
    RevokePermissions: {
      in: "ssas",
      out: "",
      names: ["doc_id", "app_id", "permissions"],
      run: async ({ instance, args }) => {
        const [id, appId] = [String(args[0]), String(args[1])];
        own(instance, id);
        // What the user gave to another app is not this one's to take away.
        const theirs = documentsOf(instance).records.get(id)?.apps[appId];
        if (appId !== instance.appId && theirs !== undefined && theirs.by !== instance.appId)
          throw new PortalError("NotAllowed", "this app did not pass that document on");
        await documentsOf(instance).revoke(id, appId);
        return [];
      },
    },
    Delete: {
      in: "s",
      out: "",
      names: ["doc_id"],
      run: async ({ instance, args }) => {
        own(instance, String(args[0]));
        await documentsOf(instance).revoke(String(args[0]), instance.appId);
        return [];
      },
    },
    Lookup: hostOnly("ay", "s", ["filename", "doc_id"]),
    Info: hostOnly("s", "aya{sas}", ["doc_id", "path", "apps"]),
    List: hostOnly("s", "a{say}", ["app_id", "docs"]),
    GetHostPaths: {
      in: "as",
      out: "a{say}",
      names: ["doc_ids", "paths"],
      run: ({ instance, args }) => {
        const { records } = documentsOf(instance);
        const found = (args[0] as readonly string[]).flatMap((id) => {
          const record = records.get(id);
          return record === undefined || !isOf(instance, record) ? [] : [[id, bytes(record.path)]];
        });
        return [found as unknown as Value];
      },
    },
  },
};

/** Files that the app sees itself become documents that it may pass on. */
async function add({ instance, descriptors }: PortalCall, fds: readonly Value[]): Promise<readonly string[]> {
  if (fds.length > MAX_FILES) throw new PortalError("InvalidArgument", "too many files");
  const ids: string[] = [];
  for (const index of fds) {
    const fd = descriptors.take(index);
    try {
      const file = hostFileOf(instance, fd);
      // The app sees a folder with covers over what it must not reach; a document would be the folder without them.
      if (file.isDirectory) throw new PortalError("NotAllowed", "a folder cannot be passed on");
      const inside = await documentsOf(instance).give(instance, file.path, file.writable, file);
      ids.push(inside.slice(DOCUMENT_ROOT.length + 1).split("/")[0] as string);
    } finally {
      instance.addon.close(fd);
    }
  }
  return ids;
}

/** A document of this app, as its own grant says. */
function own(instance: PortalInstance, id: string): { readonly writable: boolean; readonly lent: boolean } {
  const record = documentsOf(instance).records.get(id);
  const grantOfApp = record?.apps[instance.appId];
  if (record === undefined || grantOfApp === undefined || !isOf(instance, record)) throw new PortalError("NotFound", "no such document");
  return { writable: grantOfApp.writable, lent: record.session !== undefined };
}

function isOf({ id, appId }: PortalInstance, { apps, session }: DocumentRecord): boolean {
  return apps[appId] !== undefined && (session === undefined || session === id);
}

/** INVARIANT: nobody passes on more than he has. */
function grant(instance: PortalInstance, id: string, appId: string, permissions: readonly string[]): void {
  const mine = own(instance, id);
  if (mine.lent) throw new PortalError("NotAllowed", "that folder was given to this sandbox alone");
  if (!/^[A-Za-z_][\w-]*(?:\.[\w-]+)+$/.test(appId) || appId.length > 255) throw new PortalError("InvalidArgument", "not an app's id");
  if (appId === instance.appId) return;
  const writable = permissions.includes("write");
  if (writable && !mine.writable) throw new PortalError("NotAllowed", "this app may not write that document itself");
  if (permissions.includes("read") || writable) documentsOf(instance).passOn(id, appId, writable, instance.appId);
}
