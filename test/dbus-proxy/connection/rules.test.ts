// Rules about arguments, grants, names that are only to be owned, and long starts, on a connection whose both sides the test plays.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Value } from "../../../dbus-proxy/wire/reader.ts";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";
import { LyingEnd } from "../live/lying-bus.ts";
import { BUS, errorOf, Peer } from "../live/peer.ts";
import { addon, APP_NAME, makeConnection, type Played, playConnection, policyOf, talk } from "./played.ts";
import { broadcast, CALL, OWNER, OWNER_CHANGED, POLICY, refused, served, SERVICE } from "./store.ts";

it("what an answer grants may be called until a call or a signal forgets it, and the filter's own rules stay unheard", async () => {
  const one = await playConnection({ policy: POLICY });
  one.bus.say(encodeMessage(OWNER_CHANGED, [SERVICE, "", OWNER]));
  assert.equal(await refused(one, "Find", ["s", ["theirs"]]), "AccessDenied");
  assert.equal(await refused(one, "Read", ["", []], "/store/a"), "AccessDenied");
  await served(one, "Find", ["s", ["mine"]], ["osaou", ["/store/a", "text", ["/store/b", "/other/c", "/store/d"], 7]]);
  for (const path of ["/store/a", "/store/b"]) await served(one, "Read", ["", []], ["", []], path);
  assert.equal(await refused(one, "Read", ["", []], "/other/c"), "AccessDenied");
  await served(one, "Many", ["ao", [["/store/a", "/store/b"]]], ["", []]);
  assert.equal(await refused(one, "Many", ["ao", [["/store/a", "/other/c"]]]), "AccessDenied");
  await served(one, "Drop", ["", []], ["", []], "/store/a");
  assert.equal(await refused(one, "Read", ["", []], "/store/a"), "AccessDenied");
  broadcast(one, "Gone", "o", ["/store/b"]);
  broadcast(one, "Told", "s", ["theirs"]);
  broadcast(one, "Told", "s", ["mine"]);
  await waitFor("what it may hear", () => one.app.messages.some(({ header }) => header.member === "Told"));
  assert.equal(await refused(one, "Read", ["", []], "/store/b"), "AccessDenied");
  const added = one.app.send({ type: 1, ...BUS, member: "AddMatch", signature: "s" }, ["member='Gone',arg1='x'"]);
  one.bus.answer(await one.busHears("AddMatch"));
  await one.app.reply(added);
  broadcast(one, "Gone", "os", ["/store/d", "y"]);
  broadcast(one, "Gone", "", []);
  broadcast(one, "Gone", "us", [7, "x"]);
  assert.equal(await refused(one, "Read", ["", []], "/store/d"), "AccessDenied");
  assert.deepEqual(
    one.app.messages.filter(({ header }) => header.type === 4).map(({ header, values }) => [header.member, ...values]),
    [
      ["Told", "mine"],
      ["Gone", 7, "x"],
    ],
  );
  // An answer without values grants nothing.
  await served(one, "Find", ["s", ["mine"]], ["", []]);
  one.close();
});

it("a name that the app may own, and nothing else, leads to no program outside: no call, no start", async () => {
  const OWN = "org.test.Own";
  const rules = [{ name: OWN, rule: "a.b.Open", because: "test" }];
  const one = await playConnection({ policy: policyOf({ names: [talk(OWN, "own"), talk("org.test.Talk", "own")], calls: rules, refusesHandOver: true }) });
  const call = { type: 1, path: "/a", interface: "a.b", member: "M", destination: OWN } as const;
  const owned = OWNER_CHANGED;
  one.app.send({ ...call, flags: 1 });
  assert.equal((await one.busHears("M")).flags, 3, "nobody is started for it");
  one.bus.say(encodeMessage(owned, [OWN, "", OWNER]));
  const answer = async (header: Parameters<typeof one.app.send>[0], values: readonly Value[] = []): Promise<string> => {
    const serial = one.app.send(header, values);
    one.bus.answer(await one.busHears("Ping"));
    return errorOf(await one.app.reply(serial));
  };
  assert.equal(await answer({ type: 1, ...BUS, member: "StartServiceByName", signature: "su" }, [OWN, 0]), "ServiceUnknown");
  for (const destination of [OWN, OWNER]) assert.equal(await answer({ ...call, destination }), "AccessDenied");
  // What a rule says stays.
  one.app.send({ ...call, member: "Open", flags: 1 });
  await one.busHears("Open");
  // By the app itself it may be owned, and called.
  one.bus.say(encodeMessage(owned, [OWN, OWNER, APP_NAME]));
  const id = one.app.send({ type: 1, ...BUS, member: "GetId" });
  one.bus.answer(await one.busHears("GetId"));
  await one.app.reply(id);
  one.app.send({ ...call, flags: 1 });
  await one.busHears("M");
  one.close();
});

