// Calls for portals: what waits until it is known who serves them, what goes to the broker and comes back, and what the host's own services get.
import assert from "node:assert/strict";
import { it } from "node:test";
import { encodeMessage, type OutgoingHeader } from "../../../dbus-proxy/wire/writer.ts";
import type { Value } from "../../../dbus-proxy/wire/reader.ts";
import { waitFor } from "../../support/process.ts";
import { BUS, errorOf, type Received } from "../live/peer.ts";
import { addon, APP_NAME, type Played, policyOf, RawEnd, talk } from "./played.ts";
import { OWNER, playWithPortals, routes } from "./portal-rig.ts";

const DESKTOP = "org.freedesktop.portal.Desktop";
const DOCUMENTS = "org.freedesktop.portal.Documents";
const SERVED = "org.freedesktop.portal.Served";
const CALL = { type: 1, path: "/org/freedesktop/portal/desktop", interface: SERVED, member: "Take", destination: DESKTOP } as const;
const OPEN = { policy: policyOf({ names: [talk("org.freedesktop.portal.*"), talk("org.test.Talk")] }), log: true };
const SERVES = routes({ names: [DOCUMENTS], interfaces: [SERVED], paths: ["/live"] });
const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 10));

/** An answer of the broker's. */
const answered = (replySerial: number, values: readonly Value[] = [], signature = ""): Uint8Array =>
  encodeMessage({ type: 2, serial: 5, replySerial, sender: OWNER, destination: APP_NAME, signature }, values);

/** The played bus answers what a ping or a question went out for. */
async function asked(one: Played, header: Partial<OutgoingHeader>, values: readonly Value[] = [], bus = "Ping"): Promise<Received> {
  const serial = one.app.send({ type: 1, ...header }, values);
  one.bus.answer(await one.busHears(bus));
  return one.app.reply(serial);
}

it("a call waits until the broker says who serves it, goes up whole with its descriptor, and takes one answer", async () => {
  const one = await playWithPortals(OPEN);
  const [ours, theirs] = addon.socketpair();
  const serial = one.app.send({ ...CALL, signature: "sh", unixFds: 1 }, ["text", 0], [theirs]);
  addon.close(theirs);
  one.app.send({ ...CALL, destination: "org.test.Talk", member: "Behind", flags: 1 });
  await waitFor("the question", () => one.broker.reports.length > 0);
  assert.deepEqual(one.broker.reports, [{ type: "portals-wanted", instance: "1", appId: "org.test.App", portals: { some: "thing" } }]);
  // The broker is known, what it serves not yet.
  one.broker.gate.setRoutes(routes({ interfaces: null }));
  await turn();
  assert.deepEqual([one.broker.sent.length, one.bus.heard.length], [0, 0]);
  one.broker.gate.setRoutes(SERVES);
  await one.busHears("Behind");
  const [sent] = one.broker.sent;
  assert.deepEqual(sent?.head, { instance: "1", client: APP_NAME });
  assert.equal(sent?.fds.length, 1);
  for (const fd of sent?.fds ?? []) addon.close(fd);
  const end = new RawEnd(ours);
  await end.ends();
  end.close();
  for (let round = 0; round < 2; round++) one.connection.fromPortals(answered(serial, ["done"], "s"), false);
  // Nobody waits for this one, and this is no message.
  one.connection.fromPortals(answered(serial + 1), false);
  one.connection.fromPortals(new Uint8Array(40), false);
  assert.deepEqual((await one.app.reply(serial)).values, ["done"]);
  await asked(one, { ...BUS, member: "GetId" }, [], "GetId");
  assert.equal(one.app.messages.filter(({ header }) => header.replySerial === serial).length, 1);
  assert.ok(one.seen.log.includes("C Take *PORTAL*"));
  one.close();
  assert.deepEqual(one.broker.reports.at(-1), { type: "portal-client-gone", instance: "1", client: APP_NAME });
});

