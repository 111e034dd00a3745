// What a bus, or a peer behind it, says to the app, with the log on: answers that nobody asked for, lists that are none, names that change, calls by the thousand.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Value } from "../../../dbus-proxy/wire/reader.ts";
import { encodeMessage, type OutgoingHeader } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";
import { BUS, errorOf } from "../live/peer.ts";
import { APP_NAME, type Making, type Played, playConnection, policyOf, talk } from "./played.ts";

const CALL = { type: 1, path: "/test", interface: "org.test.I", member: "M", destination: "org.test.Talk" } as const;
const OWNER = ":1.9";
const BUS_NAME = BUS.destination;

/** The bus, or a peer, says this to the app. */
function says({ bus }: Played, header: Partial<OutgoingHeader>, values: readonly Value[] = []): void {
  bus.say(encodeMessage({ type: 4, serial: bus.nextSerial(), sender: BUS_NAME, destination: APP_NAME, ...header }, values));
}

/** All that was said until now has come; what came of `member`. */
async function heardOf(played: Played, member: string): Promise<unknown[]> {
  const serial = played.app.send({ type: 1, ...BUS, member: "GetId" });
  played.bus.answer(await played.busHears("GetId"));
  await played.app.reply(serial);
  return played.app.messages.filter(({ header }) => header.member === member).map(({ values }) => values);
}

async function played(making: Making, work: (one: Played) => Promise<void>): Promise<void> {
  const one = await playConnection({ log: true, ...making });
  try {
    await work(one);
  } finally {
    one.close();
  }
}

const OPEN = { policy: policyOf({ names: [talk("org.test.Talk"), talk("org.test.Seen", "see")] }) };
const changed = (name: string, from: string, to: string) =>
  [{ path: BUS.path, interface: BUS_NAME, member: "NameOwnerChanged", signature: "sss" }, [name, from, to]] as const;

describe("answers", () => {
  it("that nobody asked for, from somebody who was not asked, or a second time, reach nobody", () =>
    played(OPEN, async (one) => {
      const serial = one.app.send(CALL);
      const call = await one.busHears("M");
      says(one, { type: 2, replySerial: serial + 1, sender: OWNER });
      says(one, { type: 2, replySerial: serial, sender: BUS_NAME });
      says(one, { type: 2, replySerial: serial, sender: "" });
      one.bus.answer(call, OWNER);
      one.bus.answer(call, OWNER);
      assert.equal((await one.app.reply(serial)).header.sender, OWNER);
      await heardOf(one, "");
      assert.equal(one.app.messages.filter(({ header }) => header.replySerial === serial).length, 1);
      assert.equal(one.seen.log.filter((line) => line.endsWith("*Unexpected reply*")).length, 4);
    }));

  it("of the bus in a peer's place pass where they are errors", () =>
    played(OPEN, async (one) => {
      const serial = one.app.send(CALL);
      await one.busHears("M");
      says(one, { type: 3, replySerial: serial, sender: "", errorName: "org.freedesktop.DBus.Error.NoReply" });
      assert.equal(errorOf(await one.app.reply(serial)), "NoReply");
    }));

  it("to a list of names that are no list are errors, and a name that is no text is nobody's", () =>
    played(OPEN, async (one) => {
      const names = one.app.send({ type: 1, ...BUS, member: "ListNames" });
      await one.busHears("ListNames");
      says(one, { type: 2, replySerial: names, signature: "u" }, [7]);
      const failed = await one.app.reply(names);
      assert.deepEqual([errorOf(failed), failed.values[0]], ["Failed", "the bus sent no list of names"]);
      const owner = one.app.send({ type: 1, ...BUS, member: "GetNameOwner", signature: "s" }, ["org.test.Talk"]);
      await one.busHears("GetNameOwner");
      says(one, { type: 2, replySerial: owner, signature: "u" }, [7]);
      assert.equal((await one.app.reply(owner)).values[0], 7);
    }));

  it("with an error to ListNames pass as they are, and so do those to a match rule, which then is none", () =>
    played(OPEN, async (one) => {
      const names = one.app.send({ type: 1, ...BUS, member: "ListNames" });
      await one.busHears("ListNames");
      says(one, { type: 3, replySerial: names, errorName: "org.test.E" });
      assert.equal(errorOf(await one.app.reply(names)), "org.test.E");
      const rule = one.app.send({ type: 1, ...BUS, member: "AddMatch", signature: "s" }, ["member='NameOwnerChanged'"]);
      await one.busHears("AddMatch");
      says(one, { type: 3, replySerial: rule, errorName: "org.test.E" });
      await one.app.reply(rule);
      says(one, { destination: "", ...changed("org.test.Talk", "", OWNER)[0] }, changed("org.test.Talk", "", OWNER)[1]);
      assert.deepEqual(await heardOf(one, "NameOwnerChanged"), []);
      assert.equal(one.use.matchRules, 0);
    }));
});

