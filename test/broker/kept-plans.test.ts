// A broker that comes after another uses the plans that the other left, under the same conditions as its own, and no file that it finds makes a wrong plan.
import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { FrontFrame } from "../../native/frames.ts";
import { ask, startBroker, type TestBroker } from "../support/broker.ts";

const ID = "org.example.Kept";
const MANIFEST = `[Application]\nname=${ID}\ncommand=true\n[Context]\nfilesystems=~/Music;\n[Environment]\nCOLOUR=red\n`;

describe("plans of an earlier broker", () => {
  let broker: TestBroker;
  let plans = "";
  let manifest = "";

  const run = async (...options: readonly string[]): Promise<{ readonly remembered: boolean; readonly text: string }> => {
    const front = await ask(broker, ["run", "--timing", ...options, ID]);
    const plan = front.frames.find((frame) => frame.type === FrontFrame.PLAN);
    assert.ok(plan !== undefined, front.output(2));
    front.stream.close();
    const text = Buffer.from(plan.payload).toString("latin1");
    const instance = /\/\.flatpak\/([0-9]+)/.exec(text)?.[1] ?? "none";
    return { remembered: !/: plan /.test(front.output(2)), text: text.replaceAll(instance, "INSTANCE") };
  };
  const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
  /** Until a plan is used again, and has been for so long that its bytes are kept. */
  const settle = async (): Promise<void> => {
    for (const end = Date.now() + 15_000; Date.now() < end; await pause(150)) if ((await run()).remembered) return pause(400);
    throw new Error("no plan was ever used again");
  };
  const files = (): readonly string[] => readdirSync(plans).map((name) => join(plans, name));
  const succeed = async (): Promise<void> => {
    broker.process.kill("SIGTERM");
    await broker.ended;
    broker = await startBroker({ directory: join(broker.home, "..") });
  };

  before(async () => {
    broker = await startBroker();
    plans = join(broker.runtimeDirectory, "tsbox/plans");
    manifest = join(broker.home, `.local/share/tsbox/manifests/${ID}.ini`);
    mkdirSync(join(manifest, ".."), { recursive: true });
    mkdirSync(join(broker.home, "Music"));
    writeFileSync(manifest, MANIFEST);
    await settle();
  });
  after(() => broker.stop());

  test("are used at the first request, and say what a new one says", async () => {
    await succeed();
    assert.ok(files().length > 0);
    assert.deepEqual([lstatSync(plans).mode & 0o777, ...files().map((file) => lstatSync(file).mode & 0o777)], [0o700, ...files().map(() => 0o600)]);
    const kept = await run();
    assert.ok(kept.remembered);
    const anew = await run("--no-plan-cache");
    assert.equal(anew.remembered, false);
    assert.equal(kept.text, anew.text);
  });

  test("are passed over where the manifest changed meanwhile, once and for all", async () => {
    await settle();
    await succeed();
    writeFileSync(manifest, MANIFEST.replace("red", "tan"));
    const changed = await run();
    assert.deepEqual([changed.remembered, changed.text.includes("tan"), changed.text.includes("red")], [false, true, false]);
    writeFileSync(manifest, MANIFEST);
    assert.equal((await run()).remembered, false);
  });

  for (const [what, spoil] of [
    ["of another build", (text: string) => text.replace(process.version, "v0.0.0")],
    ["of another boot", (text: string) => text.replace(readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(), "12345678-0000-0000-0000-000000000000")],
    ["that was cut off", (text: string) => text.slice(0, -100)],
    ["that is nonsense", () => "{}"],
    ["of other words", (text: string) => text.replace(`"${ID}"]`, '"org.example.Other"]')],
  ] as const) {
    test(`are made anew in the place of one ${what}`, async () => {
      await settle();
      await succeed();
      const before = files().map((file) => [file, readFileSync(file, "utf8")] as const);
      for (const [file, text] of before) {
        assert.notEqual(spoil(text), text);
        writeFileSync(file, spoil(text));
      }
      assert.equal((await run()).remembered, false);
      await settle();
      await succeed();
      assert.ok((await run()).remembered);
    });
  }
});