it("what is ours is known by its interface, by the interface of a property, by a live object, and by the names and the owner that the broker has", async () => {
  const one = await playWithPortals(OPEN);
  one.broker.gate.setRoutes(SERVES);
  const properties = { ...CALL, interface: "org.freedesktop.DBus.Properties", member: "Get", signature: "ss" };
  const ours: readonly [Partial<OutgoingHeader>, readonly Value[]][] = [
    [CALL, []],
    [properties, [SERVED, "version"]],
    [{ ...CALL, path: "/live", interface: "org.freedesktop.portal.Request" }, []],
    [{ ...CALL, destination: DOCUMENTS, path: "/org/freedesktop/portal/documents", interface: "any.thing" }, []],
    [{ ...CALL, destination: OWNER, path: "/org/freedesktop/portal/documents" }, []],
    [{ ...CALL, interface: "org.freedesktop.portal.Background" }, []],
    // Without an interface it may be any that the host's service has, also a reserved one.
    [{ ...CALL, interface: "", member: "RequestBackground" }, []],
  ];
  for (const [header, values] of ours) one.app.send({ type: 1, flags: 1, ...header }, values);
  await waitFor("all of them", () => one.broker.sent.length === ours.length);
  one.broker.gate.heard({ instance: "1", client: "", opened: "/opened" });
  one.broker.gate.heard({ instance: "1", client: "", closed: "/live" });
  one.app.send({ ...CALL, flags: 1, path: "/opened", interface: "any.thing" });
  await waitFor("one more", () => one.broker.sent.length === ours.length + 1);
  // A signal to the broker means nothing, nor does anything without an interface of ours.
  one.app.send({ ...CALL, type: 4 });
  one.app.send({ ...CALL, flags: 1, path: "/live", interface: "any.thing" });
  one.app.send({ ...properties, flags: 1, signature: "" });
  assert.equal((await one.busHears("Take")).interface, "any.thing");
  await one.busHears("Get");
  assert.deepEqual([one.broker.sent.length, one.broker.asked], [ours.length + 1, [DESKTOP]]);
  one.close();
});

it("what the policy denies is refused in the usual way, whoever serves it", async () => {
  const one = await playWithPortals({ policy: policyOf({ names: [talk(DOCUMENTS)] }) });
  one.broker.gate.setRoutes(SERVES);
  const refused = await asked(one, CALL);
  assert.deepEqual([errorOf(refused), one.broker.sent.length], ["ServiceUnknown", 0]);
  one.close();
});

it("the bus's questions about the broker's names are answered by the filter, in their place", async () => {
  const one = await playWithPortals(OPEN);
  one.broker.gate.setRoutes(SERVES);
  const uid = process.geteuid?.() ?? 0;
  const question = async (member: string, ...values: readonly Value[]): Promise<unknown> => {
    const signature = values.map((value) => (typeof value === "number" ? "u" : "s")).join("");
    const { header, values: answer } = await asked(one, { ...BUS, member, signature }, values);
    return header.type === 3 ? header.errorName.split(".").at(-1) : answer[0];
  };
  for (const name of [DOCUMENTS, OWNER]) {
    assert.equal(await question("NameHasOwner", name), true);
    assert.equal(await question("GetConnectionUnixUser", name), uid);
    assert.deepEqual(await question("GetConnectionCredentials", name), [["UnixUserID", { signature: "u", value: uid }]]);
    assert.equal(await question("GetConnectionUnixProcessID", name), "UnixProcessIdUnknown");
  }
  assert.equal(await question("GetNameOwner", DOCUMENTS), OWNER);
  assert.equal(await question("StartServiceByName", DOCUMENTS, 0), 2);
  const names = one.app.send({ type: 1, ...BUS, member: "ListNames" });
  const { serial } = await one.busHears("ListNames");
  one.bus.say(encodeMessage({ type: 2, serial: 9, replySerial: serial, sender: BUS.destination, destination: APP_NAME, signature: "as" }, [["org.test.Talk"]]));
  assert.deepEqual((await one.app.reply(names)).values[0], ["org.test.Talk", DOCUMENTS]);
  // What else may be asked, the bus answers.
  assert.equal((await asked(one, { ...BUS, member: "NameHasOwner", signature: "s" }, ["org.test.Talk"], "NameHasOwner")).header.type, 2);
  one.close();
});

it("signals of the broker's reach the connection they are for, and else whoever asked; nothing overtakes an answer about the names", async () => {
  const one = await playWithPortals(OPEN);
  one.broker.gate.setRoutes(SERVES);
  const rule = `sender='${DOCUMENTS}',arg1='two'`;
  assert.equal((await asked(one, { ...BUS, member: "AddMatch", signature: "s" }, [rule], "AddMatch")).header.type, 2);
  const signal = (member: string, destination: string, second: Value): Uint8Array =>
    encodeMessage(
      { type: 4, serial: 3, sender: OWNER, destination, path: "/a", interface: SERVED, member, signature: typeof second === "string" ? "ss" : "su" },
      ["one", second],
    );
  const question = one.app.send({ type: 1, ...BUS, member: "NameHasOwner", signature: "s" }, [DOCUMENTS]);
  const ping = await one.busHears("Ping");
  one.connection.fromPortals(signal("Mine", APP_NAME, 2), false);
  one.connection.fromPortals(signal("Others", ":1.1", 2), false);
  one.connection.fromPortals(signal("Heard", "", "two"), true);
  one.connection.fromPortals(signal("Unheard", "", 2), true);
  await turn();
  assert.equal(one.app.messages.filter(({ header }) => header.type === 4).length, 0);
  one.bus.answer(ping);
  await one.app.reply(question);
  await asked(one, { ...BUS, member: "GetId" }, [], "GetId");
  assert.deepEqual(
    one.app.messages.filter(({ header }) => header.type === 4).map(({ header }) => header.member),
    ["Mine", "Heard"],
  );
  one.close();
});

