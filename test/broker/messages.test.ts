// Every message of a failing `tsbox run`, as the caller reads it on standard error, against golden files.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { answerRequest } from "../../launcher/broker/answer.ts";
import type { Broker } from "../../launcher/broker/broker.ts";
import type { FrontLink } from "../../launcher/broker/front-link.ts";
import { CLI_MESSAGES } from "../../launcher/messages/cli.ts";
import { RUN_MESSAGES } from "../../launcher/messages/run.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import { encodeFields, FrontFrame } from "../../native/frames.ts";
import { addon, ask, connectFront, type RequestWishes, requestFields, startBroker, type TestBroker, type TestFront, until } from "../support/broker.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";

interface Case {
  readonly name: string;
  readonly keys: readonly string[];
  readonly argv: readonly string[];
  readonly status?: number;
  readonly wishes?: RequestWishes;
  readonly files?: Readonly<Record<string, string>>;
}

const APP = "[Application]\nname=org.example.App\ncommand=true\n";
const WITH_BUS = `${APP}\n[Session Bus Policy]\norg.example.Other=talk\n`;

const CASES: readonly Case[] = [
  { name: "no-app", keys: ["run.app-missing"], argv: ["run"] },
  { name: "relative-working-directory", keys: ["run.cwd-relative"], argv: ["run", "--cwd=here", "./app.ini"], files: { "app.ini": APP } },
  { name: "bind-that-cannot-be-read", keys: ["manifest.bind-form"], argv: ["run", "--bind=here:/mnt/x", "./app.ini"], files: { "app.ini": APP } },
  { name: "unknown-dry-run-format", keys: ["run.dry-run-format"], argv: ["run", "--dry-run=xml", "./app.ini"], files: { "app.ini": APP } },
  { name: "descriptor-number", keys: ["run.fd-number"], argv: ["run", "--fd=2", "./app.ini"], files: { "app.ini": APP } },
  { name: "descriptor-closed", keys: ["run.fd-closed"], argv: ["run", "--fd=9", "./app.ini"], files: { "app.ini": APP } },
  { name: "unknown-option", keys: ["usage.unknownOption"], argv: ["run", "--no-such-option", "./app.ini"] },
  { name: "misspelt-option", keys: ["usage.unknownOption-nearest"], argv: ["run", "--comand=sh", "./app.ini"] },
  { name: "option-without-a-value", keys: ["usage.optionMissingArgument"], argv: ["run", "--command"] },
  { name: "too-many-arguments", keys: ["usage.excessArguments"], argv: ["ps", "more"] },
  { name: "argument-missing", keys: ["usage.missingArgument"], argv: ["kill"] },
  { name: "unknown-app", keys: [], argv: ["run", "org.example.Absent"] },
  {
    name: "misspelt-app",
    keys: [],
    argv: ["run", "org.example.Calculatr"],
    files: { "home/.local/share/tsbox/manifests/org.example.Calculator.ini": APP.replace("App", "Calculator") },
  },
  { name: "invalid-id", keys: [], argv: ["run", "org.-example.App"] },
  { name: "unknown-program", keys: [], argv: ["run", "no-such-program"] },
  { name: "no-such-file", keys: [], argv: ["run", "./absent.ini"] },
  { name: "folder-as-manifest", keys: [], argv: ["run", "./"] },
  { name: "unparsable-manifest", keys: [], argv: ["run", "./broken.ini"], files: { "broken.ini": `${APP}[Context]\nsockets=!x12\nnonsense\n` } },
  { name: "manifest-without-command", keys: [], argv: ["run", "./bare.ini"], files: { "bare.ini": "[Application]\nname=org.example.Bare\n" } },
  {
    name: "desktop-name-as-id",
    keys: [],
    argv: ["run", "./desktop.ini"],
    files: { "desktop.ini": "[Application]\nname=org.freedesktop.Thing\ncommand=true\n" },
  },
  {
    name: "absent-runtime",
    keys: ["flatpak.runtime-absent"],
    argv: ["run", "./runtime.ini"],
    files: { "runtime.ini": `${APP}runtime=org.gnome.Platform/x86_64/48\n` },
  },
  { name: "unknown-runtime", keys: ["run.runtime-absent"], argv: ["run", "./runtime.ini"], files: { "runtime.ini": `${APP}runtime=debian\n` } },
  { name: "unknown-source", keys: ["run.from-word"], argv: ["run", "--from=snap", "org.example.App"] },
  {
    name: "dead-bus",
    keys: ["run.bus-refused"],
    argv: ["run", "./bus.ini"],
    files: { "bus.ini": WITH_BUS },
    wishes: { environment: { DBUS_SESSION_BUS_ADDRESS: "unix:path=@DIRECTORY@/dead-bus" } },
  },
  { name: "unknown-backend", keys: ["run.backend-unknown"], argv: ["run", "--backend=docker", "./app.ini"], files: { "app.ini": APP } },
  {
    name: "part-that-nobody-asked-for",
    keys: ["run.part-unknown"],
    argv: ["run", "./app.ini"],
    wishes: { environment: { TSBOX_SUB_SANDBOX: "0123456789abcdef0123456789abcdef" } },
    files: { "app.ini": APP },
  },
  { name: "unknown-window", keys: ["ps.window-number"], argv: ["ps", "--window=nonsense"], wishes: { environment: { DISPLAY: ":9" } } },
  { name: "window-without-a-display", keys: ["ps.display-unset"], argv: ["ps", "--window=7"] },
  { name: "window-of-a-far-display", keys: ["ps.no-display"], argv: ["ps", "--window=7"], wishes: { environment: { DISPLAY: "far.example:0" } } },
  { name: "unknown-column", keys: ["cli.column-unknown"], argv: ["ps", "--columns=nonsense"] },
  { name: "ambiguous-column", keys: ["cli.column-ambiguous"], argv: ["ps", "--columns=a"] },
  { name: "kill-nothing", keys: ["cli.not-running"], argv: ["kill", "org.example.App"], status: 1 },
];

