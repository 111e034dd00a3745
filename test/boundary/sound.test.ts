// Sound through the filter, on both servers: what is granted is heard, what is not is silent, and nobody loads code into the server or touches another's stream.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type App, makeApp, makeProbe } from "../support/sandbox.ts";
import { buildTrap, type Heard, heardIn, MICROPHONE_HERTZ, RAW, type SoundKind, type SoundServer, startSound, toneOf, wave } from "../support/sound.ts";

const TONE = wave(toneOf(440, 2));
const GRANTED = "command=sh\n[Context]\nsockets=pulseaudio;\n";
/** Enough for a tone to be told. */
const LISTEN = "timeout 2 parec";

function isTone({ hertz }: Heard, wanted: number): boolean {
  return hertz !== null && Math.abs(hertz - wanted) <= 5;
}

for (const kind of ["PulseAudio", "pipewire-pulse"] satisfies SoundKind[]) {
  inOrdinarySession(`sound on ${kind}`, (session) => {
    let server: SoundServer;
    let app: App;
    before(async () => {
      server = await startSound(session(), kind);
      app = await makeApp(session(), "org.example.Sound", GRANTED);
    });

    /** `sh -c` in the app. */
    const inside = (one: App, script: string) => one.run(["-c", script], { limit: 20_000 });
    const recordInside = async (one: App, device: string): Promise<{ heard: Heard; stderr: string }> => {
      session().write(`${one.data}/data/heard.raw`, "");
      const result = await inside(one, `${LISTEN} ${device} ${RAW.join(" ")} "$XDG_DATA_HOME/heard.raw"; true`);
      return { heard: heardIn(`${one.data}/data/heard.raw`), stderr: result.stderr };
    };

    it("plays a tone that is heard outside", async () => {
      session().write(`${app.data}/data/tone.wav`, TONE);
      const recording = await server.record();
      const result = await inside(app, 'paplay "$XDG_DATA_HOME/tone.wav"');
      const heard = await recording.stop();
      assert.equal(result.status, 0, result.stderr);
      assert.ok(isTone(heard, 440) && Math.abs(heard.seconds - 2) < 0.2, JSON.stringify(heard));
    });

    it("plays nothing without the permission, nor where playback is taken away", async () => {
      for (const [id, text] of [
        ["org.example.Mute", "command=sh\n"],
        ["org.example.NoPlayback", `${GRANTED}[X-Tsbox Audio]\nplayback=false\n`],
      ] as const) {
        const mute = await makeApp(session(), id, text);
        session().write(`${mute.data}/data/tone.wav`, TONE);
        const recording = await server.record();
        const result = await inside(mute, 'paplay "$XDG_DATA_HOME/tone.wav"');
        assert.notEqual(result.status, 0, id);
        assert.equal((await recording.stop()).hertz, null, id);
      }
    });

    it("gives the microphone only where it is granted, and what others play only where that is", async () => {
      const microphone = await makeApp(session(), "org.example.Microphone", `${GRANTED}[X-Tsbox Audio]\nmicrophone=true\n`);
      const monitor = await makeApp(session(), "org.example.Monitor", `${GRANTED}[X-Tsbox Audio]\nmonitor=true\n`);
      await waitFor("the microphone's tone outside", async () => {
        const outside = await server.record("microphone");
        await new Promise((done) => setTimeout(done, 1000));
        return isTone(await outside.stop(), MICROPHONE_HERTZ);
      });
      for (const device of ["", "-d microphone"]) {
        const { heard, stderr } = await recordInside(microphone, device);
        assert.ok(isTone(heard, MICROPHONE_HERTZ), `granted, ${device}: ${JSON.stringify(heard)} ${stderr}`);
        for (const one of [app, monitor]) assert.equal((await recordInside(one, device)).heard.hertz, null, `${one.id} ${device}`);
      }
      const tapped = await recordInside(monitor, "-d booth.monitor");
      assert.ok(isTone(tapped.heard, MICROPHONE_HERTZ), `${JSON.stringify(tapped.heard)} ${tapped.stderr}`);
      for (const one of [app, microphone]) assert.equal((await recordInside(one, "-d booth.monitor")).heard.hertz, null, one.id);
    });

    it("does not record another program by properties that the server would obey", async () => {
      const microphone = await makeApp(session(), "org.example.Sly", `${GRANTED}[X-Tsbox Audio]\nmicrophone=true\n`);
      const { heard } = await recordInside(microphone, "--property=stream.capture.sink=true --property=target.object=bed");
      assert.ok(heard.hertz === null || isTone(heard, MICROPHONE_HERTZ), JSON.stringify(heard));
    });

    if (kind === "pipewire-pulse")
      it("keeps a recording on its device also where the app calls itself a program that the server moves", async () => {
        const recording = async (id: string, grants: string): Promise<string> => {
          const one = await makeApp(session(), id, `${GRANTED}[X-Tsbox Audio]\n${grants}\n`);
          const script = `PULSE_PROP=application.process.binary=firefox exec timeout 20 parec -d microphone ${RAW.join(" ")} /dev/null`;
          const recorder = one.start(["-c", script]);
          const text = await waitFor(`the recording of ${id}`, async () => {
            const outputs = (await server.control("list", "source-outputs")).split(/\n(?=Source Output #)/);
            return outputs.find((output) => output.includes(`application.id = "${id}"`));
          });
          recorder.kill("SIGTERM");
          await recorder.ended;
          return text;
        };
        assert.doesNotMatch(await recording("org.example.Either", "microphone=true\nmonitor=true"), /node\.dont-reconnect = "true"/);
        assert.match(await recording("org.example.Fox", "microphone=true"), /node\.dont-reconnect = "true"/);
      });

    it("loads no library into the server, though the server would (CVE-2020-11931)", async () => {
      const s = session();
      const module = (library: string) => ["load-module", "module-ladspa-sink", "sink_name=trap", `plugin=${library}`, "label=trap"];
      const hostCanary = `${s.scratch}/sprung-by-host`;
      await s.run(["pactl", ...module(buildTrap(s, `${s.scratch}/host-trap.so`, hostCanary))]);
      await waitFor("the host's own canary", () => existsSync(hostCanary));
      const canary = `${s.scratch}/sprung`;
      const library = buildTrap(s, `${app.data}/data/trap.so`, canary);
      const result = await inside(app, `pactl ${module(library).join(" ")}`);
      assert.notEqual(result.status, 0);
      assert.match(result.stderr, /Access denied/);
      await new Promise((done) => setTimeout(done, 500));
      assert.ok(!existsSync(canary));
    });

    it("keeps the streams, volumes and devices of others out of reach", async () => {
      const index = /^(\d+)/.exec(await server.control("list", "short", "sink-inputs"))?.[1];
      assert.ok(index !== undefined, "the host's hum is a stream");
      const before = await server.control("list", "short", "sink-inputs");
      for (const words of [
        `move-sink-input ${index} bed`,
        `set-sink-input-volume ${index} 10%`,
        `set-sink-input-mute ${index} 1`,
        "list sink-inputs",
        "list clients",
        "list modules",
        "set-sink-volume bed 10%",
        "set-sink-mute bed 1",
        "set-default-sink booth",
        "suspend-sink bed 1",
        "unload-module module-null-sink",
        "exit",
      ]) {
        const result = await inside(app, `pactl ${words}`);
        assert.notEqual(result.status, 0, words);
        assert.match(result.stderr, /Access denied/, words);
      }
      assert.equal(await server.control("list", "short", "sink-inputs"), before);
      assert.match(await server.control("get-sink-volume", "bed"), /100%/);
      assert.match(await server.control("get-sink-mute", "bed"), /no/);
    });

    it("tells of the devices, and who plays, under the app's own id", async () => {
      const result = await inside(app, 'pactl info && pactl list short sinks && ls -A /run/flatpak/pulse && ls -l "$XDG_RUNTIME_DIR/pulse"; ls /dev/snd');
      assert.match(result.stdout, /Default Sink: bed[\s\S]*booth/, result.stdout + result.stderr);
      assert.match(result.stderr, /\/dev\/snd/);
      const player = app.start(["-c", 'paplay --property=application.id=org.example.Other "$XDG_DATA_HOME/tone.wav"']);
      const clients = await waitFor("the app among the clients", async () => {
        const text = await server.control("list", "clients");
        return text.includes("org.example.Sound") ? text : undefined;
      });
      assert.doesNotMatch(clients, /org\.example\.Other/);
      await player.ended;
    });

    it("lets each of a hundred connections in, however fast one follows the other", async () => {
      const result = await inside(app, "for n in $(seq 100); do pactl list short sinks > /dev/null || exit 1; done");
      assert.equal(result.status, 0, result.stderr);
    });

    it("has no other way to the server", async () => {
      const probe = await makeProbe(session(), "[Context]\nsockets=pulseaudio;\n", "org.example.SoundProbe");
      const answers = await probe.act([`connect ${session().runtimeDirectory}/pulse/native`, `connect ${session().runtimeDirectory}/pipewire-0`]);
      assert.deepEqual(answers, ["ENOENT", "ENOENT"]);
    });
  });
}

inOrdinarySession("sockets=pulseaudio where no sound server is", (session) => {
  it("is told in one line, and the program runs", async () => {
    const app = await makeApp(session(), "org.example.NoServer", GRANTED);
    const result = await app.run(["-c", "exit 5"]);
    assert.equal(result.status, 5, result.stderr);
    assert.match(result.stderr, /org\.example\.NoServer\.ini:5.*no sound server/);
  });
});