it("what was granted under a policy that is gone is granted no more by the next one that is like it", async () => {
  const one = await playConnection({ policy: POLICY });
  one.bus.say(encodeMessage(OWNER_CHANGED, [SERVICE, "", OWNER]));
  await served(one, "Find", ["s", ["mine"]], ["o", ["/store/a"]]);
  // A policy that watches the same goes on.
  one.setPolicy({ ...POLICY, names: [...POLICY.names, talk("org.test.Else")] });
  await one.busHears("AddMatch");
  one.bus.answer(await one.busHears("GetNameOwner"));
  await served(one, "Read", ["", []], ["", []], "/store/a");
  one.setPolicy(policyOf({ names: [talk(SERVICE, "see")] }));
  await one.busHears("RemoveMatch");
  // Nobody hears that it is another program's by now.
  one.setPolicy(POLICY);
  assert.equal(await refused(one, "Read", ["", []], "/store/a"), "AccessDenied");
  one.close();
});

/** The app reads nothing until the filter reads nothing from the bus; what the bus says then lies unread. */
async function stall(one: Played): Promise<void> {
  one.app.pause(true);
  const text = encodeMessage({ type: 4, serial: 3, sender: OWNER, destination: APP_NAME, path: "/a", interface: "a.b", member: "S", signature: "s" }, [
    "x".repeat(15_000),
  ]);
  await waitFor("a connection that stands still", () => one.use.queuedBytes >= 64 * 1024 || one.bus.say(text) < 0);
  await new Promise((done) => setTimeout(done, 20));
}

it("what the bus said while the app did not read holds for the app's next call: an object is granted no longer", async () => {
  const one = await playConnection({ policy: POLICY });
  one.bus.say(encodeMessage(OWNER_CHANGED, [SERVICE, "", OWNER]));
  await served(one, "Find", ["s", ["mine"]], ["oo", ["/store/a", "/store/b"]]);
  await served(one, "Read", ["", []], ["", []], "/store/a");
  await stall(one);
  broadcast(one, "Gone", "o", ["/store/a"]);
  const [gone, kept] = ["/store/a", "/store/b"].map((path) => one.app.send({ ...CALL, path, member: "Read" }));
  one.app.pause(false);
  one.bus.answer(await one.busHears("GetId"));
  const ping = await one.busHears("Ping");
  assert.equal(ping.serial, gone);
  one.bus.answer(ping);
  assert.equal(errorOf(await one.app.reply(gone as number)), "AccessDenied");
  assert.equal((await one.busHears("Read")).serial, kept);
  one.close();
});

it("and a name of its own that somebody outside has by now is not called", async () => {
  const OWN = "org.test.Own";
  const one = await playConnection({ policy: policyOf({ names: [talk(OWN, "own"), talk("org.test.Talk")], refusesHandOver: true }) });
  one.bus.say(encodeMessage(OWNER_CHANGED, [OWN, "", APP_NAME]));
  const call = { type: 1, path: "/a", interface: "a.b", member: "M", flags: 1 } as const;
  await waitFor("its owner", async () => {
    const serial = one.app.send({ type: 1, ...BUS, member: "GetId" });
    one.bus.answer(await one.busHears("GetId"));
    return one.app.reply(serial);
  });
  one.app.send({ ...call, destination: OWN });
  await one.busHears("M");
  await stall(one);
  one.bus.say(encodeMessage(OWNER_CHANGED, [OWN, APP_NAME, ":1.66"]));
  // What does not depend on it does not wait.
  one.app.send({ ...call, member: "Other", destination: "org.test.Talk" });
  const serial = one.app.send({ ...call, flags: 0, destination: OWN });
  one.app.pause(false);
  await one.busHears("Other");
  one.bus.answer(await one.busHears("GetId"));
  const ping = await one.busHears("Ping");
  assert.equal(ping.serial, serial);
  one.bus.answer(ping);
  assert.equal(errorOf(await one.app.reply(serial)), "AccessDenied");
  one.close();
});

