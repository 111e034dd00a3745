// Nothing that was looked at for a plan is forgotten when the plan is remembered: what the broker opens, looks at and lists on the way is recorded beside it,
// and each path must be one that the plan's fingerprint looks at again.
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { decodePlanText } from "../../launcher/broker/plan-text.ts";
import { FrontFrame } from "../../native/frames.ts";
import { ask, startBroker, type TestBroker } from "../support/broker.ts";

/** Patches what of node:fs looks at something; each path goes to a file. */
const RECORDER = `
import fs, { appendFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";
for (const name of ["readFileSync", "openSync", "statSync", "lstatSync", "readdirSync", "existsSync", "realpathSync", "readlinkSync", "accessSync", "opendirSync"]) {
  const original = fs[name];
  fs[name] = Object.assign((path, ...rest) => {
    if (typeof path === "string") appendFileSync(process.env.SEEN, name + " " + resolve(path) + "\\n");
    return original(path, ...rest);
  }, original);
}
syncBuiltinESMExports();
`;

const folder = mkdtempSync(join(tmpdir(), "tsbox-behind-"));
after(() => rmSync(folder, { recursive: true }));

/** The broker's own files, Node's, and the kernel's tables, which are compared in other ways or say nothing about an app. */
function isOfNobody({ runtimeDirectory, home }: TestBroker, path: string): boolean {
  const own = [`${runtimeDirectory}/tsbox`, `${runtimeDirectory}/.flatpak`, `${home}/.local/state/tsbox/log`, resolve("."), "/proc", "/sys", "/dev"];
  return own.some((start) => path === start || path.startsWith(`${start}/`));
}

/**
 * Written by the first start of an app, and of weight only where something else that is looked at changes too: which of two sources an id means matters where
 * Flatpak has such an app, and whose data it is for a manifest that nobody installed.
 */
const SETTLED = /\/\.local\/state\/tsbox\/(sources|data-of)\/org\.example\.Behind(--second)?$/;

describe("a remembered plan looks again at all that was looked at for it", { concurrency: true }, () => {
  const cases: readonly { readonly what: string; readonly argv: readonly string[]; readonly manifest: string; prepare?(home: string): void }[] = [
    {
      what: "for an app by its id",
      argv: ["org.example.Behind"],
      manifest: "[Context]\nfilesystems=~/Music;xdg-documents;host-etc:ro;\nshared=network;\ndevices=dri;\n",
    },
    {
      what: "for one with overrides and limits",
      argv: ["org.example.Behind"],
      manifest: "[Context]\nfilesystems=~/Music;\npersistent=.behind;\n",
      prepare(home) {
        const overrides = join(home, ".local/share/tsbox/overrides");
        mkdirSync(overrides, { recursive: true });
        writeFileSync(join(overrides, "global"), "[Context]\nshared=!network;\n");
        writeFileSync(join(overrides, "org.example.Behind"), "[Context]\nfilesystems=~/Videos;\n");
      },
    },
    { what: "for another instance of it", argv: ["--instance=second", "org.example.Behind"], manifest: "[Context]\nfilesystems=~/Music;\n" },
    { what: "for a manifest by its path", argv: ["./org.example.Behind.ini"], manifest: "[Context]\nshared=ipc;\nunset-environment=COLOUR;\n" },
  ];
  for (const { what, argv, manifest, prepare } of cases) {
    it(what, async () => {
      const directory = mkdtempSync(join(folder, "broker-"));
      const seen = join(directory, "seen");
      writeFileSync(join(directory, "recorder.mjs"), RECORDER);
      writeFileSync(seen, "");
      const home = join(directory, "home");
      const file = join(home, ".local/share/tsbox/manifests/org.example.Behind.ini");
      mkdirSync(dirname(file), { recursive: true });
      for (const name of ["Music", "Videos"]) mkdirSync(join(home, name));
      writeFileSync(file, `[Application]\nname=org.example.Behind\ncommand=true\n${manifest}`);
      prepare?.(home);
      const environment = { NODE_OPTIONS: `--import=${pathToFileURL(join(directory, "recorder.mjs"))}`, SEEN: seen };
      const broker = await startBroker({ directory, environment });
      try {
        const plans = join(broker.runtimeDirectory, "tsbox/plans");
        const wishes = { cwd: dirname(file) };
        let from = 0;
        // A folder above counts with what is looked at in it. Until nothing that the plan was made from is young any more.
        for (const end = Date.now() + 15_000; Date.now() < end && !(existsSync(plans) && readdirSync(plans).length > 0); ) {
          from = readFileSync(seen, "utf8").length;
          const front = await ask(broker, ["run", ...argv], wishes);
          assert.ok(front.has(FrontFrame.PLAN), front.output(2));
          appendFileSync(seen, "GO\n");
          front.stream.close();
          await new Promise((done) => setTimeout(done, 600));
        }
        const [plan] = readdirSync(plans);
        const { fingerprint } = decodePlanText(readFileSync(join(plans, plan ?? ""), "utf8")) as { readonly fingerprint: { readonly words: Buffer } };
        const looked = new Set(
          fingerprint.words
            .toString("utf8")
            .split("\0")
            .map((word) => word.slice(1)),
        );
        const [before = ""] = readFileSync(seen, "utf8").slice(from).split("GO\n");
        const used = before.split("\n").filter((line) => line !== "");
        assert.ok(
          used.some((line) => line.endsWith("org.example.Behind.ini")),
          "the recorder saw the manifest",
        );
        const forgotten = used.filter((line) => {
          const path = line.slice(line.indexOf(" ") + 1);
          return !isOfNobody(broker, path) && !SETTLED.test(path) && ![...looked].some((one) => one === path || one.startsWith(`${path}/`));
        });
        assert.deepEqual([...new Set(forgotten)], []);
      } finally {
        await broker.stop();
      }
    });
  }
});
