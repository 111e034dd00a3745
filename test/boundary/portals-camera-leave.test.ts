// The user's leave to film, as the broker follows it: its end is seen whatever the kernel tells, since an app can use up all watches or have the kernel drop what it tells.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { PortalInstance } from "../../portals/core/instance.ts";
import { followLeave } from "../../portals/outside/camera-leave.ts";
import { waitFor } from "../support/process.ts";

const made = new Map<string, unknown>();
const closers: (() => void)[] = [];
after(() => closers.forEach((close) => void close()));

test("a leave that is taken back ends what runs, each time, although nothing tells of it", async () => {
  let leave = "yes";
  let ended = 0;
  const instance = {
    appId: "org.example.App",
    store: { lookup: () => [leave] },
    endCameras: () => ended++,
    own<T>(key: string, make: () => T, close: (made: T) => void): T {
      if (!made.has(key)) {
        const one = make();
        made.set(key, one);
        closers.push(() => close(one));
      }
      return made.get(key) as T;
    },
  } as unknown as PortalInstance;
  for (const times of [1, 2]) {
    leave = "yes";
    assert.equal(followLeave(instance), true, "the app has its connection");
    assert.equal(ended, times - 1);
    leave = "no";
    await waitFor("the end", () => ended === times);
  }
  assert.equal(followLeave(instance), false, "and gets none");
});
