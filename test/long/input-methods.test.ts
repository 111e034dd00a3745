// Chinese typed through fcitx5 and ibus, which run outside, into a GTK and a Qt program inside. The keys are pressed on the X server, as a keyboard's.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE } from "../support/server-script.ts";
import type { Session } from "../support/session.ts";
import { startXvfb } from "../support/xvfb.ts";

const QT_LINE = [
  "import sys",
  "from PyQt5.QtWidgets import QApplication, QLineEdit",
  "app = QApplication(sys.argv)",
  "line = QLineEdit()",
  "line.setWindowTitle('line to type')",
  "line.returnPressed.connect(lambda: (print(line.text(), flush=True), app.quit()))",
  "line.show()",
  "app.exec()",
].join("\n");

const FCITX_PROFILE =
  "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n\n[Groups/0/Items/0]\nName=keyboard-us\n\n[Groups/0/Items/1]\nName=pinyin\n\n[GroupOrder]\n0=Default\n";

interface Method {
  readonly name: "fcitx" | "ibus";
  readonly argv: readonly [string, ...string[]];
  /** Switches to Chinese; the answer says whether it did. */
  readonly choose: readonly [string, ...string[]];
  readonly chosen: readonly [string, ...string[]];
  /** Says something once the method serves. */
  readonly ready: readonly [string, ...string[]];
  readonly files: Readonly<Record<string, string>>;
}

const METHODS: readonly Method[] = [
  {
    name: "fcitx",
    argv: ["fcitx5"],
    choose: ["fcitx5-remote", "-s", "pinyin"],
    chosen: ["fcitx5-remote", "-n"],
    ready: ["fcitx5-remote"],
    files: { ".config/fcitx5/profile": FCITX_PROFILE },
  },
  {
    name: "ibus",
    argv: ["ibus-daemon", "--xim", "--panel=disable"],
    choose: ["ibus", "engine", "libpinyin"],
    chosen: ["ibus", "engine"],
    ready: ["ibus", "address"],
    files: {},
  },
];

const PROGRAMS = [
  { name: "GTK", command: "zenity", argv: ["--entry", "--title=line to type"] },
  { name: "Qt", command: "python3", argv: ["-c", QT_LINE] },
] as const;

/** Presses the keys into the window until the line holds the characters; an input method that is still coming up takes none. */
async function typeChinese(session: Session, { choose, chosen }: Method): Promise<void> {
  const window = await waitFor(
    "the line",
    async () => (await session.run(["xdotool", "search", "--onlyvisible", "--name", "^line to type$"])).stdout.trim().split("\n").at(-1) || false,
    20_000,
  );
  await session.run(["xdotool", "windowactivate", "--sync", window]);
  await waitFor(
    "the choice of Chinese",
    async () => {
      await session.run(choose);
      return /pinyin/.test((await session.run(chosen)).stdout);
    },
    10_000,
  );
  await session.run(["xdotool", "sleep", "1", "type", "--delay", "120", "nihao"]);
  await session.run(["xdotool", "sleep", "1", "key", "space"]);
  await session.run(["xdotool", "sleep", "1", "key", "Return"]);
}

for (const method of METHODS) {
  inOrdinarySession(`the input method ${method.name}`, (session) => {
    before(async () => {
      await startXvfb(session(), { windowManager: true });
      await startBus(session());
      for (const [path, text] of Object.entries(method.files)) session().write(path, text);
      Object.assign(session().environment, { GTK_IM_MODULE: method.name, QT_IM_MODULE: method.name, XMODIFIERS: `@im=${method.name}` });
      const server = session().start(method.argv, { limit: SERVER_LIFE });
      session().onClose(async () => {
        server.kill("SIGTERM");
        await server.ended;
      });
      await waitFor("the input method", async () => /^\d|unix:/.test((await session().run(method.ready)).stdout), 20_000);
    });

    for (const program of PROGRAMS) {
      it(`writes Chinese into a ${program.name} program inside`, async () => {
        const app = await makeApp(session(), `org.example.Chinese${program.name}`, `command=${program.command}\n[Context]\nsockets=x11;\n`);
        const running = app.start(program.argv, { limit: 60_000 });
        await typeChinese(session(), method);
        const outcome = await running.ended;
        assert.equal(outcome.stdout, "你好\n", outcome.stderr);
      });
    }
  });
}
