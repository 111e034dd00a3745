// The bus process's own short connection, and what it finds out over it about a portal service, with a bus and a service that the test plays.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../../../dbus-proxy/bus-process/conversation.ts";
import { type Finding, findIdentity } from "../../../dbus-proxy/bus-process/identity.ts";
import { Interner } from "../../../dbus-proxy/wire/interner.ts";
import type { MessageHeader } from "../../../dbus-proxy/wire/message.ts";
import type { Value } from "../../../dbus-proxy/wire/reader.ts";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";
import { addon, RawEnd } from "../connection/played.ts";
import { LyingEnd } from "../live/lying-bus.ts";
import { BUS } from "../live/peer.ts";

const UID = process.geteuid?.() ?? 0;
const GUID = "0123456789abcdef0123456789abcdef";
const DESKTOP = "org.freedesktop.portal.Desktop";
const DOCUMENTS = "org.freedesktop.portal.Documents";
const texts = new Interner();
const CALL = { destination: "org.test.Talk", path: "/a", interface: "a.b", member: "M" } as const;

/** The answer to `replySerial`. */
const answer = (replySerial: number, signature = "", values: readonly Value[] = []): Uint8Array =>
  encodeMessage({ type: 2, serial: 5, replySerial, sender: BUS.destination, signature }, values);

async function talked(work: (bus: RawEnd, own: Conversation, fd: number) => Promise<void>): Promise<void> {
  const [fd, theirs] = addon.socketpair();
  const own = new Conversation(addon, theirs, UID, texts);
  const bus = new RawEnd(fd);
  await work(bus, own, fd);
  own.close();
  own.close();
  bus.close();
}

test("answers come to those who asked, in any order and in pieces; what nobody asked for is passed over", () =>
  talked(async (bus, own) => {
    const [first, second] = [own.call(CALL), own.call(CALL)];
    await bus.hears("BEGIN\r\n");
    for (const piece of ["O", `K ${GUID}`, "\r\n"]) {
      bus.say(piece);
      await new Promise((done) => setTimeout(done, 5));
    }
    const signal = encodeMessage({ type: 4, serial: 9, path: "/a", interface: "a.b", member: "S", replySerial: 1 });
    const bytes = Buffer.concat([signal, answer(7), answer(2, "s", ["second"]), encodeMessage({ type: 3, serial: 6, replySerial: 1, errorName: "a.E" })]);
    const [ours, theirs] = addon.socketpair();
    bus.say(bytes.subarray(0, 30), [theirs]);
    addon.close(theirs);
    await new Promise((done) => setTimeout(done, 5));
    bus.say(bytes.subarray(30));
    // The answer whose serial was quoted by a signal is still waited for.
    assert.deepEqual(
      [await first, await second],
      [
        { errorName: "a.E", values: [] },
        { errorName: "", values: ["second"] },
      ],
    );
    const end = new RawEnd(ours);
    await end.ends();
    end.close();
  }));

const OVER = { errorName: "over", values: [] };
const ENDS: readonly (readonly [what: string, says: (string | Uint8Array)[]])[] = [
  ["refuses us", ["REJECTED\r\n"]],
  ["says what is no line", ["O\nK\r\n"]],
  ["says what is no message", [`OK ${GUID}\r\n`, new Uint8Array(64)]],
  ["says more than anybody asked for", [`OK ${GUID}\r\n`, answer(1, "s", ["x".repeat(70_000)])]],
];
for (const [what, says] of ENDS)
  test(`a bus that ${what} ends the conversation: whoever waits hears so, and whoever asks then`, () =>
    talked(async (bus, own) => {
      const waiting = own.call(CALL);
      await bus.hears("BEGIN\r\n");
      for (const one of says) bus.say(one);
      assert.deepEqual(await waiting, OVER);
      assert.deepEqual(await own.call(CALL), OVER);
      await bus.ends();
    }));

test("so does a bus that leaves, and one that takes nothing", async () => {
  await talked(async (bus, own, fd) => {
    const waiting = own.call(CALL);
    addon.shutdown(fd, 2);
    assert.deepEqual(await waiting, OVER);
    assert.deepEqual(bus.ended, false);
  });
  await talked(async (_, own) => {
    for (let count = 0; count < 5000; count++) if ((await Promise.race([own.call({ ...CALL, path: `/${"a".repeat(500)}` }), undefined])) !== undefined) return;
    assert.fail("it goes on although nobody reads");
  });
});

/** A bus where `owner` owns the name and answers what it is asked with these error names ("" for an answer, "silent" for none), by member. */
async function find(
  name: string,
  owner: string,
  errors: Readonly<Record<string, string>>,
  pid = process.pid,
  appId = "org.test.App",
  patience = 4000,
): Promise<Finding> {
  const [fd, theirs] = addon.socketpair();
  const bus = new LyingEnd(addon, fd, ":1.3");
  const say = ({ serial, member, destination }: MessageHeader): void => {
    const header = { serial: bus.nextSerial(), replySerial: serial, sender: destination } as const;
    const error = errors[member];
    if (error === "silent") return;
    if (error !== undefined && error !== "") bus.say(encodeMessage({ ...header, type: 3, errorName: error }));
    else if (member === "Hello") bus.say(encodeMessage({ ...header, type: 2, signature: "s" }, [":1.3"]));
    else if (member === "GetNameOwner") bus.say(encodeMessage({ ...header, type: 2, signature: "s" }, [owner]));
    else if (member === "GetConnectionUnixProcessID") bus.say(encodeMessage({ ...header, type: 2, signature: "u" }, [pid]));
    else bus.say(encodeMessage({ ...header, type: 2 }));
  };
  const timer = setInterval(() => {
    for (const heard of bus.heard.splice(0)) say(heard);
  }, 2);
  const finding = await findIdentity({ addon, texts, uid: UID, appId }, theirs, name, patience);
  await waitFor("the end", () => bus.closed);
  clearInterval(timer);
  return finding;
}

const ERROR = "org.freedesktop.DBus.Error.";

test("a name that nobody owns is absent where the bus starts nobody, and else nobody could be asked", async () => {
  const nobody = { GetNameOwner: `${ERROR}NameHasNoOwner` };
  assert.equal((await find(DESKTOP, "", { ...nobody, StartServiceByName: `${ERROR}ServiceUnknown` })).kind, "absent");
  const failed = await find(DESKTOP, "", { ...nobody, StartServiceByName: `${ERROR}Spawn.Failed` });
  assert.deepEqual([failed.kind, /Spawn\.Failed/.test(failed.because)], ["failed", true]);
  assert.match((await find(DESKTOP, "org.not.Unique", {})).because, /\(no owner\)/);
  assert.match((await find(DESKTOP, "", { Hello: "silent" }, 1, "a", 50)).because, /\(over\)/);
});

test("a process behind the connection that does not bear the app's identity is somebody else", async () => {
  for (const pid of [process.pid, 0x7fff_ffff]) {
    const other = await find(DESKTOP, ":1.5", {}, pid);
    assert.deepEqual(other, { kind: "other", owner: ":1.5", because: "the bus sees a process without an identity behind the connections of this app" });
  }
  assert.match((await find(DOCUMENTS, ":1.5", { GetConnectionUnixProcessID: `${ERROR}Failed` })).because, /without an identity/);
});
