// A mount namespace of a test's own: what root's script covers there, programs of the account see, and nobody else. For hosts that look otherwise than this one.
import { writeFileSync } from "node:fs";
import { type Outcome, type Running, type StartOptions, startProcess, waitFor } from "./process.ts";
import { SERVER_LIFE } from "./server-script.ts";
import type { Session } from "./session.ts";

export interface Namespace {
  /** A program of the session's account. */
  start(argv: readonly string[], options?: Partial<StartOptions>): Running;
  run(argv: readonly string[]): Promise<Outcome>;
  /** A program of root. */
  asRoot(script: string): Promise<Outcome>;
}

/** `script`: for root; `$SCRATCH` is the session's. One for all tests of a session: a broker obeys nobody from another. For root alone. */
export async function openNamespace(session: Session, script: string): Promise<Namespace> {
  const file = `${session.scratch}/namespace.sh`;
  writeFileSync(file, `set -e\n${script}\necho ready\nexec sleep 600\n`);
  const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", SCRATCH: session.scratch };
  const keeper = startProcess(["unshare", "--mount", "--propagation", "private", "sh", file], { environment, cwd: "/", limit: SERVER_LIFE });
  session.onClose(async () => {
    keeper.kill("SIGKILL");
    await keeper.ended;
  });
  await waitFor("the namespace", () => keeper.stdout().includes("ready"), 30_000).catch((error: Error) => {
    throw new Error(`${error.message}\n${keeper.stderr()}`);
  });
  const enter = ["nsenter", `--mount=/proc/${keeper.pid}/ns/mnt`] as const;
  const { uid, gid } = session.account;
  const as = [...enter, "setpriv", "--reuid", String(uid), "--regid", String(gid), "--clear-groups"] as const;
  const start: Namespace["start"] = (argv, options) =>
    startProcess([...as, ...argv], { environment: session.environment, cwd: session.home, limit: 60_000, ...options });
  return {
    start,
    run: (argv) => start(argv).ended,
    asRoot: (text) => startProcess([...enter, "sh", "-c", text], { environment, cwd: "/", limit: 30_000 }).ended,
  };
}
