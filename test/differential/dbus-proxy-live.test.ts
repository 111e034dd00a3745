// Random calls through this proxy and xdg-dbus-proxy on real buses, with real peers behind them: what a client can tell must agree, and nobody hears of it who
// is hidden.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { BUS, echo, Peer, type Received } from "../dbus-proxy/live/peer.ts";
import { BUS_KINDS, type Rig, startRig } from "../dbus-proxy/live/rig.ts";

const CALLS = Number(process.env["TSBOX_DIFFERENTIAL_CALLS"] ?? 400);
const LIMIT = Number(process.env["TSBOX_DIFFERENTIAL_LIMIT"] ?? 120_000);
const OPTIONS = [
  "--filter",
  "--talk=org.test.Talk",
  "--see=org.test.See",
  "--own=org.test.Own",
  "--call=org.test.Rule=org.test.I.*@/test/*",
  "--broadcast=org.test.Rule=org.test.I.Sig@/test/*",
  "--talk=org.test.Sub.*",
];
const OPEN = ["org.test.Talk", "org.test.Sub", "org.test.Sub.A"];
const CLOSED = ["org.test.See", "org.test.Hidden", "org.test.Subway"];
const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const name = oneOf(...OPEN, ...CLOSED, "org.test.Rule", "org.test.Own", "org.test.Absent", "OUTSIDE", ":1.99999");

interface Call {
  readonly to: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly flags: number;
  readonly values: readonly (string | number)[];
}

const plain: fc.Arbitrary<Call> = fc.record({
  to: name,
  path: oneOf("/test", "/test/below", "/tests"),
  interface: oneOf("org.test.I", "org.test.J", "org.freedesktop.DBus.Peer", ""),
  member: oneOf("M", "Other"),
  flags: oneOf(0, 2),
  values: fc.array(oneOf<string | number>("text", "", 7), { maxLength: 3 }),
});
const METHODS = ["ListNames", "NameHasOwner", "GetNameOwner", "GetConnectionUnixUser", "GetConnectionUnixProcessID", "StartServiceByName", "RequestName"];
const more = ["ReleaseName", "ListQueuedOwners", "ListActivatableNames", "BecomeMonitor", "UpdateActivationEnvironment", "NoSuchMethod"];
const method: fc.Arbitrary<Call> = fc.record({
  to: fc.constant(BUS.destination),
  path: fc.constant(BUS.path),
  interface: oneOf(BUS.interface, BUS.interface, BUS.interface, "org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Peer"),
  member: oneOf(...METHODS, ...more),
  flags: oneOf(0, 2),
  values: name.map((one) => [one]),
});

for (const kind of BUS_KINDS) {
  describe(`beside xdg-dbus-proxy on ${kind}`, () => {
    let rig: Rig;
    let open: Peer;
    let closed: Peer;
    let stop: () => void;
    const pair: Peer[] = [];
    before(async () => {
      rig = await startRig(kind);
      open = await rig.outside(...OPEN, "org.test.Rule");
      closed = await rig.outside(...CLOSED);
      stop = echo(open);
      pair.push(await Peer.open(await rig.proxyBy(["xdg-dbus-proxy"], ...OPTIONS)));
      pair.push(await Peer.open(await rig.proxy(...OPTIONS)));
    });
    after(async () => {
      stop();
      for (const peer of pair) peer.close();
      await rig.close();
    });

    /** An answer without unique names, serials and the words of errors. */
    const told = ({ header, values }: Received, peer: Peer): unknown =>
      header.type === 3
        ? header.errorName
        : JSON.parse(
            JSON.stringify(values, (_, value) =>
              Array.isArray(value) ? value.filter((one) => typeof one !== "string" || !one.startsWith(":")).sort() : value,
            ).replaceAll(peer.name, "ME"),
          );
    const ask = async (call: Call, peer: Peer): Promise<unknown> => {
      const values = call.values.map((value) => (value === "OUTSIDE" ? open.name : value));
      if (call.member === "StartServiceByName" || call.member === "RequestName") values.push(4);
      const signature = values.map((value) => (typeof value === "number" ? "u" : "s")).join("");
      const { path, member, flags } = call;
      const destination = call.to === "OUTSIDE" ? open.name : call.to;
      const answer = await peer.call({ path, interface: call.interface, member, flags, destination, signature }, values);
      // The other side is to find the name free.
      if (member === "RequestName" && answer.header.type === 2) await peer.bus("ReleaseName", values[0] as string);
      return told(answer, peer);
    };

    it("answers random calls alike, and no call reaches a name that is not open", { timeout: LIMIT }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(plain, method), async (call) => {
          const [theirs, ours] = [await ask(call, pair[0] as Peer), await ask(call, pair[1] as Peer)];
          assert.deepEqual(ours, theirs);
        }),
        { numRuns: CALLS, endOnFailure: true, includeErrorInReport: true },
      );
      await closed.settle();
      assert.deepEqual(
        closed.messages.filter(({ header }) => header.type === 1),
        [],
      );
    });
  });
}
