// The broker dies while windows are open: none of them notices, and each still talks on the bus half a minute later.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { busCall } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Desk, furnishDesktop } from "../support/desktop.ts";
import { type Running, waitFor, killHard } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { backgroundProcesses } from "../support/session.ts";
import { waitForWindow } from "../support/window.ts";

const GET_ID = "--dest org.freedesktop.DBus --object-path / --method org.freedesktop.DBus.GetId";
const AFTERWARDS = 30_000;
const CONTEXT = "[Context]\nshared=ipc;\nsockets=x11;\nfilesystems=~/desk;\n[Session Bus Policy]\n";
/** Each owns a name on which it answers, and shows a document. */
const PROGRAMS = [
  { kit: "GTK 3", id: "org.example.Eog", command: "eog", owns: "org.gnome.eog", document: "picture", title: "patches.png" },
  { kit: "GTK 4", id: "org.example.TextEditor", command: "gnome-text-editor", owns: "org.gnome.TextEditor", document: "letter", title: "letter.txt" },
  { kit: "Qt", id: "org.example.LxImage", command: "lximage-qt", owns: "org.lxqt.LxImage", document: "picture", title: "Image Viewer" },
] as const;

inOrdinarySession("kill -9 of the broker", (session) => {
  const running = new Map<string, Running>();
  let desk: Desk;
  before(async () => {
    desk = await furnishDesktop(session());
    for (const program of PROGRAMS) {
      const app = await makeApp(session(), program.id, `command=${program.command}\n${CONTEXT}${program.owns}=own\n`);
      const child = app.start([desk[program.document]], { limit: 150_000 });
      running.set(program.kit, child);
      await waitForWindow(session(), program.title, child, 30_000);
    }
  });

  it("ends no program: half a minute later all run, own their names and answer", async () => {
    const brokers = backgroundProcesses(session().runtimeDirectory).filter(({ argv }) => argv.some((word) => word.endsWith("broker.cjs")));
    assert.equal(brokers.length, 1);
    const shell = await makeApp(session(), "org.example.Shell", "command=sh\n");
    const late = shell.start(["-c", `echo on; read line; exec gdbus call --session --timeout=10 ${GET_ID}`], { input: "pipe", limit: 90_000 });
    await waitFor("the shell", () => late.stdout().includes("on"));
    for (const { pid } of brokers) killHard(pid);
    await new Promise((resolve) => setTimeout(resolve, AFTERWARDS));
    for (const program of PROGRAMS) {
      const child = running.get(program.kit);
      assert.ok(child !== undefined);
      const over = await Promise.race([child.ended, Promise.resolve(undefined)]);
      assert.equal(over, undefined, `${program.kit} ended: ${child.stderr()}`);
      const answer = await busCall(session(), program.owns, "/", "org.freedesktop.DBus.Peer.Ping");
      assert.equal(answer.status, 0, `${program.kit}: ${answer.stderr}`);
    }
    late.write("\n");
    const outcome = await late.ended;
    assert.match(outcome.stdout, /^on\n\('[0-9a-f]{32}',\)\n$/, `a connection made without a broker: ${outcome.stderr}`);
  });

  it("leaves the next start to a new broker", async () => {
    const app = await makeApp(session(), "org.example.Next", "command=true\n");
    assert.equal((await app.run()).status, 0);
    await waitFor("the broker", () => backgroundProcesses(session().runtimeDirectory).some(({ argv }) => argv.some((word) => word.endsWith("broker.cjs"))));
  });

  it("leaves windows that close as they should", async () => {
    for (const [kit, child] of running) {
      child.kill("SIGTERM");
      const outcome = await child.ended;
      assert.ok(outcome.status === 0 || outcome.status === 143, `${kit}: ${outcome.status ?? outcome.signal} ${outcome.stderr}`);
    }
  });
});
