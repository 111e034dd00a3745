// Many at once: nobody is kept waiting by others, and what an app has on its way is bounded for all of its connections together.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";
import { BUS, echo, errorOf, Peer } from "./peer.ts";
import { type Rig, startRig } from "./rig.ts";
import { openDescriptors } from "../../support/descriptors.ts";

const CALL = { type: 1, path: "/test", interface: "org.test.I", member: "M" } as const;
const NO_REPLY = 1;

/** Sends the same bytes again and again, as much as goes, and counts how often they went. Never waits. */
class Noise {
  sent = 0;
  #at = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(peer: Peer, bytes: Uint8Array, times = Number.POSITIVE_INFINITY) {
    this.#timer = setInterval(() => {
      for (let burst = 0; burst < 200 && this.sent < times; burst++) {
        const count = peer.addon.sendmsg(peer.fd, bytes, this.#at, bytes.length - this.#at, []);
        if (count < 0) return;
        this.#at += count;
        if (this.#at === bytes.length) {
          this.#at = 0;
          this.sent++;
        }
      }
    }, 1);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

describe("a crowd on dbus-daemon", () => {
  let rig: Rig;
  let talk: Peer;
  let quietService: Peer;
  const stops: (() => void)[] = [];
  before(async () => {
    rig = await startRig("dbus-daemon");
    talk = await rig.outside("org.test.Talk");
    quietService = await rig.outside("org.test.Quiet");
    stops.push(echo(talk), echo(quietService));
  });
  after(async () => {
    for (const stop of stops) stop();
    await rig.close();
  });

  it("answers a quiet app while one calls without end, one sends MiBs without end, and one never reads", async () => {
    const path = await rig.proxy("--filter", "--talk=org.test.Talk", "--talk=org.test.Quiet");
    const peers = await Promise.all([Peer.open(path), Peer.open(path), Peer.open(path), Peer.open(path)]);
    const [flooding, stuffing, deaf, quiet] = peers as [Peer, Peer, Peer, Peer];
    const large = encodeMessage({ ...CALL, flags: NO_REPLY, serial: 9, destination: "org.test.Talk", signature: "ay" }, [
      new Array<number>(1024 * 1024).fill(7),
    ]);
    const answered = Array.from({ length: 4000 }, (_, index) => encodeMessage({ ...BUS, type: 1, serial: index + 10, member: "GetId" }));
    deaf.pause(true);
    const noises = [
      new Noise(flooding, encodeMessage({ ...BUS, type: 1, flags: NO_REPLY, serial: 9, member: "GetId" })),
      new Noise(stuffing, large),
      new Noise(deaf, Buffer.concat(answered), 1),
    ];
    try {
      await waitFor("the noise", () => (noises[0]?.sent ?? 0) > 1000 && (noises[1]?.sent ?? 0) > 2);
      const before = noises.map(({ sent }) => sent);
      const wentOn = (): boolean => [0, 1].every((noise) => (noises[noise]?.sent ?? 0) > (before[noise] ?? 0));
      // Fifteen calls may pass between two pieces of noise.
      const until = Date.now() + 20_000;
      for (let round = 0; round < 15 || (!wentOn() && Date.now() < until); round++) {
        const got = await quiet.call({ ...CALL, destination: "org.test.Quiet", signature: "u" }, [round]);
        assert.deepEqual(got.values, [round]);
      }
      assert.ok(wentOn(), "the noise went on meanwhile");
    } finally {
      for (const noise of noises) noise.stop();
      for (const peer of peers) peer.close();
    }
  });

  it("answers LimitsExceeded where an app's connections together have too many descriptors on their way, and is as before once they went", async () => {
    const path = await rig.proxy("--filter", "--talk=org.test.Talk");
    const pid = rig.proxies.at(-1)?.pid as number;
    const open = (): number => openDescriptors(pid);
    const peers = await Promise.all(Array.from({ length: 24 }, () => Peer.open(path)));
    const before = open();
    const file = talk.addon.memfd("many", Buffer.from("x"));
    // Less than the filter holds back for, more than the socket to a bus that stands still takes.
    const filling = encodeMessage({ ...CALL, flags: NO_REPLY, serial: 9, destination: "org.test.Talk", signature: "ay" }, [new Array<number>(15_000).fill(7)]);
    const bytes = encodeMessage({ ...CALL, flags: NO_REPLY, serial: 9, destination: "org.test.Talk", signature: "h", unixFds: 60 }, [0]);
    const fds = new Array<number>(60).fill(file);
    const call = { ...CALL, destination: "org.test.Talk", signature: "h", unixFds: 60 } as const;
    rig.holdBus(true);
    try {
      for (const peer of peers) {
        for (let tries = 0; tries < 15; tries++) peer.write(filling);
        for (let tries = 0; tries < 2; tries++) peer.write(bytes, fds);
      }
      await waitFor("too many", () => open() - before > 900);
      const last = peers.at(-1) as Peer;
      assert.equal(errorOf(await last.call(call, [0], fds)), "LimitsExceeded");
      assert.ok(open() - before <= 1100, `${open() - before} descriptors`);
    } finally {
      rig.holdBus(false);
    }
    await waitFor("the descriptors to go", () => open() <= before);
    const again = await Peer.open(path);
    assert.equal(errorOf(await again.call({ ...call, unixFds: 1 }, [0], [file])), "");
    for (const peer of [...peers, again]) peer.close();
    await waitFor("the end of the connections", () => open() < before);
    talk.addon.close(file);
  });
});
