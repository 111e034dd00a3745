// PipeWire's own socket: whoever has it has the server load a library of his, so a grant of it gives nothing until the user accepts the lower level by name.
import assert from "node:assert/strict";
import { existsSync, symlinkSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type App, makeApp, makeProbe } from "../support/sandbox.ts";
import { buildTrap, type SoundServer, startSound, toneOf, wave } from "../support/sound.ts";

const GRANT = "[Context]\nfilesystems=xdg-run/pipewire-0;\n";
const ACCEPTED = ["--accept-lower=pipewire-plain-socket"];

/** Has the server make a node of a plugin that is this library. The plugin's name is a path below the server's own folder of plugins. */
function loadIntoServer(library: string): string {
  return `pw-cli create-node spa-node-factory '{ factory.name=trap library.name=${"../".repeat(12)}${library.replace(/^\/|\.so$/g, "")} }'`;
}

inOrdinarySession("PipeWire's own socket", (session) => {
  let server: SoundServer;
  let app: App;
  before(async () => {
    server = await startSound(session(), "pipewire-pulse");
    app = await makeApp(session(), "org.example.Pipewire", `command=sh\n${GRANT}`);
  });

  it("outside lets its holder load a library into the server", async () => {
    const canary = `${session().scratch}/sprung-by-host`;
    await session().run(["sh", "-c", loadIntoServer(buildTrap(session(), `${session().scratch}/host-trap.so`, canary))]);
    await waitFor("the host's own canary", () => existsSync(canary));
  });

  it("is not given by a grant alone, which is told, nor by a link that leads to it", async () => {
    const probe = await makeProbe(session(), GRANT, "org.example.PipewireProbe");
    const places = [session().runtimeDirectory, `/run/user/${session().account.uid}`].map((folder) => `connect ${folder}/pipewire-0`);
    assert.deepEqual(await probe.act(places), ["ENOENT", "ENOENT"]);
    const outcome = await app.run(["-c", "pw-cli info 0"]);
    assert.match(outcome.stderr, /Pipewire\.ini:5:13: .*pipewire-0` is not given.*load code outside the sandbox/);
    assert.match(outcome.stderr, /failed to connect/);
    symlinkSync(`${session().runtimeDirectory}/pipewire-0`, session().path("sound"));
    const linked = await makeProbe(session(), "[Context]\nfilesystems=~/sound;\n", "org.example.PipewireLink");
    assert.deepEqual(await linked.act([`connect ${session().path("sound")}`, ...places]), ["ENOENT", "ENOENT", "ENOENT"]);
  });

  it("keeps the app's library out of the server where it is not given", async () => {
    const canary = `${session().scratch}/sprung`;
    const library = buildTrap(session(), `${app.data}/data/trap.so`, canary);
    await app.run(["-c", loadIntoServer(library)]);
    await new Promise((done) => setTimeout(done, 500));
    assert.ok(!existsSync(canary));
  });

  it("is there where the user accepted the lower level by name, and the server knows the app for a sandbox's", async () => {
    session().write(`${app.data}/data/tone.wav`, wave(toneOf(440, 2)));
    const recording = await server.record();
    const played = await app.run(["-c", 'pw-cat --playback "$XDG_DATA_HOME/tone.wav"'], { options: ACCEPTED, limit: 20_000 });
    const heard = await recording.stop();
    assert.equal(played.status, 0, played.stderr);
    assert.ok(heard.hertz !== null && Math.abs(heard.hertz - 440) <= 5, JSON.stringify(heard));
    assert.match((await app.run(["-c", "pw-cli info 0"], { options: ACCEPTED })).stdout, /permissions: r-x/);
    const host = await session().run(["pw-cli", "info", "0"]);
    assert.match(host.stdout, /permissions: rwx/, "outside it is the user's");
    assert.match((await app.run([], { options: ["--dry-run", ...ACCEPTED] })).stdout, /^ {2}pipewire-plain-socket/m);
  });
});