it("nor one that the app calls otherwise than the bus; and its own it may call again once that is known", async () => {
  const [inside, outside] = ["org.test.Own", "org.test.Own--two"];
  const one = await playConnection({ policy: policyOf({ names: [talk(outside, "own")], aliases: [{ inside, outside }], refusesHandOver: true }) });
  one.bus.say(encodeMessage(OWNER_CHANGED, [outside, "", APP_NAME]));
  const call = { type: 1, path: "/a", interface: "a.b", member: "M", destination: inside } as const;
  for (const owner of [APP_NAME, ":1.66"]) {
    await stall(one);
    if (owner !== APP_NAME) one.bus.say(encodeMessage(OWNER_CHANGED, [outside, APP_NAME, owner]));
    const serial = one.app.send(call);
    one.app.pause(false);
    one.bus.answer(await one.busHears("GetId"));
    const heard = await one.busHears(owner === APP_NAME ? "M" : "Ping");
    assert.equal(heard.serial, serial);
    if (owner === APP_NAME) continue;
    one.bus.answer(heard);
    assert.equal(errorOf(await one.app.reply(serial)), "AccessDenied");
  }
  one.close();
});

it("an app is held until it is known who owns the names below a subtree, and what it said meanwhile goes on then", async () => {
  const made = makeConnection({ policy: policyOf({ names: [talk("org.test.Sub.*")] }) });
  const bus = new LyingEnd(addon, made.busFd, APP_NAME);
  const app = new Peer(made.appFd);
  made.connect();
  await app.authenticate();
  app.send({ type: 1, ...BUS, member: "Hello" });
  app.send({ type: 1, flags: 1, path: "/a", interface: "a.b", member: "M", destination: OWNER });
  const take = (member: string): Promise<LyingEnd["heard"][number]> =>
    waitFor(member, () => {
      const index = bus.heard.findIndex((header) => header.member === member);
      return index < 0 ? undefined : bus.heard.splice(index, 1)[0];
    });
  const answer = (replySerial: number, signature: string, values: readonly Value[]): number =>
    bus.say(encodeMessage({ type: 2, serial: 1, replySerial, sender: BUS.destination, destination: APP_NAME, signature }, values));
  bus.answer(await take("Hello"));
  answer((await take("ListNames")).serial, "as", [["org.test.Sub.A", "org.test.Else", OWNER]]);
  answer((await take("GetNameOwner")).serial, "s", [OWNER]);
  const again = await take("ListNames");
  assert.ok(!bus.heard.some(({ member }) => member === "M"));
  answer(again.serial, "as", [["org.test.Sub.A"]]);
  await take("M");
  app.close();
  bus.close();
  made.connection.close();
});

it("an app may say all it has to say in one write, with descriptors behind BEGIN", async () => {
  const made = makeConnection({ policy: policyOf({ names: [talk("org.test.Talk")] }) });
  const bus = new LyingEnd(addon, made.busFd, APP_NAME);
  const app = new Peer(made.appFd);
  const file = addon.memfd("one", Buffer.from("x"));
  app.write(
    Buffer.concat([
      Buffer.from("\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n"),
      encodeMessage({ type: 1, serial: 1, ...BUS, member: "Hello" }),
      encodeMessage({ type: 1, flags: 1, serial: 2, path: "/a", interface: "a.b", member: "M", destination: "org.test.Talk", signature: "h", unixFds: 1 }, [0]),
    ]),
    [file],
  );
  addon.close(file);
  made.connect();
  const heard = await waitFor("the call", () => bus.heard.find(({ member }) => member === "M"));
  assert.equal(heard.unixFds, 1);
  app.close();
  bus.close();
  made.connection.close();
});

it("a fault of ours ends the one connection, and is told with its place", async () => {
  const one = await playConnection({ policy: policyOf({ names: [talk("org.test.Talk")] }) });
  one.connection.reconsider = () => {};
  one.setPolicy(new Proxy(policyOf(), { get: (all, key) => (key === "refusesHandOver" ? fault() : Reflect.get(all, key)) }));
  one.app.send({ type: 1, path: "/a", interface: "a.b", member: "M", destination: APP_NAME });
  await waitFor("the end", () => one.app.closed && one.bus.closed);
  assert.match(one.seen.warnings.join(), /^a fault of ours: Error: planted\n +at /);
  one.close();
});

function fault(): never {
  throw new Error("planted");
}
