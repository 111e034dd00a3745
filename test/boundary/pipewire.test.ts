// PipeWire's own socket: whoever has it has the server load a library of his, so a grant of it gives a filter's socket, and the server's own only where the user accepted
// the lower level by name.
import assert from "node:assert/strict";
import { existsSync, symlinkSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type App, findTsbox, makeApp, makeProbe } from "../support/sandbox.ts";
import { buildTrap, type Heard, heardIn, MICROPHONE_HERTZ, RATE, type SoundServer, startSound, toneOf, wave } from "../support/sound.ts";

const GRANT = "[Context]\nfilesystems=xdg-run/pipewire-0;\n";
const TONE = 440;
const isTone = ({ hertz }: Heard, wanted: number): boolean => hertz !== null && Math.abs(hertz - wanted) <= 5;
const AS_HEARD = ["--format=s16", `--rate=${RATE}`, "--channels=1"];
const ACCEPTED = ["--accept-lower=pipewire-plain-socket"];

interface Global {
  readonly id: number;
  readonly type: string;
  readonly permissions: readonly string[];
  readonly info?: { readonly props?: Readonly<Record<string, unknown>> };
}

const kindsOf = (globals: readonly Global[]): readonly string[] => [...new Set(globals.map(({ type }) => type.replace("PipeWire:Interface:", "")))].sort();

/** Has the server make a node of a plugin that is this library. The plugin's name is a path below the server's own folder of plugins. */
function loadIntoServer(library: string): string {
  return `pw-cli create-node spa-node-factory '{ factory.name=trap library.name=${"../".repeat(12)}${library.replace(/^\/|\.so$/g, "")} }'`;
}