it("an app that does not take what portals say is cut off before it fills the memory", async () => {
  const one = await playWithPortals({ ...OPEN, limits: { queuedBytes: 3000 } });
  one.broker.gate.setRoutes(SERVES);
  const question = one.app.send({ type: 1, ...BUS, member: "NameHasOwner", signature: "s" }, [DOCUMENTS]);
  await one.busHears("Ping");
  for (let round = 0; round < 3; round++) one.connection.fromPortals(answered(question + 1, ["x".repeat(1500)], "s"), false);
  await waitFor("the end", () => one.app.closed && one.bus.closed);
  assert.deepEqual(one.seen.warnings, ["the app does not read what portals say"]);
  one.connection.fromPortals(answered(1), false);
  one.close();
});

it("without a broker what only it serves is unknown, and when it goes nobody is left waiting", async () => {
  const one = await playWithPortals(OPEN);
  one.broker.there = false;
  for (const more of [{ destination: "org.freedesktop.portal.Flatpak" }, { destination: OWNER }, { interface: "org.freedesktop.portal.DynamicLauncher" }])
    assert.match(String((await asked(one, { ...CALL, ...more })).values[0]), /the broker of tsbox, which serves it, does not run/);
  one.broker.there = true;
  one.broker.gate.brokerCame();
  one.broker.gate.setRoutes(SERVES);
  await asked(one, { ...BUS, member: "AddMatch", signature: "s" }, ["member='NameOwnerChanged'"], "AddMatch");
  const waiting = one.app.send(CALL);
  await waitFor("it at the broker", () => one.broker.sent.length === 1);
  one.broker.gate.lost();
  assert.equal(errorOf(await one.app.reply(waiting)), "NoReply");
  one.broker.gate.brokerCame();
  one.broker.gate.setRoutes(SERVES);
  await asked(one, { ...BUS, member: "GetId" }, [], "GetId");
  assert.deepEqual(
    one.app.messages.filter(({ header }) => header.member === "NameOwnerChanged").map(({ values }) => values),
    [
      [DOCUMENTS, OWNER, ""],
      [DOCUMENTS, "", OWNER],
    ],
  );
  // It goes while a message is handed to it.
  one.broker.there = false;
  assert.equal(errorOf(await one.app.call(CALL)), "NoReply");
  one.close();
});

it("a call to a service of the host's waits for what is found out about it, and goes or is refused", async () => {
  const one = await playWithPortals(OPEN);
  one.broker.gate.setRoutes(routes());
  const host = { ...CALL, interface: "org.freedesktop.portal.Hosts" } as const;
  const because = "it does not know this app";
  one.broker.findings.push({ kind: "absent", owner: "", because: "nobody owns it" }, { kind: "failed", owner: "", because: "no answer" });
  assert.equal(errorOf(await asked(one, host)), "ServiceUnknown");
  assert.equal(errorOf(await asked(one, host)), "AccessDenied");
  assert.equal(errorOf(await asked(one, { ...host, flags: 2 })), "NameHasNoOwner");
  // By now somebody owns it, for whom another connection is asked: first it is taken for a stranger, then, with its next owner, it is known.
  const owned = (from: string, to: string): void =>
    void one.bus.say(
      encodeMessage({ type: 4, serial: 1, sender: BUS.destination, path: BUS.path, interface: BUS.interface, member: "NameOwnerChanged", signature: "sss" }, [
        DESKTOP,
        from,
        to,
      ]),
    );
  owned("", ":1.5");
  await asked(one, { ...BUS, member: "GetId" }, [], "GetId");
  one.broker.findings.push({ kind: "other", owner: ":1.5", because });
  for (const destination of [DESKTOP, ":1.5"])
    assert.equal((await asked(one, { ...host, destination })).values[0], `${because}; no call of this app goes there`);
  owned(":1.5", ":1.6");
  await asked(one, { ...BUS, member: "GetId" }, [], "GetId");
  one.broker.findings.push({ kind: "known", owner: ":1.6", because: "" });
  const known = one.app.send(host);
  one.bus.answer(await one.busHears("Take"), ":1.6");
  assert.equal((await one.app.reply(known)).header.type, 2);
  assert.deepEqual(one.broker.problems, [`${DESKTOP}: no answer`, `${DESKTOP}: ${because}`]);
  one.close();
});
