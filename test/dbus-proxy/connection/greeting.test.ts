// The phase before messages, with an app and a bus that the test plays: whatever either of them says or leaves out, nothing of it reaches the other side as it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../support/process.ts";
import { newAppUse } from "../../../dbus-proxy/connection/state.ts";
import { addon, bench, type Made, makeConnection, type Making, RawEnd } from "./played.ts";

const UID = Buffer.from(String(process.geteuid?.())).toString("hex");
const GUID = "0123456789abcdef0123456789abcdef";
const AUTH = `\0AUTH EXTERNAL ${UID}\r\n`;

interface Greeted extends Made {
  readonly app: RawEnd;
  readonly bus: RawEnd;
}

function greeted(making?: Making): Greeted {
  const made = makeConnection(making);
  return { ...made, app: new RawEnd(made.appFd), bus: new RawEnd(made.busFd) };
}

/** Both ends are cut off, the app with these words, and the reason is told once. */
async function isOver({ app, bus, seen }: Greeted, because: string | RegExp, heard = ""): Promise<void> {
  await app.ends();
  assert.equal(app.text(), heard);
  await bus.ends();
  assert.equal(seen.warnings.length, 1, seen.warnings.join("; "));
  assert.match(String(seen.warnings[0]), new RegExp(because));
  assert.equal(seen.closed, 1);
  app.close();
  bus.close();
}

test("an app that leaves before it is greeted costs the bus its connection too", async () => {
  const one = greeted();
  one.connect();
  await one.bus.hears("AUTH");
  addon.shutdown(one.appFd, 1);
  await isOver(one, "the app left while authenticating");
  assert.equal(one.seen.released, 1);
});

test("an app waits for the bus: what it says meanwhile is neither lost nor answered before", async () => {
  const one = greeted();
  one.app.say(`${AUTH}NEGOTIATE_UNIX_FD\r\n`);
  await new Promise((done) => setTimeout(done, 20));
  assert.equal(one.app.text(), "");
  one.connect();
  await one.bus.hears(AUTH);
  one.bus.say(`OK ${GUID}\r\n`);
  await one.bus.hears("NEGOTIATE_UNIX_FD\r\n");
  one.bus.say("ERROR\r\n");
  await one.app.hears(`OK ${GUID}\r\nERROR "not supported by the bus"\r\n`);
  one.app.say("BEGIN\r\n");
  await one.bus.hears("BEGIN\r\n");
  one.connection.close();
  await one.app.ends();
  one.app.close();
  one.bus.close();
});

test("no connection to the bus is the end, and the errno is told", async () => {
  const one = greeted();
  one.app.say(AUTH);
  one.connect(-111);
  await isOver(one, "no connection to the bus \\(111\\)");
});

test("a connection to the bus that comes after the app has left is given back", async () => {
  const one = greeted();
  addon.shutdown(one.appFd, 1);
  await one.app.ends();
  one.connect();
  await one.bus.ends();
  assert.equal(one.seen.released, 1);
  one.app.close();
  one.bus.close();
});

const BUSES: readonly (readonly [what: string, says: string, because: string])[] = [
  ["refuses us", "REJECTED EXTERNAL\r\n", "the bus refuses to authenticate us"],
  ["says what is no line", "OK\n\r", "malformed line from the bus"],
  ["says OK without a number", "OK\r\n", "the bus refuses to authenticate us"],
  ["says OK twice", `OK ${GUID}\r\nOK ${GUID}\r\n`, "unexpected line from the bus"],
  ["agrees to what nobody asked for", `OK ${GUID}\r\nAGREE_UNIX_FD\r\n`, "unexpected line from the bus"],
];
for (const [what, says, because] of BUSES)
  test(`a bus that ${what} is none`, async () => {
    const one = greeted();
    one.connect();
    await one.bus.hears("AUTH");
    one.bus.say(says);
    await isOver(one, because);
  });

test("a bus that ends while it authenticates us ends the app's connection", async () => {
  const one = greeted();
  one.connect();
  await one.bus.hears("AUTH");
  one.bus.say("O");
  addon.shutdown(one.busFd, 1);
  await isOver(one, "the bus closed the connection while authenticating");
});

test("a bus that answers the negotiation with another line is none", async () => {
  const one = greeted();
  one.connect();
  one.app.say(`${AUTH}NEGOTIATE_UNIX_FD\r\n`);
  await one.bus.hears("AUTH");
  one.bus.say(`OK ${GUID}\r\n`);
  await one.bus.hears("NEGOTIATE_UNIX_FD");
  one.bus.say("AGREE_UNIX_FDS\r\n");
  await isOver(one, "unexpected line from the bus", `OK ${GUID}\r\n`);
});

test("a bus that is gone before it is greeted is told as gone", async () => {
  const one = greeted();
  one.bus.close();
  one.connect();
  await one.app.ends();
  assert.match(one.seen.warnings.join(), /the bus (is gone|closed the connection)/);
  one.app.close();
});

test("an app that does not read what it is told is cut off at its next word", async () => {
  const one = greeted();
  one.connect();
  await one.bus.hears("AUTH");
  one.bus.say(`OK ${GUID}\r\n`);
  one.app.say(`\0DATA\r\n`);
  await one.app.hears("ERROR");
  // Nobody can be written to any more, but what was said lies there to be read.
  one.app.say("DATA\r\n");
  one.app.close();
  await waitFor("the end", () => one.seen.closed === 1);
  assert.match(one.seen.warnings.join(), /the app (is gone|left) while authenticating/);
  await one.bus.ends();
  one.bus.close();
});

