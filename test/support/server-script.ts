// The Python servers of test/fixtures/servers, put where the account can read them.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Session } from "./session.ts";

/** Milliseconds that a server may live; sessions end theirs long before. */
export const SERVER_LIFE = 900_000;

const SERVERS = resolve("test/fixtures/servers");

/** Path of the script in the session's scratch folder, which no sandbox sees. */
export function serverScript(session: Session, name: string): string {
  return session.write(`${session.scratch}/servers/${name}`, readFileSync(`${SERVERS}/${name}`));
}
