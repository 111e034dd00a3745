// Messages as streams: pieces, messages that are longer than a read, descriptors, sides that do not read, and ends in the middle.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newAppUse } from "../../../dbus-proxy/connection/state.ts";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";
import { BUS, errorOf } from "../live/peer.ts";
import { addon, APP_NAME, playConnection, policyOf, RawEnd, talk } from "./played.ts";

const PEER = "org.test.Talk";
const CALL = { type: 1, path: "/test", interface: "org.test.I", member: "M", destination: PEER } as const;
const OPEN = { policy: policyOf({ names: [talk(PEER)] }) };
const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 5));

/** Both sides are this process, so what one says must be taken before it says more. */
async function pour(say: (piece: Uint8Array, fds: readonly number[]) => void, bytes: Uint8Array, fds: readonly number[] = []): Promise<void> {
  for (let at = 0; at < bytes.length; at += 32_000) {
    say(bytes.subarray(at, at + 32_000), at === 0 ? fds : []);
    await turn();
  }
}

test("a message in pieces of any length arrives as one, and so do many in one piece", async () => {
  const { app, bus, close } = await playConnection(OPEN);
  const one = encodeMessage({ ...CALL, serial: 90, flags: 1, signature: "s" }, ["x".repeat(200)]);
  for (let at = 0; at < one.length; at += 7) {
    app.write(one.subarray(at, at + 7));
    if (at % 70 === 0) await turn();
  }
  await waitFor("it", () => bus.heard.length === 1);
  await pour((piece) => app.write(piece), Buffer.concat(Array.from({ length: 500 }, (_, index) => encodeMessage({ ...CALL, serial: 100 + index, flags: 1 }))));
  await waitFor("all", () => bus.heard.length === 501);
  assert.deepEqual(
    bus.heard.slice(1).map(({ serial }) => serial),
    Array.from({ length: 500 }, (_, index) => 100 + index),
  );
  close();
});

test("a long message passes in pieces, and its descriptor with it", async () => {
  const { app, bus, busHears, close } = await playConnection(OPEN);
  const [ours, theirs] = addon.socketpair();
  const long = encodeMessage({ ...CALL, serial: 50, signature: "ayh", unixFds: 1 }, [Array<number>(300_000).fill(7), 0]);
  await pour((piece, fds) => app.write(piece, fds), long, [theirs]);
  addon.close(theirs);
  const heard = await busHears("M");
  assert.equal(heard.bodyBytes, long.length - heard.headerBytes);
  assert.equal(heard.unixFds, 1);
  const end = new RawEnd(ours);
  await end.ends();
  end.close();
  bus.answer(heard, ":1.2");
  assert.equal((await app.reply(50)).header.type, 2);
  close();
});

test("a question of the filter's own waits for the end of a long message", async () => {
  const { app, bus, busHears, setPolicy, close } = await playConnection(OPEN);
  const long = encodeMessage({ ...CALL, serial: 51, flags: 1, signature: "ay" }, [Array<number>(100_000).fill(7)]);
  app.write(long.subarray(0, 30_000));
  await turn();
  setPolicy(policyOf({ names: [talk(PEER), talk("org.test.Late", "see")] }));
  await turn();
  assert.deepEqual(bus.heard, []);
  await pour((piece) => app.write(piece), long.subarray(30_000));
  await busHears("M");
  await busHears("AddMatch");
  await busHears("GetNameOwner");
  close();
});

test("a body that turns out malformed behind its first piece ends the connection, and the bus never has the whole of it", async () => {
  const { app, bus, seen, close } = await playConnection(OPEN);
  const long = encodeMessage({ ...CALL, serial: 52, flags: 1, signature: "as" }, [Array<string>(10_000).fill("text")]);
  const spoilt = long.slice();
  spoilt[long.length - 2] = 0xff;
  app.write(spoilt.subarray(0, 40_000));
  await turn();
  await pour((piece) => app.write(piece), spoilt.subarray(40_000));
  await waitFor("the end", () => app.closed && bus.closed);
  assert.deepEqual([bus.heard, seen.warnings], [[], ["body does not fit its signature"]]);
  close();
});

test("so does one that ends before its values do", async () => {
  const { app, bus, seen, close } = await playConnection(OPEN);
  const long = encodeMessage({ ...CALL, serial: 53, flags: 1, signature: "as" }, [Array<string>(10_000).fill("text")]);
  // The array says that it is longer than the body: its last text has no room.
  const spoilt = long.slice(0, long.length - 8);
  new DataView(spoilt.buffer).setUint32(4, new DataView(long.buffer).getUint32(4, true) - 8, true);
  app.write(spoilt.subarray(0, 40_000));
  await turn();
  await pour((piece) => app.write(piece), spoilt.subarray(40_000));
  await waitFor("the end", () => app.closed && bus.closed);
  assert.deepEqual([bus.heard, seen.warnings], [[], ["body does not fit its signature"]]);
  close();
});

