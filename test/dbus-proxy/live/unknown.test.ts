// What no specification knows yet, on real buses: header fields and types of messages that a bus takes from anybody cost nobody the connection, and are told to nobody.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";
import { withFields } from "../wire/generators.ts";
import { echo, type Peer } from "./peer.ts";
import { BUS_KINDS, type Rig, startRig } from "./rig.ts";

const TARGET = { path: "/test", interface: "org.test.I", member: "M" } as const;

for (const kind of BUS_KINDS) {
  describe(`an app on ${kind}`, () => {
    let rig: Rig;
    let talk: Peer;
    let stop: () => void;
    before(async () => {
      rig = await startRig(kind);
      talk = await rig.outside("org.test.Talk");
      stop = echo(talk);
    });
    after(async () => {
      stop();
      await rig.close();
    });
    const inside = (): Promise<Peer> => rig.inside("--talk=org.test.Talk");

    it("may send header fields that nobody knows: the message goes on without them, short or long, with its descriptors", async () => {
      const fields = [11, 200].map((code) => [code, { signature: "a{sv}", value: [["k", { signature: "s", value: "foreign" }]] }] as const);
      const app = await inside();
      const file = app.addon.memfd("foreign", Buffer.from("x"));
      const sent = (text: string): void => {
        const with1 = { type: 1, ...TARGET, destination: "org.test.Talk", serial: app.nextSerial(), signature: "sh", unixFds: 1 };
        app.write(withFields(encodeMessage(with1, [text, 0]), fields), [file]);
        app.send({ type: 1, ...TARGET, destination: "org.test.Talk", signature: "s" }, [`behind ${text.slice(0, 9)}`]);
      };
      const texts = ["short one", "long one ".repeat(30_000)];
      for (const text of texts) sent(text);
      const wanted = texts.flatMap((text) => [text, `behind ${text.slice(0, 9)}`]);
      const ofApp = () => talk.messages.filter(({ header }) => header.sender === app.name);
      await waitFor("all of them", () => ofApp().length === wanted.length);
      assert.deepEqual(
        ofApp().map(({ header, values }) => [values[0], header.unixFds, header.rewritten]),
        wanted.map((text) => [text, text.startsWith("behind") ? 0 : 1, undefined]),
      );
      assert.equal(talk.descriptors.length, texts.length);
      // The bus itself takes them, so a client that sends them must not lose its connection here.
      const outside = await rig.outside();
      const direct = { type: 1, ...TARGET, destination: "org.test.Talk", serial: outside.nextSerial(), signature: "s" };
      outside.write(withFields(encodeMessage(direct, ["direct"]), fields));
      assert.deepEqual((await outside.reply(direct.serial)).values, ["direct"]);
      // What is told to the app loses them too.
      talk.write(
        withFields(encodeMessage({ type: 4, flags: 1, serial: talk.nextSerial(), ...TARGET, destination: app.name, signature: "s" }, ["told"]), fields),
      );
      const told = await waitFor("the signal", () => app.messages.find(({ values }) => values[0] === "told"));
      assert.equal(told.header.rewritten, undefined);
      app.addon.close(file);
    });

    it("hears nothing of a message of a type that nobody knows, and stays connected", async () => {
      for (const peer of [await inside(), await rig.outside()]) {
        for (const type of [5, 200]) {
          peer.send({ type, flags: 1, ...TARGET, destination: "org.test.Talk", signature: "s" }, [`type ${type}`]);
          peer.send({ type, flags: 1, destination: talk.name });
        }
        await peer.settle();
      }
      await talk.settle();
      assert.ok(!talk.messages.some(({ header }) => header.type > 4));
    });
  });
}
