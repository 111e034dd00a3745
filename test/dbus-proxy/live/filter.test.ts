// The filter between real buses and a client that may send anything: what the policy grants works, the rest does not, and nothing leaks either way.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readFileSync } from "node:fs";
import { BUS, echo, errorOf, type Peer } from "./peer.ts";
import { BUS_KINDS, type Rig, startRig } from "./rig.ts";
import { openDescriptors } from "../../support/descriptors.ts";

const TARGET = { type: 1, path: "/test", interface: "org.test.I", member: "M" } as const;

for (const kind of BUS_KINDS) {
  describe(`the filter on ${kind}`, () => {
    let rig: Rig;
    let talk: Peer;
    let see: Peer;
    let hidden: Peer;
    let rule: Peer;
    const stop: (() => void)[] = [];
    before(async () => {
      rig = await startRig(kind);
      talk = await rig.outside("org.test.Talk", "org.test.Sub.Deep");
      see = await rig.outside("org.test.See");
      hidden = await rig.outside("org.test.Hidden");
      rule = await rig.outside("org.test.Rule");
      stop.push(...[talk, see, hidden, rule].map(echo));
    });
    after(async () => {
      for (const one of stop) one();
      await rig.close();
    });
    const options = [
      "--talk=org.test.Talk",
      "--see=org.test.See",
      "--talk=org.test.Sub.*",
      "--call=org.test.Rule=org.test.I.M@/test",
      "--broadcast=org.test.Rule=org.test.I.*@/test",
      "--own=org.test.Own.*",
    ];
    const inside = (): Promise<Peer> => rig.inside(...options);

    it("passes calls to names with talk, below a subtree, and calls that a rule allows", async () => {
      const app = await inside();
      for (const destination of ["org.test.Talk", "org.test.Sub.Deep", "org.test.Rule"]) {
        const reply = await app.call({ ...TARGET, destination, signature: "s" }, ["hello"]);
        assert.deepEqual([reply.header.type, reply.values], [2, ["hello"]], destination);
      }
      assert.deepEqual((await app.call({ ...TARGET, destination: talk.name, signature: "s" }, ["by its unique name"])).values, ["by its unique name"]);
    });

    it("refuses calls to others with the bus' own errors, and the refused peer hears nothing", async () => {
      const app = await inside();
      // First the proof that the bus itself would have delivered it.
      const free = await rig.outside();
      assert.equal((await free.call({ ...TARGET, destination: "org.test.Hidden" })).header.type, 2);
      const heard = hidden.messages.length;
      const denied = await app.call({ ...TARGET, destination: "org.test.See" });
      assert.equal(errorOf(denied), "AccessDenied");
      assert.match(denied.values[0] as string, /`org\.test\.See=talk`/);
      assert.deepEqual([denied.header.sender, denied.header.destination], ["org.freedesktop.DBus", app.name]);
      const cases: [string, string][] = [
        ["org.test.Hidden", "ServiceUnknown"],
        ["org.test.Absent", "ServiceUnknown"],
        [hidden.name, "NameHasNoOwner"],
      ];
      for (const [destination, error] of cases) assert.equal(errorOf(await app.call({ ...TARGET, destination })), error, destination);
      assert.equal(errorOf(await app.call({ ...TARGET, destination: "org.test.Rule", member: "Other" })), "AccessDenied");
      assert.equal(errorOf(await app.call({ ...TARGET, destination: "org.test.Rule", path: "/other" })), "AccessDenied");
      app.send({ ...TARGET, type: 4, destination: "org.test.Hidden" });
      app.send({ ...TARGET, flags: 1, destination: "org.test.Hidden" });
      await app.settle();
      await hidden.settle();
      assert.deepEqual(
        hidden.messages.slice(heard).filter(({ header }) => header.sender === app.name),
        [],
      );
      assert.deepEqual(
        see.messages.filter(({ header }) => header.sender === app.name),
        [],
      );
    });

    it("gives the same answer for a hidden name as for one that is not there", async () => {
      const app = await inside();
      const [there, absent] = [await app.call({ ...TARGET, destination: "org.test.Hidden" }), await app.call({ ...TARGET, destination: "org.test.Absent" })];
      assert.equal(String(there.values[0]).replaceAll("Hidden", "X"), String(absent.values[0]).replaceAll("Absent", "X"));
    });

    it("lists and answers for visible names alone", async () => {
      const app = await inside();
      const names = (await app.bus("ListNames")).values[0] as string[];
      assert.deepEqual(names.filter((name) => !name.startsWith(":")).sort(), [
        "org.freedesktop.DBus",
        "org.test.Rule",
        "org.test.See",
        "org.test.Sub.Deep",
        "org.test.Talk",
      ]);
      assert.ok(!names.includes(hidden.name) && names.includes(app.name) && names.includes(talk.name));
      assert.deepEqual((await app.bus("NameHasOwner", "org.test.Hidden")).values, [false]);
      assert.deepEqual((await app.bus("NameHasOwner", "org.test.See")).values, [true]);
      assert.equal(errorOf(await app.bus("GetNameOwner", "org.test.Hidden")), "NameHasNoOwner");
      assert.deepEqual((await app.bus("GetNameOwner", "org.test.See")).values, [see.name]);
      assert.equal(errorOf(await app.bus("GetConnectionUnixProcessID", hidden.name)), "ServiceUnknown");
      assert.equal((await app.bus("GetConnectionUnixProcessID", talk.name)).header.type, 2);
      assert.equal(errorOf(await app.bus("StartServiceByName", "org.test.See", 0)), "AccessDenied");
    });

    it("tells changes of visible names only to an app that asked, and never of hidden ones", async () => {
      const app = await inside();
      const silent = await inside();
      await app.bus("AddMatch", "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'");
      const passing = await rig.outside("org.test.Sub.New", "org.test.HiddenNew");
      await passing.bus("ReleaseName", "org.test.Sub.New");
      await app.settle();
      await silent.settle();
      const changes = (peer: Peer): unknown[] => peer.messages.filter(({ header }) => header.member === "NameOwnerChanged").map(({ values }) => values);
      assert.deepEqual(changes(app), [
        ["org.test.Sub.New", "", passing.name],
        ["org.test.Sub.New", passing.name, ""],
      ]);
      assert.deepEqual(changes(silent), []);
    });

    it("knows the owner of a name that appeared after Hello, by its unique name", async () => {
      const app = await inside();
      const late = await rig.outside("org.test.Sub.Late");
      const end = echo(late);
      await app.settle();
      assert.deepEqual((await app.call({ ...TARGET, destination: late.name, signature: "s" }, ["late"])).values, ["late"]);
      end();
    });

    it("lets the app own names below its subtree and no other", async () => {
      const app = await inside();
      assert.deepEqual((await app.bus("RequestName", "org.test.Own.Mine", 4)).values, [1]);
      assert.equal(errorOf(await app.bus("RequestName", "org.test.Talk", 4)), "AccessDenied");
      assert.equal(errorOf(await app.bus("RequestName", "org.test.Other", 4)), "ServiceUnknown");
      const caller = await rig.outside();
      const serial = caller.send({ ...TARGET, destination: "org.test.Own.Mine", signature: "s" }, ["to the app"]);
      const end = echo(app);
      assert.deepEqual((await caller.reply(serial)).values, ["to the app"]);
      end();
      assert.deepEqual((await app.bus("ReleaseName", "org.test.Own.Mine")).values, [1]);
    });

    it("delivers signals that the policy allows and drops the others (GHSA-r7hp-698j-2h6c)", async () => {
      const app = await inside();
      await app.bus("AddMatch", "type='signal'");
      const signal = { type: 4, path: "/test", interface: "org.test.I", member: "S" } as const;
      for (const peer of [talk, see, hidden]) peer.send({ ...signal, signature: "s" }, [peer.name]);
      rule.send({ ...signal, signature: "s" }, [rule.name]);
      rule.send({ ...signal, path: "/elsewhere", signature: "s" }, ["wrong path"]);
      rule.send({ ...signal, interface: "org.test.J", signature: "s" }, ["wrong interface"]);
      hidden.send({ ...signal, destination: app.name, signature: "s" }, ["addressed"]);
      for (const peer of [talk, see, hidden, rule]) await peer.settle();
      await app.settle();
      const heard = app.messages.filter(({ header }) => header.member === "S").map(({ values }) => values[0]);
      assert.deepEqual(heard.sort(), [talk.name, rule.name, "addressed"].sort());
    });

    it("makes a peer that wrote to the app visible, not callable", async () => {
      const app = await inside();
      assert.equal(errorOf(await app.bus("GetConnectionUnixUser", hidden.name)), "ServiceUnknown");
      hidden.send({ ...TARGET, type: 4, destination: app.name });
      await hidden.settle();
      await app.settle();
      assert.equal((await app.bus("GetConnectionUnixUser", hidden.name)).header.type, 2);
      assert.equal(errorOf(await app.call({ ...TARGET, destination: hidden.name })), "AccessDenied");
    });

    it("passes descriptors both ways with their own messages and leaks none", async () => {
      const app = await inside();
      const pid = rig.proxies.at(-1)?.pid as number;
      const open = (): number => openDescriptors(pid);
      const before = open();
      const file = (text: string): number => app.addon.memfd("t", Buffer.from(text));
      const mine = [file("one"), file("two")];
      const seen = talk.descriptors.length;
      app.send({ ...TARGET, destination: "org.test.Talk", signature: "hh", unixFds: 2 }, [0, 1], mine);
      app.send({ ...TARGET, flags: 1, destination: "org.test.Hidden", signature: "h", unixFds: 1 }, [0], [mine[0] as number]);
      await app.settle();
      await talk.settle();
      assert.deepEqual(
        talk.descriptors.slice(seen).map((fd) => readFileSync(fd, "utf8")),
        ["one", "two"],
      );
      // Copies share one file offset, so what is read once needs another file.
      talk.send({ ...TARGET, type: 4, destination: app.name, signature: "h", unixFds: 1 }, [0], [file("three")]);
      await talk.settle();
      await app.settle();
      assert.deepEqual(
        app.descriptors.map((fd) => readFileSync(fd, "utf8")),
        ["three"],
      );
      for (let round = 0; round < 200; round++)
        app.send({ ...TARGET, flags: 1, destination: "org.test.Hidden", signature: "h", unixFds: 1 }, [0], [mine[0] as number]);
      await app.settle();
      assert.equal(open(), before);
    });

    it("never lets descriptors of an unmarked message slip into a later one", async () => {
      const app = await inside();
      const file = app.addon.memfd("smear", Buffer.from("smear"));
      const seen = talk.descriptors.length;
      app.send({ ...TARGET, destination: "org.test.Talk" }, [], [file]);
      await app.settle();
      await talk.settle();
      assert.equal(talk.descriptors.length, seen);
      app.send({ ...TARGET, destination: "org.test.Talk", signature: "h", unixFds: 1 }, [0], []);
      await assert.rejects(app.settle());
      assert.equal(talk.descriptors.length, seen);
    });

    it("keeps the order of answers, made-up ones included", async () => {
      const app = await inside();
      const serials: number[] = [];
      for (let round = 0; round < 50; round++) {
        serials.push(app.send({ type: 1, ...BUS, member: "GetId" }));
        serials.push(app.send({ ...TARGET, destination: "org.test.Hidden" }));
        serials.push(app.send({ type: 1, ...BUS, member: "NameHasOwner", signature: "s" }, ["org.test.Hidden"]));
      }
      await app.reply(serials.at(-1) as number);
      assert.deepEqual(
        app.messages.filter(({ header }) => header.replySerial > 1).map(({ header }) => header.replySerial),
        serials,
      );
    });

    it("sends long messages in pieces unchanged, in both directions", async () => {
      const app = await inside();
      const long = "x".repeat(3_000_000);
      assert.equal((await app.call({ ...TARGET, destination: "org.test.Talk", signature: "s" }, [long])).values[0], long);
      const refused = await app.call({ ...TARGET, destination: "org.test.Hidden", signature: "s" }, [long]);
      assert.equal(errorOf(refused), "ServiceUnknown");
      assert.equal((await app.call({ ...TARGET, destination: "org.test.Talk", signature: "s" }, ["after"])).values[0], "after");
    });

    it("takes messages of the other byte order", async () => {
      const app = await inside();
      assert.deepEqual((await app.call({ ...TARGET, littleEndian: false, destination: "org.test.Talk", signature: "s" }, ["big"])).values, ["big"]);
      assert.equal(errorOf(await app.call({ ...TARGET, littleEndian: false, destination: "org.test.Hidden" })), "ServiceUnknown");
      assert.equal((await app.call({ ...BUS, littleEndian: false, member: "AddMatch", signature: "s" }, ["type=signal"])).header.type, 2);
    });
  });
}