describe("changes of owners", () => {
  it("are learnt, and heard where the app asked: with a rule, or by the bus saying it to the app alone", () =>
    played(OPEN, async (one) => {
      const rule = one.app.send({ type: 1, ...BUS, member: "AddMatch", signature: "s" }, ["arg0='org.test.Talk'"]);
      one.bus.answer(await one.busHears("AddMatch"));
      await one.app.reply(rule);
      for (const name of ["org.test.Talk", "org.test.Seen", "org.test.Hidden"])
        says(one, { destination: "", ...changed(name, "", OWNER)[0] }, changed(name, "", OWNER)[1]);
      says(one, ...changed("org.test.Seen", OWNER, ""));
      // Without the values of such a signal it says nothing.
      says(one, { path: BUS.path, interface: BUS_NAME, member: "NameOwnerChanged", signature: "s" }, ["org.test.Talk"]);
      assert.deepEqual(await heardOf(one, "NameOwnerChanged"), [
        ["org.test.Talk", "", OWNER],
        ["org.test.Seen", OWNER, ""],
      ]);
      // What was learnt holds for calls by the unique name.
      one.app.send({ ...CALL, destination: OWNER, flags: 1 });
      await one.busHears("M");
      says(one, { destination: "", ...changed(OWNER, OWNER, "")[0] }, changed(OWNER, OWNER, "")[1]);
      await heardOf(one, "");
      const gone = one.app.send({ ...CALL, destination: OWNER });
      one.bus.answer(await one.busHears("Ping"));
      assert.equal(errorOf(await one.app.reply(gone)), "NameHasNoOwner");
    }));

  it("of an owner that another policy asks for, which is none by now or no text, say nothing", () =>
    played(OPEN, async (one) => {
      const rule = one.app.send({ type: 1, ...BUS, member: "AddMatch", signature: "s" }, ["member='NameOwnerChanged'"]);
      one.bus.answer(await one.busHears("AddMatch"));
      await one.app.reply(rule);
      one.setPolicy(policyOf({ names: [talk("org.test.Sub.*"), talk("org.test.New"), talk("org.test.Gone")] }));
      const asked = [await one.busHears("GetNameOwner"), await one.busHears("GetNameOwner")];
      says(one, { type: 2, replySerial: asked[0]?.serial ?? 0, signature: "s" }, [OWNER]);
      says(one, { type: 2, replySerial: asked[1]?.serial ?? 0, signature: "u" }, [7]);
      const list = await one.busHears("ListNames");
      says(one, { type: 2, replySerial: list.serial, signature: "as" }, [["org.test.Sub.A", "org.test.Hidden", OWNER, BUS_NAME]]);
      const below = await one.busHears("GetNameOwner");
      says(one, { type: 2, replySerial: below.serial, signature: "s" }, [OWNER]);
      assert.deepEqual(await heardOf(one, "NameOwnerChanged"), [
        ["org.test.New", "", OWNER],
        ["org.test.Sub.A", "", OWNER],
      ]);
      // Said once: asked again it is known.
      one.setPolicy(policyOf({ names: [talk("org.test.Sub.*"), talk("org.test.New"), talk("org.test.Gone")], sloppyNames: true }));
      const again = await one.busHears("ListNames");
      says(one, { type: 3, replySerial: again.serial, errorName: "org.test.E" });
      assert.equal((await heardOf(one, "NameOwnerChanged")).length, 2);
    }));
});

