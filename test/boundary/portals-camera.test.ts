// The camera portal on a real PipeWire: who has the user's leave sees cameras and their pictures, and nothing else that is there; who has it not sees nothing.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { before, it } from "node:test";
import { BLUE, type Cameras, type Colour, colourIn, firstDump, type Global, pictures, GREY, startCameras } from "../support/cameras.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Outcome, waitFor } from "../support/process.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { killBroker } from "../support/session.ts";
import { buildTrap } from "../support/sound.ts";

const CLIENT = resolve("test/fixtures/programs/camera_client.py");
const PROPERTY = ["-c", 'gdbus call --session --dest org.freedesktop.portal.Desktop --object-path /org/freedesktop/portal/desktop "$@"', "sh"];
const GET = ["--method", "org.freedesktop.DBus.Properties.Get", "org.freedesktop.portal.Camera"];

inOrdinarySession("the camera portal", (session) => {
  let cameras: Cameras;
  let app: App;
  const script = (answers: object): void => void session().write("answers.json", JSON.stringify(answers));
  const make = (id: string, text = ""): Promise<App> => makeApp(session(), id, `command=camera_client.py\n${text}`, [CLIENT]);
  const tsbox = (...words: readonly string[]): Promise<Outcome> => session().run([app.tsbox, ...words]);
  const classesOf = (globals: readonly Global[]): readonly unknown[] => globals.flatMap(({ info }) => info?.props?.["media.class"] ?? []).sort();
  const streams = async (): Promise<number> => classesOf(await cameras.globals()).filter((name) => name === "Stream/Input/Video").length;
  let looks = 0;
  /** What the app gets to see, over its own connection, in so many seconds. */
  const look = async (from: readonly string[], seconds: number): Promise<Colour | undefined> => {
    const name = `pictures${++looks}.raw`;
    const inside = pictures(["fd=FD", ...from], `$XDG_DATA_HOME/${name}`).join(" ");
    await app.run(["open", "sh", "-c", `timeout ${seconds} ${inside}`], { limit: 30_000 });
    return colourIn(`${app.data}/data/${name}`);
  };
  /** The session manager may be slow, or have to be asked again. */
  const sees = (...from: readonly string[]): Promise<Colour> => waitFor(`a picture, ${from.join()}`, () => look(from, 8), 60_000);
  const staysBlind = async (...from: readonly string[]): Promise<void> => assert.equal(await look(from, 1), undefined, from.join());
  before(async () => {
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    cameras = await startCameras(session());
    app = await make("org.example.Camera");
  });

  it("outside, the user sees everything and looks at everything", async () => {
    const classes = classesOf(await cameras.globals());
    for (const one of ["Audio/Source/Virtual", "Stream/Input/Video", "Video/Source"]) assert.ok(classes.includes(one), classes.join());
    for (const [name, colour] of [
      ["camera", GREY],
      ["screen", BLUE],
    ] as const) {
      const file = `${session().scratch}/${name}.raw`;
      const picture = async (): Promise<Colour | undefined> => {
        await session().run(["timeout", "8", ...pictures([`target-object=${name}`], file)]);
        return colourIn(file);
      };
      assert.deepEqual(await waitFor(`a picture of the ${name}`, picture, 60_000), colour, name);
    }
  });

  it("is there where the user's PipeWire is the one that he named, and not where he named none that listens", async () => {
    const isThere = async (remote: string): Promise<boolean> => {
      const { stdout } = await app.run([...PROPERTY, ...GET, "version"], { options: ["--command=sh"], environment: { PIPEWIRE_REMOTE: remote } });
      return stdout.includes("(<uint32 1>,)");
    };
    assert.deepEqual(
      [await isThere("nothing-listens"), await isThere(`${session().runtimeDirectory}/pipewire-0`), await isThere("pipewire-0")],
      [false, true, true],
    );
  });

  it("gives nothing before the user was asked, nor where he refuses", async () => {
    const opened = await app.run(["open", "true"]);
    assert.match(opened.stdout, /^error org\.freedesktop\.portal\.Error\.NotAllowed/, opened.stdout + opened.stderr);
    script({ confirm: "no" });
    assert.equal((await app.run(["ask"])).stdout, "response 1\n");
    script({ confirm: "yes" });
    assert.equal((await app.run(["ask"])).stdout, "response 1\n", "he is not asked twice");
    await staysBlind();
    assert.equal((await tsbox("permission-reset", app.id)).status, 0);
  });

  it("gives the pictures of the camera where he agrees, and of nothing else whatever is asked for", async () => {
    assert.equal((await app.run(["ask"])).stdout, "response 0\n");
    const [camera, screen] = await Promise.all([cameras.idOf("camera"), cameras.idOf("screen")]);
    assert.deepEqual(await sees(), GREY, "who asks for none gets the camera");
    assert.deepEqual(await sees(`path=${camera}`), GREY);
    const blind = [staysBlind("target-object=screen"), staysBlind(`path=${screen}`)];
    await Promise.all(blind);
    assert.equal((await tsbox("log", app.id)).stdout.split("there is no such camera").length - 1, blind.length, "the filter refused them");
  });

  it("shows cameras, and no microphone, screen, program or stream", async () => {
    const { stdout, stderr } = await app.run(["bridge", "pw-dump"], { limit: 20_000 });
    const inside = firstDump(stdout);
    assert.deepEqual(inside.map(({ type }) => type).sort(), ["PipeWire:Interface:Core", "PipeWire:Interface:Node"], stdout + stderr);
    assert.deepEqual(
      inside.flatMap(({ info }) => info?.props?.["node.name"] ?? []),
      ["camera"],
    );
  });

  it("records no sound, and lets the app load no library into the server", async () => {
    const canary = `${session().scratch}/sprung`;
    const library = (inside: string): string => `'{ factory.name=trap library.name=${"../".repeat(12)}${inside.replace(/^\/|\.so$/g, "")} }'`;
    const trap = buildTrap(session(), `${app.data}/data/trap.so`, canary);
    await app.run(["bridge", "sh", "-c", `pw-cli create-node spa-node-factory ${library(trap)}; timeout 2 pw-cat --record "$XDG_DATA_HOME/heard.wav"; true`], {
      limit: 20_000,
    });
    assert.ok(!existsSync(canary));
    const logged = await tsbox("log", app.id);
    assert.match(logged.stdout, /Core\.CreateObject.*no `spa-node-factory`/);
    assert.match(logged.stdout, /Core\.CreateObject.*this connection is for cameras alone/);
    await session().run(["pw-cli", "create-node", "spa-node-factory", library(trap).slice(1, -1)]);
    await waitFor("the host's own canary", () => existsSync(canary));
  });

  it("ends what runs when the user takes his leave back", async () => {
    const running = app.start(["open", "sh", "-c", "gst-launch-1.0 -q pipewiresrc fd=FD ! video/x-raw ! fakesink; sleep 60"], { limit: 90_000 });
    await waitFor("the app's stream beside the other program's", async () => (await streams()) === 2, 60_000);
    assert.equal((await tsbox("permission-set", "devices", "camera", app.id, "no")).status, 0);
    await waitFor("the other program's stream alone", async () => (await streams()) === 1);
    // With what it started, which goes on where that program alone is ended.
    await tsbox("kill", app.id);
    await running.ended;
    assert.match((await app.run(["open", "true"])).stdout, /NotAllowed/);
    assert.equal((await tsbox("permission-set", "devices", "camera", app.id, "yes")).status, 0);
    assert.deepEqual(await sees(), GREY);
  });

  it("outlives the broker, and the next one ends it where the leave is gone by then", async () => {
    const running = app.start(["open", "sh", "-c", "gst-launch-1.0 -q pipewiresrc fd=FD ! video/x-raw ! fakesink; sleep 60"], { limit: 90_000 });
    await waitFor("the app's stream beside the other program's", async () => (await streams()) === 2, 60_000);
    killBroker(session());
    assert.equal((await tsbox("permission-set", "devices", "camera", app.id, "no")).status, 0);
    assert.equal(await streams(), 2, "nobody is there to hear of it");
    assert.match((await app.run(["open", "true"])).stdout, /NotAllowed/);
    await waitFor("the other program's stream alone", async () => (await streams()) === 1);
    // With what it started, which goes on where that program alone is ended.
    await tsbox("kill", app.id);
    await running.ended;
  });

  it("is not there for an app whose manifest denies it cameras", async () => {
    const denied = await make("org.example.CameraDenied", "[X-Tsbox Devices]\nallow=!camera\n");
    assert.equal((await tsbox("permission-set", "devices", "camera", denied.id, "yes")).status, 0);
    assert.match((await denied.run(["open", "true"])).stdout, /^error org\.freedesktop\.DBus\.Error\.UnknownMethod/);
    const asked = await denied.run([...PROPERTY, ...GET, "version"], { options: ["--command=sh"] });
    assert.match(asked.stderr, /UnknownInterface/);
    assert.match((await denied.run([], { options: ["--dry-run"] })).stdout, /no portal Camera {2}# allow=!camera/);
  });

  it("tells whether there is a camera, and is not there without PipeWire", async () => {
    const get = (name: string): Promise<Outcome> => app.run([...PROPERTY, ...GET, name], { options: ["--command=sh"] });
    assert.equal((await get("version")).stdout, "(<uint32 1>,)\n");
    assert.equal((await get("IsCameraPresent")).stdout, "(<true>,)\n");
    await cameras.unplug();
    assert.equal((await get("IsCameraPresent")).stdout, "(<false>,)\n");
    await cameras.stopServer();
    assert.match((await get("version")).stderr, /UnknownInterface/);
  });
});
