// What the camera portal needs of a connection: answers with descriptors, and calls that never go to the host's service.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Judging } from "../../../dbus-proxy/connection/outcome.ts";
import { tellDue } from "../../../dbus-proxy/connection/portal-calls.ts";
import { addCall, newState } from "../../../dbus-proxy/connection/state.ts";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";
import { errorOf } from "../live/peer.ts";
import { addon, APP_NAME, bench, policyOf, RawEnd, talk } from "./played.ts";
import { OWNER, playWithPortals, routes } from "./portal-rig.ts";

const CAMERA = "org.freedesktop.portal.Camera";
const DESKTOP = "org.freedesktop.portal.Desktop";
const CALL = { type: 1, path: "/org/freedesktop/portal/desktop", interface: CAMERA, member: "OpenPipeWireRemote", destination: DESKTOP } as const;
const OPEN = { policy: policyOf({ names: [talk("org.freedesktop.portal.*")] }) };
const SERVES = routes({ interfaces: [CAMERA] });

it("an answer's descriptors go with it to the one who waits for it and takes such, and are closed for all others", async () => {
  const given = (): { readonly end: RawEnd; readonly fds: readonly number[] } => {
    const [ours, theirs] = addon.socketpair();
    return { end: new RawEnd(ours), fds: [theirs] };
  };
  const answer = (serial: number, unixFds = 1): Uint8Array =>
    encodeMessage({ type: 2, serial: 5, replySerial: serial, sender: OWNER, destination: APP_NAME, signature: "h", unixFds }, [0]);
  const one = await playWithPortals(OPEN);
  one.broker.gate.setRoutes(SERVES);
  const serial = one.app.send({ ...CALL });
  await waitFor("the call", () => one.broker.sent.length === 1);
  // For a call that nobody waits for, for everyone, and another number than the message says.
  for (const [bytes, forAll] of [
    [answer(serial + 1), false],
    [answer(serial), true],
    [answer(serial, 2), false],
  ] as const) {
    const { end, fds } = given();
    one.connection.fromPortals(bytes, forAll, fds);
    await end.ends();
    end.close();
  }
  const { end, fds } = given();
  one.connection.fromPortals(answer(serial), false, fds);
  assert.deepEqual((await one.app.reply(serial)).values, [0]);
  end.say("through");
  const [got = -1] = one.app.descriptors.splice(0);
  const app = new RawEnd(got);
  await app.hears("through");
  for (const each of [app, end]) each.close();
  one.close();
  const after = given();
  one.connection.fromPortals(answer(9), false, after.fds);
  await after.end.ends();
  after.end.close();
});

it("a connection that agreed to no descriptors gets an error in the place of an answer with one", () => {
  const state = newState(16, () => {});
  addCall(state, 7, { kind: "portal" });
  const said: { readonly bytes: Uint8Array; readonly fds: readonly number[] }[] = [];
  const judging = {
    texts: bench.texts,
    state,
    sayToApp: (bytes: Uint8Array, fds: readonly number[] = []) => void said.push({ bytes, fds }),
  } as unknown as Judging;
  const [ours, theirs] = addon.socketpair();
  const bytes = encodeMessage({ type: 2, serial: 5, replySerial: 7, sender: OWNER, destination: APP_NAME, signature: "h", unixFds: 1 }, [0]);
  tellDue(judging, [{ bytes, forAll: false, fds: [theirs] }], 0, addon);
  assert.deepEqual([said.length, said[0]?.fds], [1, []]);
  assert.match(Buffer.from(said[0]?.bytes ?? []).toString("latin1"), /Error\.NotSupported/);
  assert.equal(addon.recvmsg(ours, new Uint8Array(1), 0, 1, []), 0, "it is closed");
  addon.close(ours);
});

it("what a manifest takes away never goes to the host's service, also while no broker is there; one that comes hears of cameras that are on", async () => {
  const one = await playWithPortals(OPEN);
  const withheld = [{ portal: "Camera", because: "test" }];
  one.broker.buses = [{ name: "session", policy: { ...OPEN.policy, withheld } }];
  one.broker.there = false;
  const reply = one.app.reply(one.app.send({ ...CALL }));
  one.bus.answer(await one.busHears("Ping"));
  assert.match(errorOf(await reply), /ServiceUnknown/);
  // The bus has not heard of it; without the word it does.
  one.broker.buses = [];
  one.app.send({ ...CALL, flags: 1 });
  await one.busHears("OpenPipeWireRemote");
  one.broker.hasCameras = one.broker.there = true;
  one.broker.gate.brokerCame();
  assert.deepEqual(one.broker.reports.at(-1), { type: "portals-wanted", instance: "1", appId: "org.test.App", portals: { some: "thing" }, cameras: true });
  one.close();
});
