// Things of the host that no sandbox may reach, alive while the session is, and whether anything reached them.
import { randomBytes } from "node:crypto";
import { waitFor } from "./process.ts";
import { serverScript } from "./server-script.ts";
import type { Session } from "./session.ts";

export interface Canary {
  readonly pid: number;
  /** Name of an abstract socket, without the leading NUL. */
  readonly abstract: string;
  readonly path: string;
  readonly port: number;
  /** System V key and POSIX queue; null where this host has none. */
  readonly key: number | null;
  readonly queue: string | null;
  /** Of a byte in its memory. */
  readonly address: number;
  /** `abstract`, `path`, `tcp`: one for each connection that arrived since the last time asked. */
  reached(): Promise<readonly string[]>;
}

export async function startCanary(session: Session): Promise<Canary> {
  const name = `tsbox-canary-${randomBytes(6).toString("hex")}`;
  const server = session.start(["/usr/bin/python3", serverScript(session, "canary.py"), session.scratch, name], { input: "pipe", limit: 600_000 });
  const line = await waitFor("the canary", () => {
    if (server.stderr().includes("Error")) throw new Error(server.stderr());
    return /^(\{.*\})\n/.exec(server.stdout())?.[1];
  });
  session.onClose(async () => {
    server.closeInput();
    await server.ended;
  });
  let told = 1;
  return {
    ...(JSON.parse(line) as Omit<Canary, "reached">),
    async reached() {
      server.write("?");
      const fresh = await waitFor("the canary's count", () => {
        const lines = server.stdout().split("\n").slice(told);
        return lines.includes("counted") ? lines.slice(0, lines.indexOf("counted")) : undefined;
      });
      told += fresh.length + 1;
      return fresh.map((text) => text.slice("reached ".length));
    },
  };
}
