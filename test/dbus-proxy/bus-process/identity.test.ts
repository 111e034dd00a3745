// Calls to portal services of the host's wait until it is known whom those take for the caller. The connector is played by this test, which is no app.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ProxyPolicy } from "../../../dbus-proxy/policy/policy.ts";
import { waitFor } from "../../support/process.ts";
import { echo, errorOf, Peer } from "../live/peer.ts";
import { type Broker, type BusRig, startBusRig } from "./bus-rig.ts";

const DESKTOP = "org.freedesktop.portal.Desktop";
const CALL = { type: 1, path: "/org/freedesktop/portal/desktop", interface: "org.freedesktop.portal.Test", member: "Take", destination: DESKTOP } as const;
const NO_AUTO_START = 2;
const NONE = { names: [], calls: [], broadcasts: [], hidden: [] } as const;
const OPEN: ProxyPolicy = { ...NONE, filter: true, sloppyNames: false, names: [{ name: "org.freedesktop.portal.*", level: "talk", because: "test" }] };
const CLOSED: ProxyPolicy = { ...NONE, filter: true, sloppyNames: false };

describe("calls to a portal service of the host's", () => {
  let bus: BusRig;
  let broker: Broker;
  before(async () => {
    bus = await startBusRig(true);
    broker = await bus.broker();
  });
  after(() => bus.close());
  let count = 0;
  const open = async (policy: ProxyPolicy, connects?: () => boolean): Promise<{ app: Peer; name: string }> => {
    const name = `identity-${++count}`;
    const { path } = bus.instance(broker, name, [], { policy, portals: {}, ...(connects === undefined ? {} : { connects }) });
    broker.ask({ type: "portals", instance: name, owner: ":0.1", names: [], interfaces: [], paths: [] });
    return { app: await Peer.open(path), name };
  };
  const textOf = async (answer: Promise<{ readonly values: readonly unknown[] }>): Promise<string> => String((await answer).values[0]);

  it("fail where nobody owns its name, as on the bus, and whoever wants nobody started has nobody asked", async () => {
    const { app } = await open(OPEN);
    assert.equal(errorOf(await app.call(CALL)), "ServiceUnknown");
    assert.match(await textOf(app.call(CALL)), /^nobody owns `org\.freedesktop\.portal\.Desktop`, and the bus starts nobody$/);
    assert.equal(errorOf(await app.call({ ...CALL, flags: NO_AUTO_START })), "NameHasNoOwner");
  });

  it("go nowhere where the bus sees a process without the app's identity behind its connections", async () => {
    const portal = await bus.rig.outside(DESKTOP);
    const stop = echo(portal);
    const { app, name } = await open(OPEN);
    for (const destination of [DESKTOP, portal.name])
      assert.match(await textOf(app.call({ ...CALL, destination })), /^the bus sees a process without an identity behind the connections of this app; no call/);
    app.send({ ...CALL, flags: 1 });
    await app.settle();
    await portal.settle();
    assert.ok(!portal.messages.some(({ header }) => header.interface === CALL.interface));
    await waitFor("the report", () =>
      broker.reports.some((one) => one.type === "verdict" && one.instance === name && one.message === `identity at ${DESKTOP}`),
    );
    // From outside the same call arrives.
    assert.equal((await bus.talk.call(CALL)).header.type, 2);
    stop();
    portal.close();
  });

  it("are refused by the policy without anybody being asked", async () => {
    const portal = await bus.rig.outside(DESKTOP);
    let connections = 0;
    const { app } = await open(CLOSED, () => ++connections > 0);
    assert.equal(errorOf(await app.call(CALL)), "ServiceUnknown");
    assert.equal(connections, 1);
    portal.close();
  });

  it("are refused while nobody can be asked, and the next one asks again", async () => {
    const portal = await bus.rig.outside(DESKTOP);
    let connections = 0;
    const { app } = await open(OPEN, () => ++connections === 1);
    for (let asked = 2; asked < 5; asked++) {
      assert.match(await textOf(app.call(CALL)), /^no connection to the bus to ask `org\.freedesktop\.portal\.Desktop` .*\(111\); no call/);
      assert.equal(connections, asked);
    }
    portal.close();
  });
});
