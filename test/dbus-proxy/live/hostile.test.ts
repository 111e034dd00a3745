// A hostile client against the filter on real buses: each known way around a filter is tried, and first shown to be real where the bus alone would allow it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { isAlive, waitFor } from "../../support/process.ts";
import { BUS, echo, errorOf, Peer } from "./peer.ts";
import { BUS_KINDS, type Rig, startRig } from "./rig.ts";

const TARGET = { path: "/test", interface: "org.test.I", member: "M" } as const;

for (const kind of BUS_KINDS) {
  describe(`a hostile client on ${kind}`, () => {
    let rig: Rig;
    let talk: Peer;
    let hidden: Peer;
    let stop: () => void;
    before(async () => {
      rig = await startRig(kind);
      talk = await rig.outside("org.test.Talk");
      hidden = await rig.outside("org.test.Hidden");
      stop = echo(talk);
    });
    after(async () => {
      stop();
      await rig.close();
    });
    const inside = (): Promise<Peer> => rig.inside("--talk=org.test.Talk", "--see=org.test.See");
    const heardByHidden = async (marker: string): Promise<number> => {
      await hidden.settle();
      return hidden.messages.filter(({ values }) => values.includes(marker)).length;
    };
    const closed = (peer: Peer): Promise<unknown> => waitFor("the end of the connection", () => peer.closed);

    it("cannot end authentication with anything but BEGIN, nor smuggle messages through it (CVE-2018-6560)", async () => {
      const path = await rig.proxy("--filter", "--talk=org.test.Talk");
      const uid = Buffer.from(String(process.getuid?.())).toString("hex");
      const smuggled = Buffer.concat([
        encodeMessage({ type: 1, serial: 1, ...BUS, member: "Hello" }),
        encodeMessage({ type: 1, flags: 1, serial: 2, ...TARGET, destination: "org.test.Hidden", signature: "s" }, ["smuggled"]),
      ]);
      const beginnings = ["BEGIN xyz", "BEGIN ", "BEGIN\t", "BEGINX", " BEGIN", "begin", "BEGIN\n", "\nBEGIN"].map(
        (begin) => `AUTH EXTERNAL ${uid}\r\n${begin}\r\n`,
      );
      const greetings = [
        `AUTH  EXTERNAL ${uid}`,
        `AUTH\tEXTERNAL ${uid}`,
        ` AUTH EXTERNAL ${uid}`,
        `AUTH EXTERNAL  ${uid}`,
        `auth EXTERNAL ${uid}`,
        "AUTH ANONYMOUS",
      ];
      const otherLines = [`AUTH EXTERNAL ${uid}\nBEGIN\n`, `AUTH EXTERNAL ${uid}\rBEGIN\r`, `AUTH EXTERNAL ${uid}\n\rBEGIN\n\r`];
      for (const begin of [...beginnings, ...greetings.map((line) => `${line}\r\nBEGIN\r\n`), ...otherLines]) {
        const peer = new Peer(path);
        peer.write(`\0${begin}`);
        peer.write(smuggled);
        peer.write("\r\nBEGIN\r\n");
        peer.write(smuggled);
        await closed(peer);
        assert.equal(await heardByHidden("smuggled"), 0, begin);
      }
      const nul = new Peer(path);
      nul.write(`XAUTH EXTERNAL ${uid}\r\n`);
      await closed(nul);
    });

    it("cannot authenticate by a cookie in a file, which who may write there replaces (CVE-2019-12749)", async () => {
      const path = await rig.proxy("--filter");
      const peer = new Peer(path);
      peer.write("\0AUTH DBUS_COOKIE_SHA1 30\r\n");
      await waitFor("the answer", () => peer.text.includes("\r\n"));
      assert.equal(peer.text, "REJECTED EXTERNAL\r\n");
      peer.close();
    });

    it("is authenticated in one write with everything behind it, as some libraries do", async () => {
      const path = await rig.proxy("--filter");
      const peer = new Peer(path);
      peer.write(
        `\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n${Buffer.from(encodeMessage({ type: 1, serial: 1, ...BUS, member: "Hello" })).toString("latin1")}`,
      );
      await waitFor("OK, AGREE and the answer to Hello", () => /^DATA\r\nOK [0-9a-f]{32}\r\nAGREE_UNIX_FD\r\nl[\s\S]*:\d+\.\d+/.test(peer.text));
      peer.close();
    });

    it("cannot eavesdrop, however the match rule is written (CVE-2026-34080)", async () => {
      const app = await inside();
      for (const rule of [
        "eavesdrop=true",
        "eavesdrop='true'",
        "eavesdrop ='true'",
        "eavesdrop\t='true'",
        "eavesdrop\r='true'",
        "eavesdrop\n=true",
        "type='method_call', eavesdrop = true",
        "interface='org.test.I',eavesdrop='t'rue",
      ]) {
        const reply = await app.bus("AddMatch", rule);
        assert.equal(reply.header.type, 3, rule);
      }
      const monitor = { ...BUS, interface: "org.freedesktop.DBus.Monitoring", member: "BecomeMonitor", signature: "asu" };
      assert.equal((await app.call(monitor, [[], 0])).header.type, 3);
      assert.equal((await app.bus("AddMatch", "arg0='eavesdrop=true'")).header.type, 2);
      assert.equal((await app.bus("AddMatch", "type='method_call'")).header.type, 2);
      const other = await rig.outside();
      await other.call({ ...TARGET, destination: "org.test.Talk", signature: "s" }, ["private"]);
      await app.settle();
      assert.ok(!app.messages.some(({ values }) => values.includes("private")));
    });

    it("cannot remove match rules that it did not add", async () => {
      const app = await inside();
      const ours = "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.test.See'";
      assert.equal(errorOf(await app.bus("RemoveMatch", ours)), "MatchRuleNotFound");
      assert.equal((await app.bus("AddMatch", "member='X'")).header.type, 2);
      assert.equal((await app.bus("RemoveMatch", "member=X")).header.type, 2);
      assert.equal(errorOf(await app.bus("RemoveMatch", "member=X")), "MatchRuleNotFound");
    });

    it("cannot smuggle a call or a signal as an answer to a call that it made to itself (CVE-2026-94422)", async () => {
      const app = await inside();
      for (const type of [1, 2, 3, 4] as const) {
        const serial = app.send({ type: 1, ...TARGET, destination: app.name });
        await waitFor("the call to itself", () => app.messages.some(({ header }) => header.type === 1 && header.serial === serial));
        app.send({ type, ...(type === 3 ? { errorName: "org.test.E" } : TARGET), replySerial: serial, destination: "org.test.Hidden", signature: "s" }, [
          `reply ${type}`,
        ]);
        app.send({ type, ...(type === 3 ? { errorName: "org.test.E" } : TARGET), replySerial: serial, destination: hidden.name, signature: "s" }, [
          `reply ${type}`,
        ]);
        await app.settle();
        assert.equal(await heardByHidden(`reply ${type}`), 0, String(type));
      }
    });

    it("cannot answer another peer's call, nor the same call twice", async () => {
      const app = await inside();
      const caller = await rig.outside();
      // The name is learnt from a signal that the app sends to everyone.
      const serial = caller.send({ type: 1, ...TARGET, destination: app.name });
      await waitFor("the call", () => app.messages.some(({ header }) => header.sender === caller.name));
      app.send({ type: 2, replySerial: serial, destination: hidden.name, signature: "s" }, ["forged"]);
      app.send({ type: 2, replySerial: serial + 1, destination: caller.name, signature: "s" }, ["forged"]);
      app.send({ type: 2, replySerial: serial, destination: caller.name, signature: "s" }, ["right"]);
      app.send({ type: 2, replySerial: serial, destination: caller.name, signature: "s" }, ["again"]);
      await app.settle();
      await caller.settle();
      assert.deepEqual(
        caller.messages.filter(({ header }) => header.sender === app.name).map(({ values }) => values[0]),
        ["right"],
      );
      assert.equal(await heardByHidden("forged"), 0);
    });

    it("can answer two callers that used the same serial", async () => {
      const app = await inside();
      const [a, b] = [await rig.outside(), await rig.outside()];
      for (const peer of [a, b]) peer.send({ type: 1, serial: 77, ...TARGET, destination: app.name });
      await waitFor("both calls", () => app.messages.filter(({ header }) => header.serial === 77 && header.type === 1).length === 2);
      for (const peer of [a, b]) app.send({ type: 2, replySerial: 77, destination: peer.name, signature: "s" }, [peer.name]);
      assert.deepEqual((await a.reply(77)).values, [a.name]);
      assert.deepEqual((await b.reply(77)).values, [b.name]);
    });

    it("loses its connection when it uses a serial that still waits, so one answer never passes for another", async () => {
      const first = await inside();
      first.send({ type: 1, serial: 500, ...BUS, member: "ListNames" });
      first.send({ type: 1, serial: 500, ...BUS, member: "GetId" });
      await closed(first);
      assert.ok(!first.messages.some(({ values }) => JSON.stringify(values).includes("Hidden")));
      const second = await inside();
      second.send({ type: 1, serial: 501, ...TARGET, destination: second.name });
      second.send({ type: 1, serial: 501, ...BUS, member: "Hello" });
      await closed(second);
    });

    it("learns nothing from a second Hello, and ten thousand of them do no harm", async () => {
      const app = await inside();
      for (let round = 0; round < 10_000; round++) app.send({ type: 1, flags: 1, ...BUS, member: "Hello" });
      const again = await app.bus("Hello").catch(() => undefined);
      if (again !== undefined) assert.equal(again.header.type, 3);
      assert.ok(isAlive(rig.proxies.at(-1)?.pid as number));
      const fresh = await inside();
      assert.equal((await fresh.call({ type: 1, ...TARGET, destination: "org.test.Talk" })).header.type, 2);
    });

    it("must greet first", async () => {
      const path = await rig.proxy("--filter", "--talk=org.test.Talk");
      const peer = new Peer(path);
      await peer.authenticate();
      peer.send({ type: 1, ...TARGET, destination: "org.test.Talk", signature: "s" }, ["before Hello"]);
      await closed(peer);
      await talk.settle();
      assert.ok(!talk.messages.some(({ values }) => values.includes("before Hello")));
    });

    it("cannot use the serials that are the filter's own", async () => {
      const app = await inside();
      assert.equal((await app.call({ serial: 0xffff_0000 - 1, ...BUS, member: "GetId" })).header.type, 2);
      app.send({ type: 1, serial: 0xffff_0000, ...BUS, member: "GetId" });
      await closed(app);
    });

    it("is cut off for malformed messages, and nothing of them reaches the bus", async () => {
      const good = encodeMessage({ type: 1, flags: 1, serial: 9, ...TARGET, destination: "org.test.Talk", signature: "s" }, ["malformed"]);
      const spoil = (change: (bytes: Uint8Array) => void): Uint8Array => {
        const bytes = good.slice();
        change(bytes);
        return bytes;
      };
      const bad = [
        spoil((bytes) => bytes.fill(120, 0, 0 + 1)),
        spoil((bytes) => bytes.fill(0, 1, 1 + 1)),
        spoil((bytes) => bytes.fill(2, 3, 3 + 1)),
        spoil((bytes) => bytes.fill(0, 8, 12)),
        spoil((bytes) => bytes.fill(255, 12, 16)),
        spoil((bytes) => bytes.fill(1, bytes.length - 1, bytes.length - 1 + 1)),
        spoil((bytes) => bytes.fill(0, bytes.length - 2, bytes.length - 2 + 1)),
        spoil((bytes) => bytes.fill(10, 16, 16 + 1)),
      ];
      for (const bytes of bad) {
        const app = await inside();
        app.write(bytes);
        await closed(app);
      }
      await talk.settle();
      assert.ok(!talk.messages.some(({ values }) => values.includes("malformed")));
    });

    it("hears LimitsExceeded instead of holding too many rules or names, and goes on", async () => {
      const app = await rig.inside("--own=org.test.Many.*");
      let refused = "";
      for (let round = 0; round < 4200 && refused === ""; round++) {
        app.send({ type: 1, flags: 1, ...BUS, member: "AddMatch", signature: "s" }, [`arg0='${round}'`]);
        if (round >= 4090) refused = errorOf(await app.bus("AddMatch", `arg1='${round}'`));
      }
      assert.equal(refused, "LimitsExceeded");
      for (let round = 0; round < 256; round++) app.send({ type: 1, flags: 1, ...BUS, member: "RequestName", signature: "su" }, [`org.test.Many.N${round}`, 4]);
      assert.equal(errorOf(await app.bus("RequestName", "org.test.Many.Last", 4)), "LimitsExceeded");
      await app.settle();
    });

    it("hears LimitsExceeded for too many unanswered calls and too many descriptors", async () => {
      const app = await rig.inside("--talk=org.test.Hidden");
      let last = 0;
      for (let round = 0; round < 4096; round++) last = app.send({ type: 1, ...TARGET, destination: "org.test.Hidden" });
      const refused = await app.call({ type: 1, ...TARGET, destination: "org.test.Hidden" });
      assert.equal(errorOf(refused), "LimitsExceeded");
      assert.ok(last > 0);
      const other = await rig.inside("--talk=org.test.Talk");
      const file = other.addon.memfd("many", Buffer.from("x"));
      const many = await other.call({ type: 1, ...TARGET, destination: "org.test.Talk", signature: "h", unixFds: 65 }, [0], new Array<number>(65).fill(file));
      assert.equal(errorOf(many), "LimitsExceeded");
      await other.settle();
    });

    it("that never reads makes the filter hold back, not grow", async () => {
      const app = await rig.inside("--talk=org.test.Talk");
      const pid = rig.proxies.at(-1)?.pid as number;
      await app.bus("AddMatch", "type='signal'");
      const size = (): number => Number(/Rss:\s+(\d+)/.exec(readRollup(pid))?.[1]);
      const before = size();
      app.pause(true);
      const sender = await rig.outside();
      const body = ["x".repeat(60_000)];
      for (let round = 0; round < 300; round++) talk.send({ type: 4, path: "/test", interface: "org.test.I", member: "Flood", signature: "s" }, body);
      await sender.settle();
      await sleep(200);
      assert.ok(size() - before < 12_000, `${before} to ${size()} KiB`);
      app.pause(false);
    });
  });
}

function readRollup(pid: number): string {
  return readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
}
