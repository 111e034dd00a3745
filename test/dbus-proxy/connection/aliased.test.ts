// An app that calls names otherwise than the bus does: the bus hears its own names, the app its own, in calls, rules, signals and lists.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Value } from "../../../dbus-proxy/wire/reader.ts";
import { encodeMessage, type OutgoingHeader } from "../../../dbus-proxy/wire/writer.ts";
import { BUS, errorOf } from "../live/peer.ts";
import { APP_NAME, type Played, playConnection, policyOf, talk } from "./played.ts";

const ALIASES = [{ inside: "org.test.Inside", outside: "org.test.Outside" }];
const POLICY = policyOf({ names: [talk("org.test.Outside.*", "own"), talk("org.test.Talk")], aliases: ALIASES });
const OWNER = ":1.9";

async function call(one: Played, member: string, signature: string, values: readonly Value[], answer: readonly [string, readonly Value[]]): Promise<unknown> {
  const serial = one.app.send({ type: 1, ...BUS, member, signature }, values);
  const heard = await one.busHears(member);
  one.bus.say(
    encodeMessage(
      { type: 2, serial: one.bus.nextSerial(), replySerial: heard.serial, sender: BUS.destination, destination: APP_NAME, signature: answer[0] },
      answer[1],
    ),
  );
  return (await one.app.reply(serial)).values[0];
}

/** A signal of the bus. */
const says = (one: Played, header: Partial<OutgoingHeader>, values: readonly Value[]): number =>
  one.bus.say(encodeMessage({ type: 4, serial: one.bus.nextSerial(), sender: BUS.destination, path: BUS.path, interface: BUS.interface, ...header }, values));

it("its calls go to the bus's name, with the same body, and a name that is moved cannot be reached by its old one", async () => {
  const one = await playConnection({ policy: POLICY });
  one.app.send({ type: 1, serial: 20, path: "/a", interface: "a.b", member: "M", destination: "org.test.Inside.Deep", signature: "su" }, ["text", 7]);
  const heard = await one.busHears("M");
  assert.deepEqual([heard.destination, heard.serial, heard.signature], ["org.test.Outside.Deep", 20, "su"]);
  // Its own writing in both byte orders.
  one.app.send({ type: 1, littleEndian: false, flags: 1, serial: 21, path: "/a", interface: "a.b", member: "M", destination: "org.test.Inside" });
  assert.equal((await one.busHears("M")).destination, "org.test.Outside");
  one.app.send({ type: 1, flags: 1, path: "/a", interface: "a.b", member: "M", destination: "org.test.Talk" });
  assert.equal((await one.busHears("M")).destination, "org.test.Talk");
  one.close();
});

it("its questions to the bus are about the bus's names, and lists and signals speak of its own", async () => {
  const one = await playConnection({ policy: POLICY });
  assert.equal(await call(one, "RequestName", "su", ["org.test.Inside", 0], ["u", [1]]), 1);
  for (const member of ["NameAcquired", "NameLost"]) says(one, { destination: APP_NAME, member, signature: "s" }, ["org.test.Outside.A"]);
  says(one, { destination: APP_NAME, member: "NameAcquired", signature: "s" }, ["org.test.Else"]);
  says(one, { destination: APP_NAME, member: "NameOwnerChanged", signature: "sss" }, ["org.test.Outside.A", "", OWNER]);
  assert.equal(await call(one, "GetNameOwner", "s", ["org.test.Inside.A"], ["s", [OWNER]]), OWNER);
  assert.deepEqual(await call(one, "ListNames", "", [], ["as", [["org.test.Outside.A", "org.test.Talk", "org.test.Hidden", APP_NAME]]]), [
    "org.test.Inside.A",
    "org.test.Talk",
    APP_NAME,
  ]);
  const signals = one.app.messages.filter(({ header }) => header.type === 4).map(({ header, values }) => [header.member, values[0]]);
  assert.deepEqual(signals, [
    ["NameAcquired", "org.test.Inside.A"],
    ["NameLost", "org.test.Inside.A"],
    ["NameAcquired", "org.test.Else"],
    ["NameOwnerChanged", "org.test.Inside.A"],
  ]);
  one.close();
});

it("its match rules are about the bus's names where they name a sender or an argument, and stay as they are where they are malformed or eavesdrop", async () => {
  const one = await playConnection({ policy: POLICY });
  for (const rule of ["sender='org.test.Inside'", "arg0='org.test.Inside.A',member='NameOwnerChanged'", "arg0namespace='org.test.Inside'", "member='M'"])
    await call(one, "AddMatch", "s", [rule], ["", []]);
  for (const rule of ["sender='org.test.Inside", "eavesdrop=true,sender='org.test.Inside'"]) {
    const serial = one.app.send({ type: 1, ...BUS, member: "AddMatch", signature: "s" }, [rule]);
    one.bus.answer(await one.busHears("Ping"));
    assert.match(errorOf(await one.app.reply(serial)), /MatchRuleInvalid|AccessDenied/);
  }
  says(one, { member: "NameOwnerChanged", signature: "sss" }, ["org.test.Outside.A", "", OWNER]);
  await call(one, "RemoveMatch", "s", ["sender='org.test.Inside'"], ["", []]);
  const [change] = one.app.messages.filter(({ header }) => header.member === "NameOwnerChanged");
  assert.deepEqual(change?.values, ["org.test.Inside.A", "", OWNER]);
  assert.equal(one.use.matchRules, 3);
  // A method that no bus has, or without an argument, is judged as it is.
  const unknown = one.app.send({ type: 1, ...BUS, member: "Nothing", signature: "s" }, ["org.test.Inside"]);
  one.bus.answer(await one.busHears("Ping"));
  assert.equal(errorOf(await one.app.reply(unknown)), "AccessDenied");
  one.close();
});

it("a name that comes with another policy is told by the app's own name", async () => {
  const one = await playConnection({ policy: policyOf({ aliases: ALIASES }) });
  await call(one, "AddMatch", "s", ["member='NameOwnerChanged'"], ["", []]);
  one.setPolicy(policyOf({ names: [talk("org.test.Outside.A")], aliases: ALIASES }));
  const { serial } = await one.busHears("GetNameOwner");
  one.bus.say(encodeMessage({ type: 2, serial: 2, replySerial: serial, sender: BUS.destination, destination: APP_NAME, signature: "s" }, [OWNER]));
  await call(one, "GetId", "", [], ["s", ["id"]]);
  const told = one.app.messages.filter(({ header }) => header.member === "NameOwnerChanged").map(({ values }) => values);
  assert.deepEqual(told, [["org.test.Inside.A", "", OWNER]]);
  one.close();
});