test("an app that says ever more and reads no answer is cut off", async () => {
  const one = greeted();
  one.connect();
  await one.bus.hears("AUTH");
  one.app.say("\0");
  let most = 0;
  await waitFor("the end", () => {
    for (let said = 0; said < 20 && one.seen.closed === 0; said++) one.app.say("X\r\n".repeat(1000));
    most = Math.max(most, one.use.queuedBytes);
    return one.seen.closed === 1;
  });
  assert.deepEqual(one.seen.warnings, ["the app does not read while authenticating"]);
  assert.ok(most < 200_000, String(most));
  one.app.close();
  await one.bus.ends();
  one.bus.close();
});

test("one that reads its answers may be told as often as it likes that a word is unknown", async () => {
  const one = greeted();
  one.connect();
  await one.bus.hears("AUTH");
  one.app.say("\0");
  for (let said = 0; said < 3000; said += 100) {
    one.app.say("X\r\n".repeat(100));
    await waitFor("the answers", () => one.app.text().length === (said + 100) * 'ERROR "unknown command"\r\n'.length);
  }
  assert.equal(one.seen.closed, 0);
  one.connection.close();
  one.app.close();
  one.bus.close();
});

test("descriptors before BEGIN count among those on their way, end at a number, and are closed", async () => {
  const file = addon.memfd("one", Buffer.from("x"));
  const use = newAppUse();
  const first = greeted({ use });
  first.app.say("\0", Array<number>(200).fill(file));
  await waitFor("the first ones", () => use.descriptors === 200);
  first.app.say("X\r\n", Array<number>(100).fill(file));
  await first.app.ends();
  assert.deepEqual(first.seen.warnings, ["too many descriptors while authenticating"]);
  assert.equal(use.descriptors, 0);
  // Of all connections of the app together.
  const all = [0, 1, 2].map(() => greeted({ use, limits: { descriptorsInFlight: 250 } }));
  for (const { app } of all) app.say("\0", Array<number>(100).fill(file));
  await waitFor("the third one's end", () => all.some(({ seen }) => seen.closed === 1));
  assert.equal(use.descriptors, 200);
  addon.close(file);
  for (const { connection, app, bus } of [first, ...all]) {
    connection.close();
    app.close();
    bus.close();
  }
  assert.equal(use.descriptors, 0);
});

test("a connection that there is no memory for ends, and is not left open", async () => {
  const { ledgers } = bench;
  const take = ledgers.take;
  ledgers.take = () => {
    throw new Error("out of memory");
  };
  try {
    const one = greeted();
    const [ours, theirs] = addon.socketpair();
    one.connect();
    one.app.say(AUTH);
    await one.bus.hears("AUTH");
    one.bus.say(`OK ${GUID}\r\n`);
    await one.app.hears("OK");
    one.app.say("BEGIN\r\n", [theirs]);
    addon.close(theirs);
    await one.app.ends();
    await one.bus.ends();
    assert.deepEqual([one.seen.warnings, one.seen.closed, one.use.descriptors], [["no memory for a connection: out of memory"], 1, 0]);
    const end = new RawEnd(ours);
    await end.ends();
    for (const side of [one.app, one.bus, end]) side.close();
  } finally {
    ledgers.take = take;
  }
});

test("words before BEGIN are answered one by one, and only the right ones lead on", async () => {
  const one = greeted();
  one.connect();
  await one.bus.hears("AUTH");
  one.bus.say(`OK ${GUID}\r\n`);
  const talks: readonly (readonly [string, string])[] = [
    ["\0DATA\r\n", 'ERROR "not expected now"\r\n'],
    ["CANCEL\r\n", 'ERROR "not expected now"\r\n'],
    ["NEGOTIATE_UNIX_FD\r\n", 'ERROR "not expected now"\r\n'],
    ["AUTH EXTERNAL\r\n", "DATA\r\n"],
    ["AUTH EXTERNAL\r\n", 'ERROR "not expected now"\r\n'],
    ["ERROR\r\n", "REJECTED EXTERNAL\r\n"],
    ["AUTH EXTERNAL\r\n", "DATA\r\n"],
    ["DATA 30303030\r\n", "REJECTED EXTERNAL\r\n"],
    [`AUTH EXTERNAL ${UID}\r\n`, `OK ${GUID}\r\n`],
    ["CANCEL\r\n", "REJECTED EXTERNAL\r\n"],
    [`AUTH EXTERNAL ${UID}\r\n`, `OK ${GUID}\r\n`],
    ["NEGOTIATE_UNIX_FD x\r\n", 'ERROR "not expected now"\r\n'],
    ["WHATEVER\r\n", 'ERROR "unknown command"\r\n'],
  ];
  let heard = "";
  for (const [says, hears] of talks) {
    // Byte by byte, as far as the kernel lets it come so.
    for (const byte of says) one.app.say(byte);
    heard += hears;
    await waitFor(`the answer to ${says}`, () => one.app.text().length >= heard.length);
    assert.equal(one.app.text(), heard);
  }
  assert.ok(!one.bus.text().includes("NEGOTIATE"));
  one.connection.close();
  one.app.close();
  one.bus.close();
});

test("descriptors that come before BEGIN and that no message claims are closed", async () => {
  const one = greeted();
  const [ours, theirs] = addon.socketpair();
  one.connect();
  one.app.say("\0", [theirs]);
  addon.close(theirs);
  await one.bus.hears("AUTH");
  one.app.say("BEGIN\r\n");
  await isOver(one, "BEGIN before authentication");
  const end = new RawEnd(ours);
  await end.ends();
  end.close();
});
