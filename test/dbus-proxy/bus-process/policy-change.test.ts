// A running instance gets another policy: names appear and vanish for the app, and connections end or stay where filtering itself changes.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ProxyPolicy } from "../../../dbus-proxy/policy/policy.ts";
import { waitFor } from "../../support/process.ts";
import { echo, errorOf, Peer } from "../live/peer.ts";
import { type BusRig, policy, startBusRig, TARGET } from "./bus-rig.ts";

describe("another policy for a running instance", () => {
  let bus: BusRig;
  before(async () => {
    bus = await startBusRig();
  });
  after(() => bus.close());

  it("tells an app that asked of the names that appear and vanish with another policy, once each, and goes on watching them", async () => {
    const one = await bus.broker();
    const { path } = bus.instance(one, "names");
    const [app, silent] = [await Peer.open(path), await Peer.open(path)];
    const owner = await bus.rig.outside("org.test.New", "org.test.Sub.Deep", "org.test.Sub.Dark");
    const stopEcho = echo(owner);
    await app.bus("AddMatch", "type='signal',member='NameOwnerChanged'");
    const set = async (names: readonly [string, "see" | "talk"][], hidden: readonly string[] = []): Promise<void> => {
      const because = "test";
      const asked = names.map(([name, level]) => ({ name, level, because }));
      const policy: ProxyPolicy = {
        filter: true,
        sloppyNames: false,
        names: asked,
        calls: [],
        broadcasts: [],
        hidden: hidden.map((name) => ({ name, because })),
      };
      one.ask({ type: "policy", instance: "names", bus: "session", policy });
      const expected = names.some(([name]) => name === "org.test.Talk");
      await waitFor("the policy", async () => (await app.bus("NameHasOwner", "org.test.Talk")).values[0] === expected);
      for (const peer of [app, silent, app, silent]) await peer.settle();
    };
    const changes = (peer: Peer): unknown[] => peer.messages.filter(({ header }) => header.member === "NameOwnerChanged").map(({ values }) => values);
    const heard = (): unknown[] => {
      const all = changes(app).splice(count);
      count += all.length;
      return all;
    };
    let count = changes(app).length;
    const dark = ["org.test.Sub.Dark"];
    await set(
      [
        ["org.test.New", "talk"],
        ["org.test.Sub.*", "see"],
      ],
      dark,
    );
    assert.deepEqual(heard(), [
      ["org.test.Talk", bus.talk.name, ""],
      ["org.test.New", "", owner.name],
      ["org.test.Sub.Deep", "", owner.name],
    ]);
    assert.deepEqual((await app.call({ ...TARGET, destination: owner.name, signature: "s" }, ["by its unique name"])).values, ["by its unique name"]);
    await set([
      ["org.test.New", "talk"],
      ["org.test.Sub.*", "see"],
    ]);
    assert.deepEqual(heard(), [["org.test.Sub.Dark", "", owner.name]]);
    await owner.bus("ReleaseName", "org.test.New");
    await app.settle();
    assert.deepEqual(heard(), [["org.test.New", owner.name, ""]]);
    await set([["org.test.Talk", "talk"]]);
    assert.deepEqual(
      heard()
        .map((change) => (change as string[])[0])
        .sort(),
      ["org.test.Sub.Dark", "org.test.Sub.Deep", "org.test.Talk"],
    );
    // It answered before, so it may be asked about; not called.
    assert.equal(errorOf(await app.call({ ...TARGET, destination: owner.name })), "AccessDenied");
    await owner.bus("RequestName", "org.test.New", 4);
    await app.settle();
    assert.deepEqual([heard(), changes(silent)], [[], []]);
    stopEcho();
    app.close();
    silent.close();
    one.ask({ type: "close", instance: "names" });
    one.stream.close();
  });

  it("ends a connection that was not filtered where it would be, and keeps one that was where new ones are not", async () => {
    const one = await bus.broker();
    const { path } = bus.instance(one, "flip");
    const filtered = await Peer.open(path);
    const free: ProxyPolicy = { filter: false, sloppyNames: false, names: [], calls: [], broadcasts: [], hidden: [] };
    one.ask({ type: "policy", instance: "flip", bus: "session", policy: free });
    await bus.rig.outside("org.test.Hidden");
    const open = await waitFor("an unfiltered connection", async () => {
      const peer = await Peer.open(path);
      if (((await peer.bus("ListNames")).values[0] as string[]).includes("org.test.Hidden")) return peer;
      peer.close();
      return undefined;
    });
    assert.equal(errorOf(await filtered.call({ ...TARGET, destination: "org.test.Hidden" })), "ServiceUnknown");
    one.ask({ type: "policy", instance: "flip", bus: "session", policy: policy("talk") });
    await waitFor("the end", () => open.closed);
    const next = await Peer.open(path);
    assert.equal((await next.call(TARGET)).header.type, 2);
    next.close();
    one.ask({ type: "close", instance: "flip" });
    one.stream.close();
  });
});
