// Groups of tests that run once for each account, in a session of their own.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { type Account, allAccounts, ordinaryAccount } from "./account.ts";
import { openSession, type Session } from "./session.ts";

/** Defines a group in one session of the account; the session is open while its tests run. */
export function inSessionOf(account: Account, name: string, define: (session: () => Session) => void): void {
  describe(`${name}, as ${account.label}`, { concurrency: false }, () => {
    let session: Session | undefined;
    before(() => {
      session = openSession(account);
    });
    after(() => session?.close());
    define(() => {
      if (session === undefined) throw new Error("the session is not open yet");
      return session;
    });
  });
}

/** The same group as the ordinary user and, where the tests run as root, as root too. */
export function inEachSession(name: string, define: (session: () => Session) => void): void {
  for (const account of allAccounts()) inSessionOf(account, name, define);
}

export function inOrdinarySession(name: string, define: (session: () => Session) => void): void {
  inSessionOf(ordinaryAccount(), name, define);
}

/** One of the answers that the kernel may give to the same refusal. */
export function assertOneOf(actual: string | undefined, expected: readonly string[], what = ""): void {
  assert.ok(actual !== undefined && expected.includes(actual), `${what}: ${actual ?? "nothing"} is none of ${expected.join(", ")}`);
}
