// Chinese typed through fcitx5 and ibus, which run outside, into a GTK and a Qt program inside. The keys are pressed on the X server, as a keyboard's.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { CHINESE, FCITX, IBUS, type InputMethod, startInputMethod, typeChinese } from "../support/input-method.ts";
import { waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
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

const PROGRAMS = [
  { name: "GTK", command: "zenity", argv: ["--entry", "--title=line to type"] },
  { name: "Qt", command: "python3", argv: ["-c", QT_LINE] },
] as const;

/** Types into the program's line and ends it. */
async function fillLine(session: Session, method: InputMethod): Promise<void> {
  const window = await waitFor(
    "the line",
    async () => (await session.run(["xdotool", "search", "--onlyvisible", "--name", "^line to type$"])).stdout.trim().split("\n").at(-1) || false,
    20_000,
  );
  await session.run(["xdotool", "windowactivate", "--sync", window]);
  await typeChinese(session, method);
  await session.run(["xdotool", "sleep", "1", "key", "Return"]);
}

for (const method of [FCITX, IBUS]) {
  inOrdinarySession(`the input method ${method.name}`, (session) => {
    before(async () => {
      await startXvfb(session(), { windowManager: true });
      await startBus(session());
      session().onClose(await startInputMethod(session(), method));
    });

    for (const program of PROGRAMS) {
      it(`writes Chinese into a ${program.name} program inside`, async () => {
        const app = await makeApp(session(), `org.example.Chinese${program.name}`, `command=${program.command}\n[Context]\nsockets=x11;\n`);
        const running = app.start(program.argv, { limit: 60_000 });
        await fillLine(session(), method);
        const outcome = await running.ended;
        assert.equal(outcome.stdout, `${CHINESE}\n`, outcome.stderr);
      });
    }
  });
}
