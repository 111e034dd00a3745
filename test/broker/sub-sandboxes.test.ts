// Parts under way as the broker counts them: how many, how deep, with how much; and what is left of one that could not be started.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createNoticeLimit } from "../../launcher/broker/notice-limit.ts";
import { limitsFor } from "../../launcher/broker/part-limits.ts";
import { createSubSandboxes } from "../../launcher/broker/sub-sandboxes.ts";
import type { SubSandboxLimits } from "../../launcher/plan/door.ts";
import type { PartOwner, SubSandboxWish } from "../../portals/door.ts";

const WISH: SubSandboxWish = {
  command: ["true"],
  directory: "",
  descriptors: new Map(),
  environment: [],
  clearEnvironment: false,
  noNetwork: false,
  closed: null,
  places: [],
  started: () => {},
  ended: () => {},
};
const parts = { words: [], app: "org.example.App", directory: "/", environment: {}, rights: {}, limits: null };
const owner = (id: string, tsbox = "/bin/true"): PartOwner => ({ id, appId: "org.example.App", origin: { tsbox, parts } as unknown as PartOwner["origin"] });

describe("parts of apps in the broker", () => {
  it("of a part that could not be started nothing is left, however often", () => {
    const started = createSubSandboxes(() => true);
    for (let count = 0; count < 300; count++) assert.match(JSON.stringify(started.start(owner("1"), { ...WISH, command: ["x".repeat(200_000)] })), /E2BIG/);
    assert.ok("signal" in started.start(owner("1"), WISH));
  });

  it("an app has at most so many, over all of its sandboxes", async () => {
    const started = createSubSandboxes(() => true);
    const ended: Promise<unknown>[] = [];
    for (let count = 0; count < 256; count++) {
      ended.push(new Promise((done) => assert.ok("signal" in started.start(owner(String(count % 3), "/nowhere/program"), { ...WISH, ended: done }))));
    }
    assert.match(JSON.stringify(started.start(owner("4"), WISH)), /at most 256/);
    assert.ok("signal" in started.start({ ...owner("5"), appId: "org.example.Other" }, WISH), "another app's");
    await Promise.all(ended);
    assert.ok("signal" in started.start(owner("4"), WISH));
  });

  it("while an app is ended, and after its sandbox is gone, it starts none", () => {
    const living = new Set(["1"]);
    const started = createSubSandboxes((id) => living.has(id));
    const release = started.hold("org.example.App");
    assert.match(JSON.stringify(started.start(owner("1"), WISH)), /being ended/);
    release();
    assert.ok("signal" in started.start(owner("1"), WISH));
    living.clear();
    assert.match(JSON.stringify(started.start(owner("1"), WISH)), /being ended/);
  });

  it("what each level brings does not add up: variables hold once, and levels end", () => {
    let limits: SubSandboxLimits | null = null;
    const level = (environment: SubSandboxWish["environment"]): SubSandboxLimits | { readonly refused: string } => limitsFor(limits, { ...WISH, environment });
    for (let depth = 1; depth <= 64; depth++) {
      const made = level([
        ["A", String(depth)],
        ["B", null],
      ]);
      assert.ok(!("refused" in made), JSON.stringify(made));
      limits = made;
    }
    assert.deepEqual(limits?.environment, [
      ["A", "64"],
      ["B", null],
    ]);
    assert.match(JSON.stringify(level([])), /levels/);
    limits = null;
    assert.match(JSON.stringify(level(Array.from({ length: 3 }, (_, index) => [`V${index}`, "x".repeat(100_000)] as const))), /variables/);
  });

  it("three notices of an app in a minute, and then no more until it is over", () => {
    let at = 0;
    const mayTell = createNoticeLimit(() => at);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => mayTell("one")),
      [true, true, true, false],
    );
    assert.equal(mayTell("other"), true);
    at = 60_000;
    assert.equal(mayTell("one"), true);
  });
});
