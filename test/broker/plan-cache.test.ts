// A remembered plan is used again only where nothing that it was made from has changed: each input is changed here in turn, and the plan must follow.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serveMadeUpCompositor } from "../../launcher/startup/made-up-compositor.ts";
import { FrontFrame } from "../../native/frames.ts";
import { ask, type RequestWishes, startBroker, type TestBroker } from "../support/broker.ts";

/** Files younger than this are not trusted to be told apart from their next version. */
const SETTLE_MILLISECONDS = 2600;
const MANIFEST =
  "[Application]\nname=org.example.Cached\ncommand=true\n[Context]\nfilesystems=~/Music;xdg-run/thing;\nsockets=wayland;\n[Environment]\nCOLOUR=red\n";

interface Answer {
  readonly remembered: boolean;
  /** The plan's words without what belongs to the one instance. */
  readonly words: readonly string[];
}

describe("a remembered plan", () => {
  let broker: TestBroker;
  let manifest = "";
  let socket = "";
  const makeSocket = async (): Promise<void> => {
    // Made before the old one goes: the file system would give the same inode to a successor.
    await serveMadeUpCompositor(`${socket}.new`);
    renameSync(`${socket}.new`, socket);
  };
  const settle = (): Promise<void> => new Promise((done) => setTimeout(done, SETTLE_MILLISECONDS));
  const run = async (argv: readonly string[] = ["org.example.Cached"], wishes: RequestWishes = {}): Promise<Answer> => {
    const front = await ask(broker, ["run", "--timing", ...argv], { environment: { WAYLAND_DISPLAY: "wayland-7" }, ...wishes });
    const plan = front.frames.find((frame) => frame.type === FrontFrame.PLAN);
    assert.ok(plan !== undefined, front.output(2));
    const bytes = Buffer.from(plan.payload);
    const text = bytes.subarray(8 + 4 * bytes.readUInt32LE(4), 8 + 4 * bytes.readUInt32LE(4) + bytes.readUInt32LE(0)).toString("utf8");
    const instance = /\/\.flatpak\/([0-9]+)/.exec(text)?.[1] ?? "none";
    front.stream.close();
    return {
      remembered: /: fingerprint /.test(front.output(2)) && !/: plan /.test(front.output(2)),
      words: text.replaceAll(instance, "INSTANCE").split("\0"),
    };
  };

  /** Asks until a plan is used again: one is kept only after its answer is out, and not while anything that it was made from is young. */
  const again = async (argv?: readonly string[], wishes?: RequestWishes): Promise<Answer> => {
    for (const end = Date.now() + 12_000; Date.now() < end; ) {
      const answer = await run(argv, wishes);
      if (answer.remembered) return answer;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("no plan was ever used again");
  };

  before(async () => {
    broker = await startBroker();
    socket = join(broker.runtimeDirectory, "wayland-7");
    manifest = join(broker.home, ".local/share/tsbox/manifests/org.example.Cached.ini");
    mkdirSync(join(manifest, ".."), { recursive: true });
    writeFileSync(manifest, MANIFEST);
    for (const folder of ["Music", "Other"]) mkdirSync(join(broker.home, folder));
    await makeSocket();
    // The first start makes the app's folders and the protected ones, which the second sees.
    await again();
  });
  after(() => broker.stop());

  test("is used again for the same request, and says the same", async () => {
    await again();
    const first = await run();
    const second = await run();
    assert.deepEqual([first.remembered, second.remembered], [true, true]);
    assert.deepEqual(second.words, first.words);
    assert.deepEqual(second.words, (await run(["--no-plan-cache", "org.example.Cached"])).words);
  });

  test("is used again whatever the app's own arguments are, but not without any", async () => {
    await again();
    await again(["org.example.Cached", "one"]);
    const other = await run(["org.example.Cached", "two", "--three"]);
    assert.ok(other.remembered);
    assert.notDeepEqual(other.words, (await run()).words);
  });

  test("is made anew after an edit of the manifest in place, with the new value", async () => {
    writeFileSync(manifest, MANIFEST.replace("red", "tan"));
    const changed = await run();
    assert.equal(changed.remembered, false);
    assert.ok(changed.words.includes("tan") && !changed.words.includes("red"));
    await again();
  });

  test("is made anew after an atomic replacement of the manifest", async () => {
    writeFileSync(`${manifest}.new`, MANIFEST);
    renameSync(`${manifest}.new`, manifest);
    assert.ok((await run()).words.includes("red"));
  });

  test("of a file that changed a moment ago is not kept: the next change might not show", async () => {
    writeFileSync(manifest, MANIFEST);
    assert.equal((await run()).remembered, false);
    assert.equal((await run()).remembered, false);
    await settle();
    await run();
  });

  test("is made anew when an override appears and when it goes", async () => {
    await again();
    const override = join(broker.home, ".local/share/tsbox/overrides/org.example.Cached");
    mkdirSync(join(override, ".."), { recursive: true });
    writeFileSync(override, "[Environment]\nSHAPE=round\n");
    assert.ok((await run()).words.includes("SHAPE"));
    rmSync(override);
    assert.ok(!(await run()).words.includes("SHAPE"));
    await settle();
    await run();
  });

  for (const [what, change] of [
    [
      "a granted folder is replaced by another",
      (home: string) => {
        renameSync(join(home, "Music"), join(home, "Former"));
        renameSync(join(home, "Other"), join(home, "Music"));
      },
    ],
    ["a granted folder goes", (home: string) => renameSync(join(home, "Music"), join(home, "Gone"))],
    ["a link stands in a granted folder's place", (home: string) => symlinkSync(join(home, "Gone"), join(home, "Music"))],
  ] as const) {
    test(`is made anew when ${what}`, async () => {
      const before = await again();
      change(broker.home);
      const changed = await run();
      assert.equal(changed.remembered, false);
      assert.notDeepEqual(changed.words, before.words);
    });
  }

  test("is made anew when a granted socket is another one, and refused when it is gone", async () => {
    // The link of the last case is new.
    await settle();
    await run();
    const before = await again();
    await makeSocket();
    assert.notDeepEqual((await run()).words, before.words);
    rmSync(socket);
    const front = await ask(broker, ["run", "org.example.Cached"], { environment: { WAYLAND_DISPLAY: "wayland-7" } });
    assert.equal(front.status(), 125);
    await makeSocket();
    await run();
  });

  test("is made anew for another value of a variable that it read, and used for one that it did not read", async () => {
    const environment = { WAYLAND_DISPLAY: "wayland-7", XDG_ACTIVATION_TOKEN: "one" };
    await again(undefined, { environment });
    assert.ok((await run(undefined, { environment: { ...environment, XDG_ACTIVATION_TOKEN: "two" } })).remembered);
    assert.equal((await run(undefined, { environment: { ...environment, XDG_CONFIG_HOME: `${broker.home}/elsewhere` } })).remembered, false);
    assert.equal((await run(undefined, { environment: { ...environment, LC_ALL: "C" } })).remembered, false);
  });

  test("is made anew after an edit in place of a file that names Flatpak's installations", async () => {
    const config = join(broker.home, "flatpak");
    const file = join(config, "installations.d/more.conf");
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, '[Installation "more"]\nPath=/nowhere\n');
    const environment = { WAYLAND_DISPLAY: "wayland-7", FLATPAK_CONFIG_DIR: config };
    await settle();
    await again(undefined, { environment });
    writeFileSync(file, '[Installation "more"]\nPath=/elsewhere\n');
    assert.equal((await run(undefined, { environment })).remembered, false);
  });

  test("is made anew for another working directory", async () => {
    await again();
    assert.equal((await run(undefined, { cwd: broker.home })).remembered, false);
  });
});
