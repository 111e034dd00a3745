// A stranger's cookie for one launch: made by the X server before the sandbox is built, revoked when the instance ends. Written down beside the socket of the
// broker, which no app sees, so that the next broker ends what this one could not.
import { namesIn } from "../manifest/door.ts";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { encodeCookieFile, firstCookie } from "../permissions/kinds/xauthority.ts";
import type { Plan } from "../plan/door.ts";
import type { Cookie } from "../x11/connection.ts";
import { makeUntrustedCookie, revokeCookie } from "../x11/untrusted.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface Stranger {
  /** The cookie file. */
  readonly file: Uint8Array;
  /**
   * Writes down that the cookie is this instance's. INVARIANT: before the app gets it: a cookie that nobody wrote down is one that nobody has.
   */
  record(folder: string, instance: string): void;
  /** Ends the cookie, and what was connected with it. */
  revoke(): Promise<void>;
}

/** What the next broker must know. */
interface StrangerRecord {
  readonly server: string;
  /** Device and inode of the server's socket: another server has forgotten the cookie, and may know another one by its number. */
  readonly socket: string;
  readonly id: number;
  /** What opens the display for its user, in hexadecimal; null where nothing is needed. */
  readonly own: { readonly name: string; readonly data: string } | null;
}

/** Null where the plan wants none. Throws XError. */
export async function makeStranger(plan: Plan): Promise<Stranger | null> {
  for (const operation of plan.operations) {
    if (operation.kind !== "x11-stranger") continue;
    const { server } = operation;
    const own = firstCookie(operation.cookies);
    const socket = socketOf(server);
    const made = await makeUntrustedCookie(server, own);
    let written: string | null = null;
    return {
      file: encodeCookieFile(operation.inside, made),
      record(folder, instance) {
        written = `${folder}/${instance}`;
        write(written, { server, socket, id: made.id, own: own === null ? null : { name: hex(own.name), data: hex(own.data) } });
      },
      async revoke() {
        await revokeCookie(server, own, made.id);
        if (written !== null) rmSync(written, { force: true });
      },
    };
  }
  return null;
}

/**
 * Ends the cookies whose instances are not among `living`; answers those instances. A record goes with its cookie, or where its server has gone; one whose
 * server does not answer now is left to the next broker.
 */
export async function revokeLeftStrangers(folder: string, living: () => readonly string[]): Promise<readonly string[]> {
  const written = namesIn(folder).filter((name) => /^[0-9]{1,10}$/.test(name));
  if (written.length === 0) return [];
  const alive = new Set(living());
  const left = written.filter((name) => !alive.has(name));
  const ended = await Promise.all(left.map((name) => revokeRecorded(`${folder}/${name}`)));
  return left.filter((_, at) => ended[at]);
}

async function revokeRecorded(path: string): Promise<boolean> {
  const record = read(path);
  try {
    if (record !== null && socketOf(record.server) === record.socket) await revokeCookie(record.server, cookieOf(record), record.id);
  } catch {
    return false;
  }
  rmSync(path, { force: true });
  return true;
}

function write(path: string, record: StrangerRecord): void {
  makeFolders(path.slice(0, path.lastIndexOf("/")), 0o700);
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function read(path: string): StrangerRecord | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as StrangerRecord;
  } catch {
    // Another broker was quicker.
    return null;
  }
}

/** Empty where there is none. */
function socketOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? "" : `${found.dev}:${found.ino}`;
}

function cookieOf({ own }: StrangerRecord): Cookie | null {
  return own === null ? null : { name: Buffer.from(own.name, "hex"), data: Buffer.from(own.data, "hex") };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
