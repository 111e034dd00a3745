// What a policy that came later, and what the service said meanwhile, mean for what was granted and owned before, on a connection whose both sides the test plays.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Value } from "../../../dbus-proxy/wire/reader.ts";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";
import { BUS, errorOf } from "../live/peer.ts";
import { broadcast, CALL, OWNER, OWNER_CHANGED, POLICY, refused, rule, SERVICE, served } from "./store.ts";
import { APP_NAME, playConnection, policyOf, talk } from "./played.ts";

it("a name that the app may not own any more it gives up, and one that it may it keeps", async () => {
  const own = (...names: string[]) => policyOf({ names: names.map((name) => talk(name, "own")) });
  const one = await playConnection({ policy: own("org.test.Kept", "org.test.Lost") });
  for (const name of ["org.test.Kept", "org.test.Lost"]) {
    const serial = one.app.send({ type: 1, ...BUS, member: "RequestName", signature: "su" }, [name, 0]);
    one.bus.answer(await one.busHears("RequestName"));
    await one.app.reply(serial);
  }
  one.setPolicy(own("org.test.Kept"));
  one.bus.answer(await one.busHears("ReleaseName"));
  assert.equal(one.use.names, 1);
  const id = one.app.send({ type: 1, ...BUS, member: "GetId" });
  one.bus.answer(await one.busHears("GetId"));
  await one.app.reply(id);
  assert.ok(!one.bus.heard.some(({ member }) => member === "ReleaseName"));
  one.close();
});

it("a connection ends where the bus has no room for a rule by which the filter would hear of owners", async () => {
  const one = await playConnection({ policy: policyOf() });
  one.setPolicy(policyOf({ names: [talk("org.test.Talk")] }));
  const asked = await one.busHears("AddMatch");
  const limits = "org.freedesktop.DBus.Error.LimitsExceeded";
  one.bus.say(encodeMessage({ type: 3, serial: 9, replySerial: asked.serial, sender: BUS.destination, destination: APP_NAME, errorName: limits }));
  await waitFor("the end", () => one.app.closed);
  assert.equal(one.seen.closed, 1);
  one.close();
});

it("what is found by another mark under the policy of before is not the app's any more, neither what was found nor what is being looked for", async () => {
  const marked = (mark: string) => ({
    ...POLICY,
    calls: [rule(`org.test.Store.Find@/store arg0=${mark} grants=/store/*`), rule("org.test.Store.Read@granted")],
  });
  const one = await playConnection({ policy: marked("theirs") });
  one.bus.say(encodeMessage(OWNER_CHANGED, [SERVICE, "", OWNER]));
  await served(one, "Find", ["s", ["theirs"]], ["o", ["/store/a"]]);
  await served(one, "Read", ["", []], ["", []], "/store/a");
  const looking = one.app.send({ ...CALL, path: "/store", member: "Find", signature: "s" }, ["theirs"]);
  const heard = await one.busHears("Find");
  one.setPolicy(marked("mine"));
  assert.equal(await refused(one, "Read", ["", []], "/store/a"), "AccessDenied");
  one.bus.say(encodeMessage({ type: 2, serial: 1, replySerial: heard.serial, sender: OWNER, destination: APP_NAME, signature: "o" }, ["/store/b"]));
  assert.equal((await one.app.reply(looking)).header.type, 2, "a call that was let through keeps its answer");
  assert.equal(await refused(one, "Read", ["", []], "/store/b"), "AccessDenied");
  await served(one, "Find", ["s", ["mine"]], ["o", ["/store/c"]]);
  await served(one, "Read", ["", []], ["", []], "/store/c");
  one.close();
});

it("an answer about an object that became another one meanwhile does not reach the app, though the call was let through before", async () => {
  const one = await playConnection({ policy: POLICY });
  one.bus.say(encodeMessage(OWNER_CHANGED, [SERVICE, "", OWNER]));
  await served(one, "Find", ["s", ["mine"]], ["ooo", ["/store/a", "/store/b", "/store/b/c"]]);
  const asked: [number, number][] = [];
  for (const [path, member, values] of [
    ["/store/a", "Read", []],
    ["/store/b/c", "Read", []],
    ["/store", "Many", [["/store/a"]]],
    ["/store", "Many", [["/store/a", "/store/b"]]],
  ] as const) {
    const serial = one.app.send({ ...CALL, path, member, signature: values.length === 0 ? "" : "ao" }, values as readonly Value[]);
    asked.push([serial, (await one.busHears(member)).serial]);
  }
  // The service says so before it reads what waits.
  broadcast(one, "Gone", "o", ["/store/b"]);
  for (const [, replySerial] of asked)
    one.bus.say(encodeMessage({ type: 2, serial: 1, replySerial, sender: OWNER, destination: APP_NAME, signature: "s" }, ["a secret"]));
  const heard: string[] = [];
  for (const [serial] of asked) heard.push(errorOf(await one.app.reply(serial)));
  assert.deepEqual(heard, ["", "AccessDenied", "", "AccessDenied"]);
  assert.equal(one.app.messages.filter(({ values }) => values[0] === "a secret").length, 2);
  assert.equal(await refused(one, "Read", ["", []], "/store/b/c"), "AccessDenied", "with an object goes what lies below it");
  one.close();
});

it("an app that names more granted objects than an answer can be held against is refused", async () => {
  const one = await playConnection({ policy: POLICY });
  one.bus.say(encodeMessage(OWNER_CHANGED, [SERVICE, "", OWNER]));
  const paths = Array.from({ length: 200 }, (_, index) => `/store/${"x".repeat(100)}${index}`);
  await served(one, "Find", ["s", ["mine"]], ["ao", [paths]]);
  assert.equal(await refused(one, "Many", ["ao", [paths]]), "AccessDenied");
  await served(one, "Many", ["ao", [paths.slice(0, 150)]], ["", []]);
  one.close();
});
