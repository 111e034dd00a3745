// Documents of our own beside those of Debian's document portal, which is a file system by FUSE: the same cases through the same app, with both. Ours must keep every case;
// of the other is written down what it keeps, and it must keep what is not known to be lost there, so that the cases are known to be fair.
import assert from "node:assert/strict";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { before, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { openFuse } from "../support/portal.ts";
import { waitFor } from "../support/process.ts";
import { findTsbox } from "../support/sandbox.ts";
import { backgroundProcesses, readArguments, type Session } from "../support/session.ts";
import { waitForWindow } from "../support/window.ts";
import { startXvfb } from "../support/xvfb.ts";
import { FLAT_LETTER } from "./catalogue/documents.ts";
import { DOCUMENT_CASES, type DocumentCase, type Scene } from "./document-cases.ts";
import { writeReportLine } from "./report.ts";

const ID = "org.example.Editor";
const OFFICE = "org.libreoffice.LibreOffice";
const NAME = "letter.txt";
const SERVICES = ["org.freedesktop.portal.Documents", "org.freedesktop.impl.portal.PermissionStore"];
const DOCUMENTS = ["--path=/org/freedesktop/portal/documents", "--name=org.freedesktop.portal.Documents"];

for (const kind of ["our own", "Debian's by FUSE"] as const) {
  const isOurs = kind === "our own";
  inOrdinarySession(`documents, ${kind}`, (session) => {
    let app: PortalApp;
    let tsbox: string;
    let count = 0;

    before(async () => {
      if (!isOurs) {
        openFuse(session());
        for (const name of SERVICES) session().link(`/usr/share/dbus-1/services/${name}.service`, `${session().scratch}/services/${name}.service`);
        session().onClose(() => endDocumentPortal(session()));
      }
      await startXvfb(session(), { windowManager: true });
      await startBareBus(session());
      session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
      session().makeFolder("shared");
      app = await makePortalApp(session(), ID, "[Context]\nfilesystems=~/shared;\n");
      tsbox = await findTsbox(session());
      const helper = "save_document.py";
      session().write(`.local/share/tsbox/manifests/${ID}/bin/${helper}`, readFileSync(`test/fixtures/programs/${helper}`), 0o755);
    });

    /** The path inside of a file that the user gives by a command. */
    const exportTo = async (id: string, file: string, ...options: string[]): Promise<string> => {
      const done = await session().run([isOurs ? tsbox : "flatpak", "document-export", ...options, `--app=${id}`, file]);
      assert.equal(done.status, 0, done.stderr);
      return done.stdout.trim().replace(/^.*\/doc\//, "/run/flatpak/doc/");
    };
    const crash = async (): Promise<void> => {
      const served = isOurs
        ? backgroundProcesses(session().runtimeDirectory).find(({ argv }) => argv.some((word) => word.endsWith("broker.cjs")))?.pid
        : await documentPortal(session());
      assert.ok(served !== undefined);
      process.kill(served, "SIGKILL");
      await waitFor("its end", () => readArguments(served).length === 0);
    };
    const revive = async (): Promise<void> => {
      if (!isOurs) await session().run(["fusermount3", "-uz", `${session().runtimeDirectory}/doc`]);
      await app.call("Documents.GetMountPoint", "()", ...DOCUMENTS);
    };

    const play = async (one: DocumentCase): Promise<boolean> => {
      const number = ++count;
      const folder = one.far === true ? mkdtempSync("/dev/shm/tsbox-test-") : session().makeFolder(`private/${number}`);
      const { uid, gid } = session().account;
      if (one.far === true && process.getuid?.() === 0) chownSync(folder, uid, gid);
      try {
        const file = `${folder}/${NAME}`;
        if (one.content !== undefined) session().write(file, one.content);
        session().write("answers.json", JSON.stringify({ files: [file] }));
        const scene: Scene = {
          session: session(),
          file,
          ready: session().path(`shared/ready${number}`),
          go: session().path(`shared/go${number}`),
          crash,
          revive,
        };
        const script = `name=${NAME} ready=${scene.ready} go=${scene.go}; cd "$(dirname "$1")" && echo --- && { ${one.inside}; }`;
        const running = one.readOnly
          ? app.start(["call", "org.freedesktop.portal.Documents.GetMountPoint", "()", ...DOCUMENTS, `--then=set -- ${await exportTo(ID, file)}; ${script}`])
          : app.startRequest(
              `FileChooser.${one.content === undefined ? "SaveFile" : "OpenFile"}`,
              "('', 'T', {'handle_token': <'TOKEN'>})",
              `--then=${script}`,
            );
        if (one.outside !== undefined) {
          await waitFor(`${one.name}: the app`, () => running.stdout().includes("---\n") && existsSync(scene.ready));
          await one.outside(scene);
          session().write(scene.go, "");
        }
        const { stdout, stderr } = await running.ended;
        if (one.outside !== undefined) await revive();
        const [, output] = stdout.split("---\n");
        assert.ok(output !== undefined, `${one.name}: the document was not shown: ${stdout}${stderr}`);
        return await waitFor(one.name, () => one.cameThrough(scene, output), 4_000).catch(() => false);
      } finally {
        if (one.far === true) rmSync(folder, { recursive: true, force: true });
      }
    };

    for (const one of DOCUMENT_CASES) {
      it(isOurs ? `${one.name} comes through` : `${one.name}: what is known of it holds`, async () => {
        const came = await play(one);
        writeReportLine("documents", `${one.name}, ${kind}`, came ? "comes through" : `is lost${one.losesByFuse === undefined ? "" : `: ${one.losesByFuse}`}`);
        if (isOurs || one.losesByFuse === undefined) assert.ok(came, one.name);
      });
    }

    it(isOurs ? "LibreOffice's save comes through, and its lock file is nowhere outside" : "what is known of LibreOffice holds", async () => {
      session().write(`.local/share/tsbox/manifests/${OFFICE}.ini`, readFileSync(`manifests/${OFFICE}.ini`));
      const file = session().write("private/office/letter.fodt", FLAT_LETTER);
      const inside = await exportTo(OFFICE, file, "-w");
      const options = ["--nosocket=wayland", "--nofilesystem=xdg-documents"];
      const office = session().start([tsbox, "run", ...options, OFFICE, "--norestore", "--nologo", inside], { limit: 240_000 });
      const window = await waitForWindow(session(), "letter.fodt|Document in Use", office, 120_000);
      if (!isOurs && (await window.title()) === "Document in Use") {
        writeReportLine("documents", `LibreOffice's save, ${kind}`, "is lost: it takes the document for locked, and opens it for reading alone");
        office.kill("SIGTERM");
        await office.ended;
        return;
      }
      // It shows an empty window first and loads then.
      await wait(15_000);
      await window.press("ctrl+Home");
      await window.type("typed inside ");
      await window.press("ctrl+s");
      // It begins the sentence with a capital.
      await waitFor("the save outside", () => /typed inside /i.test(session().read("private/office/letter.fodt")), 40_000);
      const left = (await session().run(["ls", "-A", session().path("private/office")])).stdout;
      office.kill("SIGTERM");
      await office.ended;
      writeReportLine(
        "documents",
        `LibreOffice's save, ${kind}`,
        `comes through; beside it: ${left.split("\n").filter((name) => name !== "letter.fodt" && name !== "").length} files`,
      );
      if (isOurs) assert.equal(left, "letter.fodt\n");
    });
  });
}

async function documentPortal(session: Session): Promise<number | undefined> {
  const name = "org.freedesktop.portal.Documents";
  const asked = await session.run([
    "gdbus",
    "call",
    "--session",
    "--dest",
    "org.freedesktop.DBus",
    "--object-path",
    "/",
    "--method",
    "org.freedesktop.DBus.GetConnectionUnixProcessID",
    name,
  ]);
  const pid = Number(/uint32 (\d+)/.exec(asked.stdout)?.[1]);
  return pid > 1 ? pid : undefined;
}

async function endDocumentPortal(session: Session): Promise<void> {
  const pid = await documentPortal(session);
  if (pid !== undefined) process.kill(pid, "SIGTERM");
  await session.run(["fusermount3", "-uz", `${session.runtimeDirectory}/doc`]);
}