test("a header longer than ours may be is answered, its message left out, and the next one passes", async () => {
  const { app, busHears, close } = await playConnection(OPEN);
  const long = encodeMessage({ ...CALL, serial: 54, path: `/${"a".repeat(70_000)}`, signature: "s" }, ["left out"]);
  await pour((piece) => app.write(piece), long);
  assert.equal(errorOf(await app.reply(54)), "LimitsExceeded");
  app.send({ ...CALL, serial: 55, flags: 1 });
  assert.equal((await busHears("M")).serial, 55);
  close();
});

test("a match rule longer than the filter reads is answered, a shorter one that is longer than a read is collected", async () => {
  const { app, busHears, close } = await playConnection(OPEN);
  await pour((piece) => app.write(piece), encodeMessage({ type: 1, serial: 60, ...BUS, member: "AddMatch", signature: "s" }, ["x".repeat(200_000)]));
  assert.equal(errorOf(await app.reply(60)), "LimitsExceeded");
  const collected = encodeMessage({ type: 1, serial: 61, ...BUS, member: "AddMatch", signature: "s" }, ["x".repeat(100_000)]);
  await pour((piece) => app.write(piece), collected);
  // Malformed, so a ping went in its place.
  const ping = await busHears("Ping");
  assert.equal(ping.serial, 61);
  close();
});

test("an answer of the bus that the filter must read is collected, with all that is longer than its buffer", async () => {
  const { app, bus, busHears, close } = await playConnection(OPEN);
  const serial = app.send({ type: 1, ...BUS, member: "ListNames" });
  await busHears("ListNames");
  const names = [PEER, ...Array.from({ length: 20_000 }, (_, index) => `org.test.Hidden.N${index}`)];
  const list = encodeMessage({ type: 2, serial: 9, replySerial: serial, sender: BUS.destination, destination: APP_NAME, signature: "as" }, [names]);
  await pour((piece) => bus.say(piece), list);
  assert.deepEqual((await app.reply(serial)).values[0], [PEER]);
  close();
});

const SIGNAL = { type: 4, path: "/a", interface: "a.b", member: "S", sender: ":1.2", destination: APP_NAME, signature: "s" } as const;

