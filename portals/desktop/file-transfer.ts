// org.freedesktop.portal.FileTransfer: files from one app to another by a key that travels with a paste or a drop. Whoever has the key gets the files, nobody else.
import { randomBytes } from "node:crypto";
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { documentsOf, seenAs } from "../documents/host-paths.ts";
import type { PortalInstance } from "../core/instance.ts";
import { flagOption, readOptions } from "../core/options.ts";
import { DOCUMENTS_PATH, type Portal } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { checkStill, type HostFile, hostFileOf } from "../outside/descriptor-path.ts";

const INTERFACE = "org.freedesktop.portal.FileTransfer";
const MAX_TRANSFERS = 16;
const MAX_FILES = 256;

interface Transfer {
  readonly owner: PortalInstance;
  readonly client: string;
  readonly writable: boolean;
  readonly autostop: boolean;
  readonly files: HostFile[];
}

export const fileTransfer: Portal = {
  interface: INTERFACE,
  path: DOCUMENTS_PATH,
  version: 1,
  methods: {
    StartTransfer: {
      in: "a{sv}",
      out: "s",
      names: ["options", "key"],
      run: ({ instance, client, args }) => {
        const options = readOptions(args[0], { writable: "b", autostop: "b" });
        const transfers = all(instance);
        if ([...transfers.values()].filter(({ owner }) => owner === instance).length >= MAX_TRANSFERS)
          throw new PortalError("NotAllowed", "too many transfers");
        // Not to be guessed: the key is all that is asked for.
        const key = randomBytes(32).toString("hex");
        const writable = flagOption(options, "writable") === true;
        transfers.set(key, { owner: instance, client, writable, autostop: flagOption(options, "autostop") !== false, files: [] });
        endWithOwner(instance);
        return [key];
      },
    },
    AddFiles: {
      in: "saha{sv}",
      out: "",
      names: ["key", "fds", "options"],
      run: ({ instance, client, args, descriptors }) => {
        const transfer = all(instance).get(String(args[0]));
        if (transfer === undefined || transfer.owner !== instance || transfer.client !== client)
          throw new PortalError("NotAllowed", "no such transfer of this app");
        for (const index of args[1] as readonly Value[]) {
          if (transfer.files.length >= MAX_FILES) throw new PortalError("InvalidArgument", "too many files");
          const fd = descriptors.take(index);
          try {
            const file = hostFileOf(instance, fd);
            if (file.isDirectory) throw new PortalError("NotAllowed", "a folder cannot be passed on");
            transfer.files.push(file);
          } finally {
            instance.addon.close(fd);
          }
        }
        return [];
      },
    },
    RetrieveFiles: {
      in: "sa{sv}",
      out: "as",
      names: ["key", "options", "files"],
      run: async ({ instance, args }) => {
        const transfer = all(instance).get(String(args[0]));
        if (transfer === undefined) throw new PortalError("NotAllowed", "no such transfer");
        const paths: string[] = [];
        for (const file of transfer.files) {
          const gets = file.writable && transfer.writable;
          checkStill(transfer.owner, file);
          paths.push(seenAs(instance, file.path, gets) ?? (await documentsOf(instance).give(instance, file.path, gets, file)));
        }
        if (transfer.autostop) stop(instance, String(args[0]));
        return [paths];
      },
    },
    StopTransfer: {
      in: "s",
      out: "",
      names: ["key"],
      run: ({ instance, args }) => {
        if (all(instance).get(String(args[0]))?.owner !== instance) throw new PortalError("NotAllowed", "no such transfer of this app");
        stop(instance, String(args[0]));
        return [];
      },
    },
  },
  signals: { TransferClosed: "s" },
};

function all(instance: PortalInstance): Map<string, Transfer> {
  return instance.shared("transfers", () => new Map<string, Transfer>());
}

function stop(instance: PortalInstance, key: string): void {
  const transfer = all(instance).get(key);
  if (transfer === undefined) return;
  all(instance).delete(key);
  transfer.owner.emit(transfer.client, DOCUMENTS_PATH, INTERFACE, "TransferClosed", "s", [key]);
}

/** A key dies with the connection that made it. */
function endWithOwner(instance: PortalInstance): void {
  instance.own("transfers end", () => {
    instance.onClientGone((gone) => {
      for (const [key, { owner, client }] of [...all(instance)]) if (owner === instance && client === gone) all(instance).delete(key);
    });
    return true;
  });
}
