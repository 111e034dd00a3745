// Rules about arguments, and about objects that an answer granted, between real buses and a client that may send anything.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Value, VariantValue } from "../../../dbus-proxy/wire/reader.ts";
import { echo, errorOf, Peer, type Received } from "./peer.ts";
import { BUS_KINDS, type Rig, startRig } from "./rig.ts";

const CALL = { type: 1, path: "/test", interface: "org.test.I", member: "M", destination: "org.test.Rule" } as const;
const variant = (signature: string, value: VariantValue["value"]): VariantValue => ({ signature, value });

for (const kind of BUS_KINDS) {
  describe(`rules about arguments on ${kind}`, () => {
    let rig: Rig;
    let service: Peer;
    let app: Peer;
    let end: () => void;
    before(async () => {
      rig = await startRig(kind);
      service = await rig.outside("org.test.Rule");
      end = answering(service);
      app = await rig.inside(
        "--call=org.test.Rule=org.test.I.M@/test arg0=yes",
        "--call=org.test.Rule=org.test.I.Set arg0[id]=mine",
        "--call=org.test.Rule=org.test.I.Find arg0prefix=my_ grants=/items/*",
        "--call=org.test.Rule=org.test.Item.*@granted",
        "--call=org.test.Rule=org.test.I.All arg0granted",
        "--call=org.test.Rule=org.test.I.Embed arg0own",
        "--call=org.test.Rule=org.test.I.Delete@granted forgets",
        "--broadcast=org.test.Rule=org.test.I.Changed arg0prefix=my_",
        "--broadcast=org.test.Rule=org.test.I.Deleted@/items/* forgets",
      );
    });
    after(async () => {
      end();
      await rig.close();
    });
    const heard = (text: string): number => service.messages.filter(({ values }) => values[0] === text).length;

    it("let a call pass with the argument, and refuse it with another, naming the rule", async () => {
      assert.deepEqual((await app.call({ ...CALL, signature: "s" }, ["yes"])).values, ["yes"]);
      const refused = await app.call({ ...CALL, signature: "s" }, ["no"]);
      assert.equal(errorOf(refused), "AccessDenied");
      assert.match(refused.values[0] as string, /with these arguments; it may by `--call=org\.test\.Rule=org\.test\.I\.M@\/test arg0=yes`/);
      for (const change of [{ path: "/other" }, { member: "N" }, { interface: "org.test.J" }])
        assert.equal(errorOf(await app.call({ ...CALL, ...change, signature: "s" }, ["yes"])), "AccessDenied");
      assert.equal(errorOf(await app.call({ ...CALL, destination: service.name, signature: "s" }, ["no"])), "AccessDenied");
      assert.deepEqual((await app.call({ ...CALL, destination: service.name, signature: "s" }, ["yes"])).values, ["yes"]);
      assert.equal(heard("no"), 0);
    });

    it("let an app speak for itself alone: a struct or text with its own unique name passes, another name in its place does not", async () => {
      const embed = (signature: string, value: Value): Promise<Received> => app.call({ ...CALL, member: "Embed", signature }, [value]);
      assert.equal((await embed("(so)", [app.name, "/root"])).header.type, 2);
      assert.equal((await embed("s", app.name)).header.type, 2);
      for (const name of [service.name, "", "org.test.Rule", `${app.name}0`]) {
        assert.equal(errorOf(await embed("s", name)), "AccessDenied");
        assert.equal(errorOf(await embed("(so)", [name, "/root"])), "AccessDenied");
      }
      assert.equal(errorOf(await embed("(os)", ["/root", app.name])), "AccessDenied");
      assert.equal(errorOf(await embed("as", [app.name])), "AccessDenied");
      assert.equal(errorOf(await app.call({ ...CALL, member: "Embed" })), "AccessDenied");
    });

    it("count each connection through the same socket as the app itself, and none through another one", async () => {
      const path = await rig.proxy("--filter", "--call=org.test.Rule=org.test.I.Embed arg0own");
      const [one, other] = [await Peer.open(path), await Peer.open(path)];
      const embed = (name: string): Promise<Received> => one.call({ ...CALL, member: "Embed", signature: "s" }, [name]);
      for (const { name } of [one, other]) assert.equal((await embed(name)).header.type, 2);
      assert.equal(errorOf(await embed(app.name)), "AccessDenied");
      one.close();
      other.close();
    });

    it("look into dictionaries, in both byte orders, and trust no key that stands twice", async () => {
      const set = (values: readonly [string, VariantValue][], littleEndian = true): Promise<Received> =>
        app.call({ ...CALL, member: "Set", littleEndian, signature: "a{sv}" }, [values]);
      assert.equal((await set([["id", variant("s", "mine")]])).header.type, 2);
      assert.equal(
        (
          await set(
            [
              ["x", variant("u", 1)],
              ["id", variant("s", "mine")],
            ],
            false,
          )
        ).header.type,
        2,
      );
      for (const values of [
        [["id", variant("s", "other")]],
        [
          ["id", variant("s", "other")],
          ["id", variant("s", "mine")],
        ],
        [],
      ] as [string, VariantValue][][])
        assert.equal(errorOf(await set(values)), "AccessDenied");
    });

    it("read long bodies whole up to the limit, and refuse longer ones by name", async () => {
      const fill = "x".repeat(60_000);
      assert.equal((await app.call({ ...CALL, signature: "ss" }, ["yes", fill])).header.type, 2);
      assert.equal(errorOf(await app.call({ ...CALL, signature: "ss" }, ["no", fill])), "AccessDenied");
      assert.equal(errorOf(await app.call({ ...CALL, signature: "ss" }, ["yes", "x".repeat(2_000_000)])), "LimitsExceeded");
      assert.deepEqual((await app.call({ ...CALL, signature: "s" }, ["yes"])).values, ["yes"]);
    });

    it("let the app name what an answer to it granted, until it is gone, and nothing else", async () => {
      const item = (path: string) => app.call({ ...CALL, path, interface: "org.test.Item", member: "Get" });
      assert.equal(errorOf(await item("/items/my_1")), "AccessDenied");
      assert.equal(errorOf(await app.call({ ...CALL, member: "Find", signature: "s" }, ["others"])), "AccessDenied");
      const found = await app.call({ ...CALL, member: "Find", signature: "s" }, ["my_"]);
      assert.deepEqual(found.values, [["/items/my_1", "/items/my_2", "/elsewhere"]]);
      assert.equal((await item("/items/my_1")).header.type, 2);
      assert.equal(errorOf(await item("/items/3")), "AccessDenied");
      assert.equal(errorOf(await item("/elsewhere")), "AccessDenied");
      assert.equal((await app.call({ ...CALL, member: "All", signature: "ao" }, [["/items/my_1", "/items/my_2"]])).header.type, 2);
      assert.equal(errorOf(await app.call({ ...CALL, member: "All", signature: "ao" }, [["/items/my_1", "/items/3"]])), "AccessDenied");
      assert.equal((await app.call({ ...CALL, path: "/items/my_1", member: "Delete" })).header.type, 2);
      assert.equal(errorOf(await item("/items/my_1")), "AccessDenied");
      service.send({ type: 4, path: "/items/all", interface: "org.test.I", member: "Deleted", signature: "o" }, ["/items/my_2"]);
      await service.settle();
      await app.settle();
      assert.equal(errorOf(await item("/items/my_2")), "AccessDenied");
    });

    it("forget what was granted with the service that granted it", async () => {
      const second = await rig.outside();
      const stop = answering(second);
      const listener = await rig.inside("--call=org.test.Second=org.test.I.Find grants=/items/*", "--call=org.test.Second=org.test.Item.*@granted");
      await second.bus("RequestName", "org.test.Second", 4);
      await listener.settle();
      const call = { ...CALL, destination: "org.test.Second" };
      assert.equal((await listener.call({ ...call, member: "Find", signature: "s" }, ["my_"])).header.type, 2);
      const item = { ...call, path: "/items/my_1", interface: "org.test.Item", member: "Get" };
      assert.equal((await listener.call(item)).header.type, 2);
      await second.bus("ReleaseName", "org.test.Second");
      const third = await rig.outside("org.test.Second");
      const stopThird = answering(third);
      await listener.settle();
      assert.equal(errorOf(await listener.call(item)), "AccessDenied");
      stop();
      stopThird();
    });

    it("let signals pass with the argument, and those that only the filter asked for not at all", async () => {
      await app.bus("AddMatch", "type='signal',member='Changed'");
      const signal = { type: 4, path: "/items/all", interface: "org.test.I" } as const;
      for (const text of ["my_a", "others"]) service.send({ ...signal, member: "Changed", signature: "s" }, [text]);
      service.send({ ...signal, member: "Deleted", signature: "o" }, ["/items/9"]);
      await service.settle();
      await app.settle();
      const texts = app.messages.filter(({ header }) => header.type === 4 && header.sender === service.name).map(({ values }) => values[0]);
      assert.deepEqual(texts, ["my_a"]);
    });
  });
}

/** Echoes; `Find` names objects. */
function answering(peer: Peer): () => void {
  const end = echo({
    get messages() {
      return peer.messages.filter(({ header }) => header.member !== "Find");
    },
    send: (...words: Parameters<Peer["send"]>) => peer.send(...words),
  } as unknown as Peer);
  let done = 0;
  const timer = setInterval(() => {
    const finds = peer.messages.filter(({ header }) => header.type === 1 && header.member === "Find");
    for (; done < finds.length; done++) {
      const { header } = finds[done] as Received;
      peer.send({ type: 2, replySerial: header.serial, destination: header.sender, signature: "ao" }, [["/items/my_1", "/items/my_2", "/elsewhere"]]);
    }
  }, 2);
  return () => {
    clearInterval(timer);
    end();
  };
}