test("a side that does not read holds the other one back, and gets all of it in order once it reads", async () => {
  const { app, bus, use, close } = await playConnection(OPEN);
  app.pause(true);
  const all = Buffer.concat(Array.from({ length: 60 }, (_, index) => encodeMessage({ ...SIGNAL, serial: index + 1 }, ["x".repeat(30_000)])));
  let said = 0;
  for (let idle = 0; idle < 5; await turn()) {
    const now = bus.say(all.subarray(said));
    said += now;
    idle = now === 0 ? idle + 1 : 0;
    assert.ok(use.queuedBytes < 400_000, String(use.queuedBytes));
  }
  assert.ok(said < all.length);
  assert.ok(use.queuedBytes > 0);
  app.pause(false);
  for (; said < all.length; await turn()) said += bus.say(all.subarray(said));
  const heard = (): number[] => app.messages.filter(({ header }) => header.member === "S").map(({ header }) => header.serial);
  await waitFor("all signals", () => heard().length === 60);
  assert.deepEqual(
    heard(),
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
  assert.equal(use.queuedBytes, 0);
  close();
});

test("descriptors that wait for a side which does not read are closed with the connection", async () => {
  const { app, bus, use, connection, close } = await playConnection(OPEN);
  app.pause(true);
  const ends: RawEnd[] = [];
  for (let index = 0; index < 30; index++) {
    const [ours, theirs] = addon.socketpair();
    ends.push(new RawEnd(ours));
    const header = { type: 4, serial: index + 1, path: "/a", interface: "a.b", member: "S", sender: ":1.2", destination: APP_NAME } as const;
    bus.say(encodeMessage({ ...header, signature: "sh", unixFds: 1 }, ["x".repeat(15_000), 0]), [theirs]);
    addon.close(theirs);
    await new Promise((done) => setImmediate(done));
  }
  await turn();
  assert.ok(use.descriptors > 0);
  connection.close();
  app.close();
  for (const end of ends) {
    await end.ends();
    end.close();
  }
  assert.deepEqual([use.descriptors, use.queuedBytes], [0, 0]);
  close();
});

test("a header that claims more descriptors than came ends the connection, and those that came are closed", async () => {
  const { app, bus, seen, close } = await playConnection(OPEN);
  const [ours, theirs] = addon.socketpair();
  app.write(encodeMessage({ ...CALL, serial: 70, flags: 1, signature: "hh", unixFds: 2 }, [0, 1]), [theirs]);
  addon.close(theirs);
  await waitFor("the end", () => app.closed && bus.closed);
  assert.deepEqual([bus.heard, seen.warnings], [[], ["fewer descriptors than the header says"]]);
  const end = new RawEnd(ours);
  await end.ends();
  end.close();
  close();
});

test("more descriptors than may be on their way are answered, and those of a message that stays are closed", async () => {
  const { app, busHears, close } = await playConnection({ ...OPEN, limits: { descriptorsInFlight: 2, descriptorsPerMessage: 3 } });
  const file = addon.memfd("one", Buffer.from("x"));
  const send = (serial: number, count: number): void =>
    app.write(encodeMessage({ ...CALL, serial, signature: "h".repeat(count), unixFds: count }, [...Array(count).keys()]), Array<number>(count).fill(file));
  send(71, 4);
  assert.match(String((await app.reply(71)).values[0]), /3 descriptors in one message/);
  send(72, 3);
  assert.match(String((await app.reply(72)).values[0]), /2 descriptors on their way/);
  send(73, 2);
  assert.equal((await busHears("M")).serial, 73);
  addon.close(file);
  close();
});

test("a message without an end that brings ever more descriptors ends the connection", async () => {
  const { app, bus, seen, close } = await playConnection(OPEN);
  const file = addon.memfd("one", Buffer.from("x"));
  const one = encodeMessage({ ...CALL, serial: 74, flags: 1, signature: "s" }, ["x".repeat(1000)]);
  const fds = Array<number>(100).fill(file);
  for (let at = 0; at < 3; at++) app.write(one.subarray(at, at + 1), fds);
  await waitFor("the end", () => app.closed && bus.closed);
  assert.deepEqual([bus.heard, seen.warnings], [[], ["too many descriptors"]]);
  addon.close(file);
  close();
});

test("so do such messages of many connections, none of which brings many", async () => {
  const use = newAppUse();
  const played = await Promise.all([1, 2, 3].map(() => playConnection({ ...OPEN, use, limits: { descriptorsInFlight: 250 } })));
  const file = addon.memfd("one", Buffer.from("x"));
  const one = encodeMessage({ ...CALL, serial: 75, flags: 1, signature: "s" }, ["x".repeat(1000)]);
  for (const { app } of played) app.write(one.subarray(0, 20), Array<number>(100).fill(file));
  await waitFor("the end of one", () => played.some(({ app }) => app.closed));
  assert.equal(played.filter(({ app }) => !app.closed).length, 2);
  assert.equal(use.descriptors, 200);
  addon.close(file);
  for (const { close } of played) close();
  assert.equal(use.descriptors, 0);
});

test("a bus that leaves in the middle of an answer takes the app's connection with it, after what was whole", async () => {
  const { app, bus, close } = await playConnection(OPEN);
  const signal = encodeMessage({ type: 4, serial: 5, path: "/a", interface: "a.b", member: "S", sender: ":1.2", destination: APP_NAME });
  bus.say(Buffer.concat([signal, signal.subarray(0, 20)]));
  bus.close();
  await waitFor("the end", () => app.closed);
  assert.equal(app.messages.filter(({ header }) => header.member === "S").length, 1);
  close();
});

test("an app that leaves without reading ends what the bus still says to it", async () => {
  const { app, bus, seen, use, close } = await playConnection(OPEN);
  app.pause(true);
  const all = Buffer.concat(Array.from({ length: 60 }, (_, index) => encodeMessage({ ...SIGNAL, serial: index + 1 }, ["x".repeat(30_000)])));
  for (let said = 0; use.queuedBytes === 0 && said < all.length; await turn()) said += bus.say(all.subarray(said));
  assert.ok(use.queuedBytes > 0);
  app.close();
  await waitFor("the end", () => bus.closed);
  assert.deepEqual([use.queuedBytes, seen.released, seen.closed], [0, 1, 1]);
  close();
});

test("what is allowed goes on to the bus although the app left right behind it", async () => {
  const { app, bus, busHears, close } = await playConnection(OPEN);
  for (let serial = 80; serial < 90; serial++) app.send({ ...CALL, serial, flags: 1, signature: "s" }, ["x".repeat(10_000)]);
  app.close();
  for (let serial = 80; serial < 90; serial++) assert.equal((await busHears("M")).serial, serial);
  await waitFor("the end", () => bus.closed);
  close();
});
