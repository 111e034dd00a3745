// The door to portals by itself: a broker that is slow, that leaves, that knows nothing of calls of before; and owners of the portal's name that change while somebody asks.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { PortalIdentity } from "../../../dbus-proxy/bus-process/portal-identity.ts";
import type { Finding } from "../../../dbus-proxy/bus-process/identity.ts";
import { makeBroker, OWNER, routes } from "./portal-rig.ts";

const CLIENT = ":1.7";

test("a broker that does not say in ten seconds who serves what is none, until another one comes", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { gate, reports, ...broker } = makeBroker();
    gate.brokerCame();
    gate.lost();
    assert.deepEqual(reports, []);
    gate.want();
    gate.want();
    assert.deepEqual([gate.routes, reports.length], ["unknown", 1]);
    mock.timers.tick(9999);
    assert.equal(gate.routes, "unknown");
    mock.timers.tick(1);
    assert.equal(gate.routes, "absent");
    gate.want();
    gate.brokerCame();
    assert.deepEqual([gate.routes, reports.length, broker.routed], ["unknown", 2, 0]);
    gate.setRoutes(routes({ interfaces: null }));
    mock.timers.tick(9999);
    gate.setRoutes(routes({ names: ["org.freedesktop.portal.Documents"] }));
    mock.timers.tick(20_000);
    assert.equal(typeof gate.routes, "object");
  } finally {
    mock.timers.reset();
  }
});

test("a broker is given so much at once, and who waits goes on when it has dealt with enough", () => {
  const broker = makeBroker();
  const { gate } = broker;
  gate.setRoutes(routes());
  const large = new Uint8Array(1024 * 1024);
  gate.send(CLIENT, large, []);
  assert.ok(!gate.full);
  gate.send(CLIENT, large, []);
  assert.ok(gate.full);
  const before = broker.routed;
  gate.heard({ instance: "1", client: "" });
  gate.heard({ instance: "1", client: "", taken: 0 });
  assert.deepEqual([gate.full, broker.routed], [true, before]);
  gate.heard({ instance: "1", client: "", taken: 10 });
  assert.deepEqual([gate.full, broker.routed], [false, before + 1]);
  gate.heard({ instance: "1", client: "", taken: 10 });
  assert.equal(broker.routed, before + 1);
  // However small they are, their number is bounded too.
  for (let count = 0; count < 2048; count++) gate.send(CLIENT, new Uint8Array(1), []);
  assert.ok(gate.full);
});

test("a broker hears of calls that another process left waiting, once it says whom it serves", () => {
  const broker = makeBroker();
  broker.gate.stillWaiting(CLIENT, [3, 4]);
  broker.gate.setRoutes(routes({ interfaces: null }));
  const calls = (): unknown[] => broker.reports.filter(({ type }) => type === "portal-calls");
  assert.deepEqual(calls(), []);
  broker.gate.setRoutes(routes());
  broker.gate.setRoutes(routes());
  assert.deepEqual(calls(), [{ type: "portal-calls", instance: "1", client: CLIENT, serials: [3, 4] }]);
});

test("nobody is told of a client that left where no broker knows it", () => {
  const broker = makeBroker();
  broker.gate.clientGone(CLIENT);
  assert.deepEqual(broker.reports, []);
  broker.gate.setRoutes(routes({ owner: OWNER }));
  broker.gate.clientGone(CLIENT);
  assert.equal(broker.reports.length, 1);
});

const NAME = "org.freedesktop.portal.Desktop";
const finding = (owner: string, kind: Finding["kind"] = "known"): Finding => ({ kind, owner, because: "because" });

/** Questions that the test answers. */
function asking(): { readonly identity: PortalIdentity; readonly answer: (finding: Finding) => Promise<void>; asked: number; told: string[]; found: number } {
  let resolve: ((finding: Finding) => void) | undefined;
  const all = { asked: 0, told: [] as string[], found: 0 };
  const identity = new PortalIdentity({
    find: () => {
      all.asked++;
      return new Promise((done) => (resolve = done));
    },
    tell: (_, because) => void all.told.push(because),
    found: () => void all.found++,
  });
  const answer = async (one: Finding): Promise<void> => {
    resolve?.(one);
    await new Promise((done) => setImmediate(done));
  };
  return Object.assign(all, { identity, answer });
}

test("who is asked while its name changes hands is asked again, by whoever comes next", async () => {
  const { identity, answer, ...counts } = asking();
  assert.ok(identity.mustWait(NAME, ":1.5"));
  assert.ok(identity.mustWait(NAME, ":1.5"));
  assert.match(identity.problemOf(NAME)?.because ?? "", /not known yet/);
  identity.ownerSeen(NAME, ":1.6");
  await answer(finding(":1.5"));
  assert.match(identity.problemOf(NAME)?.because ?? "", /not known yet/);
  assert.ok(identity.mustWait(NAME, ":1.6"));
  identity.ownerSeen(NAME, ":1.6");
  await answer(finding(":1.6"));
  assert.deepEqual([identity.mustWait(NAME, ":1.6"), identity.problemOf(NAME), counts.told], [false, undefined, []]);
});

test("a connection that knows another owner than was asked has it asked once more, and then waits for its own news", async () => {
  const all = asking();
  const { identity, answer } = all;
  identity.mustWait(NAME, undefined);
  await answer(finding(":1.6"));
  assert.ok(!identity.mustWait(NAME, undefined), "no owner was heard of");
  assert.ok(identity.mustWait(NAME, ":1.5"));
  assert.equal(all.asked, 2);
  await answer(finding(":1.6", "other"));
  assert.ok(identity.mustWait(NAME, ":1.5"));
  assert.equal(all.asked, 2);
  assert.deepEqual([identity.mustWait(NAME, ":1.6"), identity.problemOf(NAME)?.because, all.told], [false, "because", ["because"]]);
  // What is no news changes nothing.
  identity.ownerSeen(NAME, ":1.6");
  assert.ok(!identity.mustWait(NAME, ":1.6"));
  identity.ownerSeen(NAME, ":1.7");
  assert.ok(identity.mustWait(NAME, ":1.7"));
});