/** Where the text of each other key is tested; anything else must have a golden file above or below. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "render.hint": "in every golden file",
  "render.notice": "test/messages/languages.test.ts",
  "cli.output": "test/broker/listings.test.ts: nothing can be written",
  "cli.usage": "what the parser finds that has no text of its own: nothing now",
  "cli.usage-nearest": "as cli.usage",
  "usage.unknownCommand": "test/cli/main.test.ts: a broker answers its own commands alone",
  "usage.unknownCommand-nearest": "as usage.unknownCommand",
  "run.not-started": "test/boundary: a notification",
  "run.bind-follow": "test/broker/follow-binds.test.ts: needs a folder that is swapped between plan and start",
  "run.part-beyond": "test/plan/sub-sandbox.test.ts: needs a manifest that changes between two looks",
  "run.bus-process": "test/broker/launch.test.ts",
  "run.bus-silent": "test/boundary/hand-over.test.ts",
  "run.handed-over": "test/boundary/hand-over.test.ts",
  "run.backend-bwrap-absent": "needs a host without bubblewrap",
  "run.backend-bwrap-word": "test/plan/in-bwrap-words.test.ts",
  "run.x11-stranger": "test/boundary/x11-modes.test.ts",
  "ps.window-nobody": "needs a client that the server cannot tell",
  "ps.window-outside": "test/boundary/window-owner.test.ts",
  "ps.window-asked": "needs an X server that breaks off",
  "run.standard-unfit": "test/boundary/earlier-runs.test.ts",
  "run.argument-unseen": "test/boundary/opened-files.test.ts",
  "run.opened-beside": "test/boundary/opened-files.test.ts",
  "reload.changed": "test/cli/reload.test.ts",
  "reload.same": "test/cli/reload.test.ts",
  "reload.later": "test/cli/reload.test.ts",
  "reload.nothing": "test/cli/reload.test.ts",
  "reload.bus-process": "test/cli/reload.test.ts",
  "reload.by-path": "test/boundary/policy-change.test.ts",
  "reload.no-broker": "test/boundary/policy-change.test.ts",
  "cli.kill-refused": "needs an instance of another user",
  "cli.run-needs-front": "test/cli/main.test.ts",
  "cli.no-runtime-directory": "test/cli/main.test.ts",
  "cli.no-shell": "test/cli/completion.test.ts",
  "cli.system": "test/cli/main.test.ts",
  "usage.of-flatpak": "test/cli/program.test.ts",
  "usage.enter": "test/cli/program.test.ts",
  "settings.unknown": "test/settings.test.ts",
};
const CHINESE_FOLDER = "messages/run-zh_CN";
const SPECIAL = {
  "request-malformed": "run.request-malformed",
  "request-foreign": "run.request-foreign",
  "instance-directory": "run.instance-make",
  fault: "run.internal",
} as const;

describe("messages of a failing run", () => {
  let broker: TestBroker;
  let directory = "";
  before(async () => {
    broker = await startBroker();
    directory = join(broker.runtimeDirectory, "..");
    // A socket that nobody listens on any more.
    addon.close(addon.listenUnix(join(directory, "dead-bus"), 1));
  });
  after(() => broker.stop());

  const normalised = (text: string): string =>
    text
      .replaceAll(process.cwd(), "TSBOX")
      .replaceAll(`${directory}/build/..`, "TSBOX")
      .replaceAll(directory, "DIR")
      .replaceAll(String(broker.process.pid), "PID")
      .replaceAll(`\`${process.geteuid?.()}\``, "`UID`");
  const check = (name: string, front: TestFront, status = 125, folder = "messages/run"): void => {
    assertGolden(folder, name, normalised(front.output(2)));
    assert.equal(front.status(), status);
    assert.equal(front.output(1), "");
  };

  for (const one of CASES) {
    test(one.name, async () => {
      for (const [path, text] of Object.entries(one.files ?? {})) {
        mkdirSync(join(directory, path, ".."), { recursive: true });
        writeFileSync(join(directory, path), text);
      }
      const environment = Object.fromEntries(
        Object.entries(one.wishes?.environment ?? {}).map(([name, value]) => [name, value.replaceAll("@DIRECTORY@", directory)]),
      );
      check(one.name, await ask(broker, one.argv, { ...one.wishes, cwd: directory, environment }), one.status);
      // The same broker, asked by somebody who reads Chinese.
      const chinese = await ask(broker, one.argv, { ...one.wishes, cwd: directory, environment: { ...environment, LANG: "zh_CN.UTF-8" } });
      check(one.name, chinese, one.status, CHINESE_FOLDER);
    });
  }

  test("request-malformed", async () => {
    const front = connectFront(broker.socket);
    front.stream.send(FrontFrame.REQUEST, encodeFields([["no-such-key", "1"]]));
    await until(() => front.status() !== undefined);
    check("request-malformed", front);
  });

  test("request-foreign", async () => {
    const front = connectFront(broker.socket);
    front.stream.send(FrontFrame.REQUEST, encodeFields(requestFields({ runtimeDirectory: "/elsewhere", home: "/" }, ["ps"])));
    await until(() => front.status() !== undefined);
    check("request-foreign", front);
  });

  test("instance-directory", async () => {
    rmSync(join(broker.runtimeDirectory, ".flatpak"), { recursive: true, force: true });
    writeFileSync(join(broker.runtimeDirectory, ".flatpak"), "");
    // Of an id of its own: the data of the other one is another manifest's by now.
    writeFileSync(join(directory, "own.ini"), APP.replaceAll("org.example.App", "org.example.Own"));
    check("instance-directory", await ask(broker, ["run", "./own.ini"], { cwd: directory }));
    rmSync(join(broker.runtimeDirectory, ".flatpak"));
  });

  test("fault", () => {
    const written: string[] = [];
    const link = {
      closed: false,
      write: (_: number, text: string) => written.push(text),
      exit: (status: number) => written.push(`status ${status}`),
    } as unknown as FrontLink;
    const broken = {
      bus: { connected: true },
      runtimeDirectory: "/run",
      log: { note: () => {} },
      get uid(): number {
        throw new Error("something impossible");
      },
    } as unknown as Broker;
    answerRequest(broken, { uid: 0, argv: ["run"] } as unknown as FrontRequest, link);
    assertGolden("messages/run", "fault", written[0] ?? "");
    assert.deepEqual(written.slice(1), ["status 125"]);
  });

  test("every key of the tables has a golden file or a named test elsewhere", () => {
    const covered = new Set([...CASES.flatMap((one) => one.keys), ...Object.keys(ELSEWHERE), ...Object.values(SPECIAL)]);
    assert.deepEqual(
      [...Object.keys(RUN_MESSAGES), ...Object.keys(CLI_MESSAGES)].filter((key) => !covered.has(key)),
      [],
    );
    assertNoOrphans(
      CHINESE_FOLDER,
      CASES.map((one) => one.name),
    );
    assertNoOrphans("messages/run", [...CASES.map((one) => one.name), ...Object.keys(SPECIAL)]);
  });
});