describe("peers", () => {
  it("that call more than the app may have to answer hear so from us, and the app hears of no more", () =>
    played({ ...OPEN, limits: { incomingCalls: 2 } }, async (one) => {
      for (let serial = 1; serial <= 4; serial++) says(one, { ...CALL, type: 1, serial, sender: OWNER, destination: APP_NAME });
      await waitFor("two refusals", () => one.bus.heard.filter(({ type }) => type === 3).length === 2);
      assert.deepEqual(
        one.bus.heard.splice(0).map(({ destination, replySerial, errorName }) => [destination, replySerial, errorName]),
        [3, 4].map((serial) => [OWNER, serial, "org.freedesktop.DBus.Error.LimitsExceeded"]),
      );
      assert.equal((await heardOf(one, "M")).length, 2);
      // An answer makes room.
      one.app.send({ type: 2, replySerial: 1, destination: OWNER });
      await waitFor("the answer", () => one.bus.heard.some(({ type }) => type === 2));
      says(one, { ...CALL, type: 1, serial: 5, sender: OWNER, destination: APP_NAME });
      assert.equal((await heardOf(one, "M")).length, 3);
      assert.equal(one.seen.log.filter((line) => line === "C ").length, 1);
    }));

  it("that send a header longer than ours may be are told, and the app hears nothing of it", () =>
    played(OPEN, async (one) => {
      const long = encodeMessage({ ...CALL, type: 1, serial: 8, sender: OWNER, destination: APP_NAME, path: `/${"a".repeat(70_000)}` });
      for (let at = 0; at < long.length; at += 30_000) {
        one.bus.say(long.subarray(at, at + 30_000));
        await new Promise((done) => setTimeout(done, 5));
      }
      await waitFor("the warning", () => one.seen.warnings.some((text) => text.startsWith("left out a message from")));
      assert.deepEqual(await heardOf(one, "M"), []);
    }));

  it("send messages of a type that nobody knows to nobody", () =>
    played(OPEN, async (one) => {
      says(one, { type: 9, member: "Unknown", path: "/a", interface: "a.b", sender: OWNER });
      assert.deepEqual(await heardOf(one, "Unknown"), []);
      one.app.send({ ...CALL, type: 9, member: "Unknown" });
      await heardOf(one, "");
      assert.ok(!one.bus.heard.some(({ member }) => member === "Unknown"));
      assert.deepEqual(one.seen.reports.at(-1)?.because, "messages of type 9 have no meaning");
    }));

  it("are heard by everyone as the policy says, and the log says which", () =>
    played(OPEN, async (one) => {
      says(one, ...changed("org.test.Talk", "", OWNER));
      says(one, ...changed("org.test.Seen", "", ":1.8"));
      for (const sender of [OWNER, ":1.8", ":1.6"])
        says(one, { destination: "", path: "/a", interface: "a.b", member: "Told", sender, signature: "s" }, [sender]);
      assert.deepEqual(await heardOf(one, "Told"), [[OWNER]]);
      assert.deepEqual(
        one.seen.log.filter((line) => line.includes("Told")),
        ["B Told *FILTERED IN*", "B Told *FILTERED OUT*", "B Told *FILTERED OUT*"],
      );
      assert.deepEqual(
        one.seen.reports.map(({ verdict, because }) => [verdict, because]),
        [
          ["deny", "`org.test.Seen=talk` or the rule `org.test.Seen=broadcast a.b.Told@/a` would let it pass"],
          ["hide", "its sender has no name that this sandbox may see"],
        ],
      );
    }));
});

it("an app over a limit hears so: calls that wait, bytes on their way, rules, names", () =>
  played(
    {
      policy: policyOf({ names: [talk("org.test.Talk"), talk("org.test.Own", "own")] }),
      limits: { outstandingCalls: 1, matchRules: 0, names: 0, queuedBytes: 1000 },
    },
    async (one) => {
      const first = one.app.send(CALL);
      assert.equal(errorOf(await one.app.call(CALL)), "LimitsExceeded");
      one.bus.answer(await one.busHears("M"), OWNER);
      await one.app.reply(first);
      const refused = async (member: string, signature: string, values: readonly Value[]): Promise<string> => {
        const serial = one.app.send({ type: 1, ...BUS, member, signature }, values);
        one.bus.answer(await one.busHears("Ping"));
        return errorOf(await one.app.reply(serial));
      };
      assert.equal(await refused("AddMatch", "s", [""]), "LimitsExceeded");
      assert.equal(await refused("RequestName", "su", ["org.test.Own", 0]), "LimitsExceeded");
      one.use.queuedBytes += 1000;
      assert.match(String((await one.app.call(CALL)).values[0]), /at most 1000 bytes on their way/);
      one.use.queuedBytes -= 1000;
    },
  ));