inOrdinarySession("PipeWire's own socket", (session) => {
  let server: SoundServer;
  let app: App;
  const dump = async (argv: readonly [string, ...string[]]): Promise<readonly Global[]> => {
    const { stdout, stderr } = await session().run(argv);
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout) as readonly Global[];
  };
  before(async () => {
    server = await startSound(session(), "pipewire-pulse");
    app = await makeApp(session(), "org.example.Pipewire", `command=sh\n${GRANT}`);
  });

  it("outside lets its holder load a library into the server", async () => {
    const canary = `${session().scratch}/sprung-by-host`;
    await session().run(["sh", "-c", loadIntoServer(buildTrap(session(), `${session().scratch}/host-trap.so`, canary))]);
    await waitFor("the host's own canary", () => existsSync(canary));
  });

  it("is not reached by a link that leads to it", async () => {
    const places = [session().runtimeDirectory, `/run/user/${session().account.uid}`].map((folder) => `connect ${folder}/pipewire-0`);
    symlinkSync(`${session().runtimeDirectory}/pipewire-0`, session().path("sound"));
    const linked = await makeProbe(session(), "[Context]\nfilesystems=~/sound;\n", "org.example.PipewireLink");
    assert.deepEqual(await linked.act([`connect ${session().path("sound")}`, ...places]), ["ENOENT", "ENOENT", "ENOENT"]);
  });

  it("is a filter's socket for the app, through which it plays", async () => {
    session().write(`${app.data}/data/tone.wav`, wave(toneOf(TONE, 2)));
    const recording = await server.record();
    const played = await app.run(["-c", 'pw-cat --playback "$XDG_DATA_HOME/tone.wav"'], { limit: 20_000 });
    const heard = await recording.stop();
    assert.equal(played.status, 0, played.stderr);
    assert.ok(isTone(heard, TONE), JSON.stringify(heard));
    const silent = await makeApp(session(), "org.example.PipewireSilent", `command=sh\n${GRANT}[X-Tsbox Audio]\nplayback=false\n`);
    session().write(`${silent.data}/data/tone.wav`, wave(toneOf(TONE, 2)));
    const again = await server.record();
    await silent.run(["-c", 'timeout 4 pw-cat --playback "$XDG_DATA_HOME/tone.wav"'], { limit: 20_000 });
    assert.equal((await again.stop()).hertz, null, "without the grant of playback");
  });

  it("lets the app load no library into the server, nor make anything but streams", async () => {
    const canary = `${session().scratch}/sprung`;
    const library = buildTrap(session(), `${app.data}/data/trap.so`, canary);
    await app.run(["-c", `${loadIntoServer(library)}; ${loadIntoServer(library).replace("spa-node-factory", "adapter")}; sleep 1`]);
    assert.ok(!existsSync(canary));
    const logged = await session().run([await findTsbox(session()), "log", app.id]);
    assert.match(logged.stdout, /Core\.CreateObject.*no `spa-node-factory`/);
  });

  it("shows outputs, and no program, stream or module of anybody", async () => {
    const outside = await dump(["pw-dump"]);
    assert.ok(
      ["Client", "Module", "Port", "Link", "Factory"].every((kind) => kindsOf(outside).includes(kind)),
      kindsOf(outside).join(),
    );
    const hum = outside.find(({ info }) => info?.props?.["media.class"] === "Stream/Output/Audio")?.id;
    assert.ok(hum !== undefined, "what the test's own microphone hears");
    const inside = await dump([await findTsbox(session()), "run", app.id, "-c", "pw-dump"]);
    const core = (globals: readonly Global[]): unknown => globals.find(({ type }) => type.endsWith(":Core"))?.permissions;
    assert.deepEqual(
      [core(inside), core(outside)],
      [
        ["r", "x"],
        ["r", "w", "x", "m"],
      ],
      "the server knows it for a sandbox's",
    );
    assert.deepEqual(kindsOf(inside), ["Core", "Metadata", "Node"]);
    assert.deepEqual(new Set(inside.flatMap(({ info }) => info?.props?.["media.class"] ?? [])), new Set(["Audio/Sink"]));
    const told = await app.run(["-c", `pw-cli info ${hum}; pw-cli destroy ${hum}; pw-cli set-param ${hum} Props '{ mute: true }'; true`]);
    assert.doesNotMatch(told.stdout, /Stream/);
    const still = (await dump(["pw-dump"])).find(({ id }) => id === hum);
    assert.ok(still !== undefined && !JSON.stringify(still.info).includes('"mute":true'));
  });

  it("lets the app choose no device for others", async () => {
    const written = async (): Promise<string> => (await session().run(["pw-metadata", "0", "default.test"])).stdout;
    const write = ["pw-metadata", "0", "default.test", "by-hand"] as const;
    await app.run(["-c", write.join(" ")]);
    assert.doesNotMatch(await written(), /by-hand/);
    await session().run(write);
    assert.match(await written(), /by-hand/, "outside it can");
  });

  it("records for an app that has both microphone and monitor, and for no other", async () => {
    const recordOutside = async (): Promise<Heard> => {
      await session().run(["timeout", "4", "pw-cat", "--record", ...AS_HEARD, `${session().scratch}/outside.wav`]);
      return heardIn(`${session().scratch}/outside.wav`);
    };
    const record = async (id: string, audio: string): Promise<Heard> => {
      const recorder = await makeApp(session(), id, `command=sh\n${GRANT}[X-Tsbox Audio]\n${audio}`);
      await recorder.run(["-c", `timeout 4 pw-cat --record ${AS_HEARD.join(" ")} "$XDG_DATA_HOME/heard.wav"; true`], { limit: 20_000 });
      const file = `${recorder.data}/data/heard.wav`;
      return existsSync(file) ? heardIn(file) : { hertz: null, seconds: 0 };
    };
    assert.equal((await record("org.example.PipewireDeaf", "playback=true\n")).hertz, null);
    assert.equal((await record("org.example.PipewireHalf", "microphone=true\n")).hertz, null);
    const [outside, inside] = await Promise.all([recordOutside(), record("org.example.PipewireBoth", "microphone=true\nmonitor=true\n")]);
    assert.ok(isTone(outside, MICROPHONE_HERTZ), "the host's own hand");
    assert.ok(isTone(inside, MICROPHONE_HERTZ));
  });

  it("is there where the user accepted the lower level by name, and the server knows the app for a sandbox's", async () => {
    session().write(`${app.data}/data/tone.wav`, wave(toneOf(TONE, 2)));
    const recording = await server.record();
    const played = await app.run(["-c", 'pw-cat --playback "$XDG_DATA_HOME/tone.wav"'], { options: ACCEPTED, limit: 20_000 });
    const heard = await recording.stop();
    assert.equal(played.status, 0, played.stderr);
    assert.ok(isTone(heard, TONE), JSON.stringify(heard));
    assert.match((await app.run(["-c", "pw-cli info 0"], { options: ACCEPTED })).stdout, /permissions: r-x/);
    const host = await session().run(["pw-cli", "info", "0"]);
    assert.match(host.stdout, /permissions: rwx/, "outside it is the user's");
    assert.match((await app.run([], { options: ["--dry-run", ...ACCEPTED] })).stdout, /^ {2}pipewire-plain-socket/m);
  });
});
