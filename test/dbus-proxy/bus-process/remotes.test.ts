// Connections for cameras as the bus process has them: each lasts until one side ends it, the user takes his leave back, or the instance is over.
import assert from "node:assert/strict";
import { it } from "node:test";
import { Remotes } from "../../../dbus-proxy/bus-process/remotes.ts";
import { encodeMessage } from "../../../dbus-proxy/pipewire/message.ts";
import { int, struct, text } from "../../../dbus-proxy/pipewire/pod.ts";
import { waitFor } from "../../support/process.ts";
import { addon, bench, RawEnd } from "../connection/played.ts";

it("a connection for cameras passes the filter, and ends on both sides when the user takes his leave back", async () => {
  const refused: string[] = [];
  const remotes = new Remotes({ bench, report: ({ because }) => void refused.push(because), warn: () => {} });
  const remote = (): { readonly app: RawEnd; readonly server: RawEnd } => {
    const [[app, mine], [server, theirs]] = [addon.socketpair(), addon.socketpair()];
    remotes.add({ appId: "org.test.App", cameras: [] }, mine, theirs);
    return { app: new RawEnd(app), server: new RawEnd(server) };
  };
  const [first, second] = [remote(), remote()];
  assert.equal(remotes.connections, 2);
  first.app.say(encodeMessage({ object: 0, opcode: 1, sequence: 0 }, struct(int(3))));
  const library = struct(text("spa-node-factory"), text("PipeWire:Interface:Node"), int(3), struct(int(0)), int(2));
  first.app.say(encodeMessage({ object: 0, opcode: 6, sequence: 1 }, library));
  await first.server.hears("refused\0");
  assert.ok(!first.server.text().includes("spa-node-factory"));
  assert.deepEqual(refused, ["an app makes streams of its own alone, no `spa-node-factory`"]);
  second.app.close();
  await second.server.ends();
  await waitFor("one left", () => remotes.connections === 1);
  remotes.close();
  await Promise.all([first.app.ends(), first.server.ends()]);
  assert.equal(remotes.connections, 0);
  for (const end of [first.app, first.server, second.server]) end.close();
});
