// org.freedesktop.portal.Secret: a key of the app's own, always the same, with which it encrypts what it keeps. Made from one key of the user's that no app sees.
import { createHmac, randomBytes } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import type { Portal } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { requestMethod } from "../core/requests.ts";
import { makeFolders } from "../../native/make-folders.ts";

const MASTER_BYTES = 64;

export const secret: Portal = {
  interface: "org.freedesktop.portal.Secret",
  version: 1,
  methods: {
    RetrieveSecret: requestMethod({
      in: "ha{sv}",
      names: ["fd", "options"],
      options: { token: "s" },
      begin: ({ instance, args, descriptors }) => {
        const fd = descriptors.take(args[0]);
        return async () => {
          try {
            const bytes = secretOf(masterKey(instance), instance.appId);
            return { response: writeSecret(instance, fd, bytes) === bytes.length ? 0 : 2 };
          } finally {
            instance.addon.close(fd);
          }
        };
      },
    }),
  },
};

/** 64 bytes. */
function secretOf(master: Uint8Array, appId: string): Uint8Array {
  return createHmac("sha512", master).update(`tsbox secret ${appId}`).digest();
}

/** INVARIANT: never waits, whatever the app made of its descriptor. A pipe is opened anew, since its own description may be one that blocks. */
function writeSecret({ addon }: PortalInstance, fd: number, bytes: Uint8Array): number {
  const type = addon.fstat(fd).mode & 0o170000;
  if (type === 0o140000) return addon.sendmsg(fd, bytes, 0, bytes.length, []);
  if (type !== 0o010000) throw new PortalError("InvalidArgument", "the key goes into a pipe or a socket");
  const pipe = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    return writeSync(pipe, bytes);
  } finally {
    closeSync(pipe);
  }
}

function masterKey({ stateFolder }: PortalInstance): Uint8Array {
  const file = `${stateFolder}/secret-key`;
  try {
    const { mode, uid } = lstatSync(file);
    const key = readFileSync(file);
    if ((mode & 0o170077) === 0o100000 && uid === process.geteuid?.() && key.length === MASTER_BYTES) return key;
    throw new PortalError("Failed", "the key file is not the user's alone");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  makeFolders(stateFolder, 0o700);
  const made = randomBytes(MASTER_BYTES);
  writeFileSync(`${file}.${process.pid}`, made, { flag: "wx", mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
  return made;
}
