// As whom the tests run: the ordinary user is the truth, root comes beside it where the tests themselves run as root.
import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** For the names of tests. */
  readonly label: string;
}

/** Made by test/setup; tests that run beside others have an account of their own (test/run.mjs). */
const ORDINARY_USER = process.env["TSBOX_TEST_ACCOUNT"] ?? "tsbox-test";

/** The ordinary user: one that test/setup made where the tests run as root, else whoever runs them. */
export function ordinaryAccount(): Account {
  const own = userInfo();
  if (own.uid !== 0) return { name: own.username, uid: own.uid, gid: own.gid, home: own.homedir, label: "an ordinary user" };
  const fields = execFileSync("getent", ["passwd", ORDINARY_USER], { encoding: "utf8" }).trim().split(":");
  return { name: ORDINARY_USER, uid: Number(fields[2]), gid: Number(fields[3]), home: fields[5] ?? "/", label: "an ordinary user" };
}

/** The ordinary user, then root where that is possible. */
export function allAccounts(): readonly Account[] {
  if (process.getuid?.() !== 0) return [ordinaryAccount()];
  return [ordinaryAccount(), { name: "root", uid: 0, gid: 0, home: "/root", label: "root" }];
}

/** The same command as that account. It executes, so the child's pid is the program's own. */
export function asAccount(account: Account, argv: readonly [string, ...string[]]): [string, ...string[]] {
  if (process.getuid?.() === account.uid) return [...argv];
  return ["/usr/bin/setpriv", "--reuid", String(account.uid), "--regid", String(account.gid), "--init-groups", ...argv];
}
