// Objects that an app names on the accessibility bus: its own alone, in signals and in answers, since readers take what is said of an object for that object's own word.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Value, VariantValue } from "../../../dbus-proxy/wire/reader.ts";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";
import { BUS } from "../live/peer.ts";
import { APP_NAME, type Played, playConnection, policyOf, talk } from "./played.ts";

const REGISTRY = "org.a11y.atspi.Registry";
const POLICY = policyOf({ names: [talk(REGISTRY, "see")], ownReferences: { beside: [REGISTRY] } });
const REGISTRY_OWNER = ":1.2";
const READER = ":1.5";
const OTHER = ":1.9";
const PART = ":1.8";
const ROOT = "/org/a11y/atspi/accessible/root";
const ITEM = "((so)(so)(so)iiassusau)";
const item = (object: string, application: string, parent: string): Value =>
  [[object, "/a/1"], [application, ROOT], [parent, ROOT], 0, 0, [], "OK", 43, "", [0, 0]] as unknown as Value;
const reference = (name: string): Value => [name, "/a/1"];
const variant = (signature: string, value: Value): VariantValue => ({ signature, value });

type Said = readonly [interfaceName: string, member: string, signature: string, values: readonly Value[]];
const CACHE = "org.a11y.atspi.Cache";
const EVENT = "org.a11y.atspi.Event.Object";
const added = (...names: [string, string, string]): Said => [CACHE, "AddAccessible", ITEM, [item(...names)]];
const event = (signature: string, value: Value): Said => [EVENT, "ChildrenChanged", "siiva{sv}", ["add", 0, 0, variant(signature, value), []]];

const OWN: readonly Said[] = [
  added(APP_NAME, APP_NAME, APP_NAME),
  added(APP_NAME, APP_NAME, REGISTRY_OWNER),
  added(APP_NAME, APP_NAME, REGISTRY),
  added(APP_NAME, APP_NAME, ""),
  added(PART, PART, APP_NAME),
  [CACHE, "RemoveAccessible", "(so)", [reference(APP_NAME)]],
  event("(so)", reference(APP_NAME)),
  event("s", "a text of :1.9"),
  ["org.a11y.atspi.Event.Focus", "Focus", "siiv(so)", ["", 0, 0, variant("i", 0), reference(APP_NAME)]],
];
const FOREIGN: readonly Said[] = [
  added(OTHER, APP_NAME, APP_NAME),
  added(APP_NAME, OTHER, APP_NAME),
  added(APP_NAME, APP_NAME, OTHER),
  // Of the registry's own objects nothing is said either, but that they are parents.
  added(REGISTRY_OWNER, APP_NAME, APP_NAME),
  [CACHE, "RemoveAccessible", "(so)", [reference(OTHER)]],
  event("(so)", reference(OTHER)),
  event("(so)", reference(REGISTRY_OWNER)),
  event("a{sv}", [["x", variant("a(so)", [reference(APP_NAME), reference(OTHER)])]] as unknown as Value),
  ["org.a11y.atspi.Event.Focus", "Focus", "siiv(so)", ["", 0, 0, variant("i", 0), reference(OTHER)]],
  ["org.example.Any", "Thing", "av", [[variant("v", variant("(so)", reference("org.example.Other")) as unknown as Value)] as unknown as Value]],
];

async function play(work: (one: Played) => Promise<void>): Promise<void> {
  const one = await playConnection({ policy: POLICY, ownPeers: [PART] });
  const changed = {
    type: 4,
    serial: 1,
    sender: BUS.destination,
    path: BUS.path,
    interface: BUS.interface,
    member: "NameOwnerChanged",
    signature: "sss",
  } as const;
  one.bus.say(encodeMessage(changed, [REGISTRY, "", REGISTRY_OWNER]));
  const id = one.app.send({ type: 1, ...BUS, member: "GetId" });
  one.bus.answer(await one.busHears("GetId"));
  await one.app.reply(id);
  await work(one);
  one.close();
}

const called = (one: Played, serial: number) => waitFor("the call", () => one.app.messages.find(({ header }) => header.type === 1 && header.serial === serial));

it("signals about its own objects go on, and those about another program's do not", () =>
  play(async (one) => {
    for (const said of [...FOREIGN, ...OWN, ...FOREIGN]) {
      const [interfaceName, member, signature, values] = said;
      one.app.send({ type: 4, path: "/a/1", interface: interfaceName, member, signature }, values);
    }
    one.app.send({ type: 4, path: "/a/1", interface: "a.b", member: "Last" });
    await one.busHears("Last");
    assert.deepEqual(
      one.bus.heard.map(({ member }) => member),
      OWN.map(([, member]) => member),
    );
    assert.match(one.seen.reports[0]?.because ?? "", /speaks of an object of `:1\.9`/);
    assert.equal(one.seen.reports.length, 2 * FOREIGN.length);
  }));

it("in an answer too: who asked hears that there is none", () =>
  play(async (one) => {
    const answers: readonly (readonly [boolean, string, Value])[] = [
      [true, `a${ITEM}`, [item(APP_NAME, APP_NAME, REGISTRY_OWNER), item(PART, APP_NAME, APP_NAME)]],
      [false, `a${ITEM}`, [item(APP_NAME, APP_NAME, APP_NAME), item(OTHER, APP_NAME, APP_NAME)]],
      [true, "v", variant("(so)", reference(REGISTRY_OWNER)) as unknown as Value],
      [false, "v", variant("(so)", reference(OTHER)) as unknown as Value],
      [true, "a(so)", [reference(APP_NAME)]],
      [false, "a(so)", [reference(APP_NAME), reference(OTHER)]],
    ];
    for (const [index, [isOwn, signature, value]] of answers.entries()) {
      one.bus.say(encodeMessage({ type: 1, serial: 10 + index, sender: READER, destination: APP_NAME, path: "/a", interface: CACHE, member: "GetItems" }));
      await called(one, 10 + index);
      one.app.send({ type: 2, replySerial: 10 + index, destination: READER, signature }, [value]);
      const heard = await one.busHears("");
      assert.deepEqual([heard.replySerial, heard.destination, heard.errorName], [10 + index, READER, isOwn ? "" : "org.freedesktop.DBus.Error.AccessDenied"]);
    }
    // And one that is too long to be read.
    one.bus.say(encodeMessage({ type: 1, serial: 99, sender: READER, destination: APP_NAME, path: "/a", interface: CACHE, member: "GetItems" }));
    await called(one, 99);
    const long = encodeMessage({ type: 2, serial: 1000, replySerial: 99, destination: READER, signature: "a(so)s" }, [[], "x".repeat(5_000_000)]);
    one.app.write(long.subarray(0, 4096));
    const heard = await one.busHears("");
    assert.deepEqual([heard.replySerial, heard.destination, heard.errorName], [99, READER, "org.freedesktop.DBus.Error.LimitsExceeded"]);
  }));

it("elsewhere an app names what it likes", async () => {
  const one = await playConnection({ policy: policyOf() });
  for (const [interfaceName, member, signature, values] of FOREIGN)
    one.app.send({ type: 4, path: "/a/1", interface: interfaceName, member, signature }, values);
  one.app.send({ type: 4, path: "/a/1", interface: "a.b", member: "Last" });
  await one.busHears("Last");
  assert.equal(one.bus.heard.length, FOREIGN.length);
  one.close();
});
