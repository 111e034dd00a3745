// A stranger's cookie for one launch: made by the X server before the sandbox is built, revoked when the instance ends.
import { encodeCookieFile, firstCookie } from "../permissions/kinds/xauthority.ts";
import type { Plan } from "../plan/door.ts";
import { makeUntrustedCookie, revokeCookie } from "../x11/untrusted.ts";

export interface Stranger {
  /** The cookie file. */
  readonly file: Uint8Array;
  /** Ends the cookie, and what was connected with it. */
  revoke(): Promise<void>;
}

/** Null where the plan wants none. Throws XError. */
export async function makeStranger(plan: Plan): Promise<Stranger | null> {
  for (const operation of plan.operations) {
    if (operation.kind !== "x11-stranger") continue;
    const own = firstCookie(operation.cookies);
    const made = await makeUntrustedCookie(operation.server, own);
    return { file: encodeCookieFile(operation.inside, made), revoke: () => revokeCookie(operation.server, own, made.id) };
  }
  return null;
}
