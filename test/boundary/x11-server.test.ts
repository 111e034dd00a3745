// What a server of an app's own may hand out, which runs outside.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { ownServers } from "../support/own-servers.ts";
import { waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { startWeston } from "../support/wayland.ts";

inOrdinarySession("an X server of the app's own on a Wayland desktop", (session) => {
  it("has no way to give a graphics device to an app that has none itself", async () => {
    await startWeston(session());
    const serverOf = async (id: string, words: string): Promise<string> => {
      const app = await makeApp(session(), id, `command=sh\n[Context]\nsockets=x11;\n${words}[X-Tsbox Display]\nx11=nested\n`);
      const running = app.start(["-c", "xdpyinfo > ~/.var/app/$0/seen && exec sleep 60", id], { limit: 60_000 });
      await waitFor("its display", () => existsSync(`${app.data}/seen`) && readFileSync(`${app.data}/seen`, "utf8").includes("dimensions"), 20_000);
      const servers = ownServers().filter((line) => line.includes(" -listenfd 3"));
      running.kill("SIGTERM");
      await running.ended;
      await waitFor("its server's end", () => ownServers().every((line) => !servers.includes(line)));
      assert.equal(servers.length, 1);
      return servers[0] as string;
    };
    assert.match(await serverOf("org.example.NoGraphics", ""), / -extension DRI3/);
    assert.doesNotMatch(await serverOf("org.example.AllDevices", "devices=all;\n"), /DRI3/);
  });
});
