// What no folder document may hold is reckoned once for a plan and an environment, and comes along with a plan of an earlier broker.
import assert from "node:assert/strict";
import { test } from "node:test";
import { guardedFor, guardedKnown, restoreGuarded } from "../../launcher/broker/guarded-paths.ts";
import type { Installation, Plan } from "../../launcher/plan/door.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";

const installation: Installation = { binary: "/opt/tsbox/build/tsbox", folder: "/opt/tsbox", node: "/usr/bin/node" };
const aPlan = (): Plan => ({}) as Plan;

function request(home: string): FrontRequest {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, umask: 0o22 };
  return {
    ...own,
    environment: new Map([["HOME", home]]),
    runtimeDirectory: "/run/user/1",
    runtimeDirectoryIsFallback: false,
    hostname: "h",
  } as unknown as FrontRequest;
}

test("is reckoned anew only for another plan or another environment", () => {
  const plan = aPlan();
  const first = guardedFor(plan, { HOME: "/home/one" }, request("/home/one"), installation);
  assert.ok(first.includes("/home/one/.ssh") && first.some((path) => path.startsWith("/home/one/.config/autostart")), first.join(" "));
  assert.equal(guardedFor(plan, { HOME: "/home/one" }, request("/home/one"), installation), first);
  assert.ok(guardedFor(plan, { HOME: "/home/two" }, request("/home/two"), installation).includes("/home/two/.ssh"));
  assert.ok(guardedFor(aPlan(), { HOME: "/home/three" }, request("/home/three"), installation).includes("/home/three/.ssh"));
});

test("comes along with a plan that is read again", () => {
  const [earlier, later, other] = [aPlan(), aPlan(), aPlan()];
  assert.equal(guardedKnown(earlier), null);
  const paths = guardedFor(earlier, { HOME: "/home/one" }, request("/home/one"), installation);
  const kept = JSON.parse(JSON.stringify(guardedKnown(earlier))) as ReturnType<typeof guardedKnown>;
  restoreGuarded(later, kept);
  restoreGuarded(other, null);
  assert.equal(guardedFor(later, { HOME: "/home/one" }, request("/home/one"), installation), kept?.paths);
  assert.deepEqual(kept?.paths, paths);
  assert.equal(guardedKnown(other), null);
});
