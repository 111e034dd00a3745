// The same calls through this proxy and through xdg-dbus-proxy, where a well-behaved client could tell: type, error name and values must agree.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BUS, echo, Peer, type Received } from "./peer.ts";
import { BUS_KINDS, type Rig, startRig } from "./rig.ts";

const TARGET = { path: "/test", interface: "org.test.I", member: "M" } as const;
const OPTIONS = [
  "--filter",
  "--talk=org.test.Talk",
  "--see=org.test.See",
  "--own=org.test.Own",
  "--call=org.test.Rule=org.test.I.*@/test/*",
  "--talk=org.test.Sub.*",
];
const NAMES = ["org.test.Talk", "org.test.See", "org.test.Hidden", "org.test.Rule", "org.test.Sub", "org.test.Sub.A", "org.test.Subway", "org.test.Absent"];

for (const kind of BUS_KINDS) {
  describe(`beside xdg-dbus-proxy on ${kind}`, () => {
    let ours: Rig;
    let outside: Peer;
    let stop: () => void;
    const pair: Peer[] = [];
    before(async () => {
      ours = await startRig(kind);
      outside = await ours.outside(...NAMES.filter((name) => name !== "org.test.Absent"));
      stop = echo(outside);
      pair.push(await Peer.open(await ours.proxy(...OPTIONS)));
      pair.push(await Peer.open(await ours.proxyBy(["xdg-dbus-proxy"], ...OPTIONS)));
    });
    after(async () => {
      stop();
      for (const peer of pair) peer.close();
      await ours.close();
    });

    /** What a client can tell, without unique names, serials and the words of errors. */
    const told = ({ header, values }: Received, peer: Peer): unknown => {
      if (header.type === 3) return header.errorName;
      return JSON.parse(
        JSON.stringify(values, (_, value) =>
          Array.isArray(value) ? value.filter((one) => typeof one !== "string" || !one.startsWith(":")).sort() : value,
        ).replaceAll(peer.name, "ME"),
      );
    };
    const both = async (ask: (peer: Peer) => Promise<Received>): Promise<void> => {
      const [here, there] = [await ask(pair[0] as Peer), await ask(pair[1] as Peer)];
      assert.deepEqual(told(here, pair[0] as Peer), told(there, pair[1] as Peer));
    };

    it("answers calls to names alike", async () => {
      for (const destination of NAMES)
        for (const path of ["/test", "/test/below", "/tests"])
          for (const interfaceName of ["org.test.I", "org.test.J"])
            await both((peer) => peer.call({ ...TARGET, path, interface: interfaceName, destination, signature: "s" }, ["x"]));
    });

    it("answers calls to unique names and with NO_AUTO_START alike", async () => {
      await both((peer) => peer.call({ ...TARGET, destination: outside.name }));
      await both((peer) => peer.call({ ...TARGET, destination: ":1.9999" }));
      for (const destination of ["org.test.Hidden", "org.test.See"]) await both((peer) => peer.call({ ...TARGET, flags: 2, destination }));
    });

    it("answers the bus' own methods alike", async () => {
      await both((peer) => peer.bus("ListNames"));
      for (const member of ["NameHasOwner", "GetNameOwner", "GetConnectionUnixProcessID", "GetConnectionUnixUser", "ListQueuedOwners", "ReleaseName"])
        for (const name of [...NAMES, "org.test.Own", "org.freedesktop.DBus"]) {
          // The pid of a name's owner is the owner's for both, that of the bus is the bus'.
          await both((peer) => peer.bus(member, name));
        }
      for (const name of NAMES.slice(0, 3)) await both((peer) => peer.bus("StartServiceByName", name, 0));
      for (const name of ["org.test.Talk", "org.test.Hidden"]) await both((peer) => peer.bus("RequestName", name, 4));
      for (const rule of ["type='signal'", "eavesdrop=true"]) await both((peer) => peer.bus("AddMatch", rule));
      for (const interfaceName of ["org.freedesktop.DBus.Peer", "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.Monitoring"])
        await both((peer) => peer.call({ ...BUS, interface: interfaceName, member: "Ping" }));
    });
  });
}
