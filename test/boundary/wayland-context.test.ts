// Where the compositor has wp_security_context_v1, the app's socket is one that it serves as a sandbox's. No compositor of Debian 12 has it yet: a scripted one
// adds it to a real Sway, which draws what the app draws.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { findColour } from "../support/picture.ts";
import { waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE, serverScript } from "../support/server-script.ts";
import type { Session } from "../support/session.ts";
import { type Sway, startSway } from "../support/wayland.ts";

const CONTEXT = "[Context]\nsockets=wayland;fallback-x11;\n";
const PRIVILEGED = ["zwlr_screencopy_manager_v1", "zwp_virtual_keyboard_manager_v1", "zwlr_data_control_manager_v1"];

interface ContextEvent {
  readonly event: "commit" | "end";
  readonly engine: string;
  readonly app: string;
  readonly instance: string;
}

/** Puts the scripted compositor before the session's own; the answer reads what it noted. */
async function putBefore(session: Session, behind: string, name: string, ...mode: readonly string[]): Promise<() => readonly ContextEvent[]> {
  const log = `${session.scratch}/${name}.log`;
  const server = session.start(
    ["python3", serverScript(session, "security_context.py"), `${session.runtimeDirectory}/${name}`, `${session.runtimeDirectory}/${behind}`, log, ...mode],
    {
      limit: SERVER_LIFE,
    },
  );
  session.onClose(async () => {
    server.kill("SIGTERM");
    await server.ended;
  });
  await waitFor("the scripted compositor", () => existsSync(`${session.runtimeDirectory}/${name}`));
  return () =>
    existsSync(log)
      ? readFileSync(log, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as ContextEvent)
      : [];
}

inOrdinarySession("a compositor with security contexts", (session) => {
  let sway: Sway;
  let plain: string;
  let events: () => readonly ContextEvent[];
  before(async () => {
    sway = await startSway(session());
    plain = session().environment["WAYLAND_DISPLAY"] as string;
    events = await putBefore(session(), plain, "wl-context");
    session().environment["WAYLAND_DISPLAY"] = "wl-context";
  });

  it("offers its privileged globals outside, and not to an app", async () => {
    const outside = (await session().run(["wayland-info"])).stdout;
    for (const name of [...PRIVILEGED, "wp_security_context_manager_v1"]) assert.ok(outside.includes(`'${name}'`), `${name} is there outside`);
    const app = await makeApp(session(), "org.example.Globals", `command=wayland-info\n${CONTEXT}`);
    const inside = await app.run();
    assert.equal(inside.status, 0, inside.stderr);
    assert.ok(inside.stdout.includes("'wl_compositor'"), inside.stdout);
    for (const name of [...PRIVILEGED, "wp_security_context_manager_v1"]) assert.ok(!inside.stdout.includes(`'${name}'`), `${name} is not there inside`);
  });

  it("offers them inside by its plain socket, which is told", async () => {
    const app = await makeApp(session(), "org.example.PlainGlobals", `command=wayland-info\n${CONTEXT}`);
    const environment = { WAYLAND_DISPLAY: plain };
    assert.ok((await app.run([], { environment })).stdout.includes("'zwlr_screencopy_manager_v1'"));
    const options = ["--dry-run"];
    assert.match((await app.run([], { options, environment })).stdout, /^ {2}wayland-plain-socket/m);
    assert.doesNotMatch((await app.run([], { options })).stdout, /wayland-plain-socket/);
  });

  it("takes a picture of the screen outside, and not for an app", async () => {
    const outside = await session().run(["grim", "-t", "ppm", `${session().scratch}/outside.ppm`]);
    assert.equal(outside.status, 0, outside.stderr);
    const app = await makeApp(session(), "org.example.Grim", `command=grim\n${CONTEXT}`);
    const inside = await app.run(["-t", "ppm", "-"]);
    assert.notEqual(inside.status, 0);
    assert.match(inside.stderr, /wlr-screencopy|doesn't support/);
  });

  it("learns engine, app and instance, and when nothing runs inside any more", async () => {
    const app = await makeApp(session(), "org.example.Context", `command=sh\n${CONTEXT}`);
    const outcome = await app.run(["-c", "grep ^instance-id /.flatpak-info; sleep 1 & exit 0"]);
    const instance = /instance-id=(\d+)/.exec(outcome.stdout)?.[1];
    const mine = (): readonly ContextEvent[] => events().filter((one) => one.app === app.id);
    assert.deepEqual(mine()[0], { event: "commit", engine: "org.flatpak", app: app.id, instance });
    assert.equal(mine().length, 1, "a child of the app is still there");
    await waitFor("the end of the context", () => mine().length === 2);
    assert.equal(mine()[1]?.event, "end");
  });

  it("draws what the app draws", async () => {
    const app = await makeApp(session(), "org.example.ContextFoot", `command=foot\n${CONTEXT}`);
    const program = app.start(["--override=colors.background=205030", "sh", "-c", "sleep 20"], { limit: 30_000 });
    await waitFor("its colour", async () => findColour(await sway.shoot(), [0x20, 0x50, 0x30], 50_000), 20_000);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("that refuses leaves the app without Wayland, says why, and does not fall back to the plain socket", async () => {
    await putBefore(session(), plain, "wl-refusing", "refuse");
    const environment = { WAYLAND_DISPLAY: "wl-refusing" };
    const app = await makeApp(session(), "org.example.Refused", `command=sh\n${CONTEXT}`);
    const outcome = await app.run(["-c", "sleep 0.5; wayland-info; echo status $?"], { environment });
    assert.match(outcome.stdout, /^status [1-9]/m);
    assert.match(outcome.stderr, /^tsbox: making a Wayland socket of the app's own \(the compositor says: no contexts today\)$/m);
  });

  it("that died counts as none", async () => {
    const path = `${session().runtimeDirectory}/wl-dead`;
    await session().run(["python3", "-c", `import socket; socket.socket(socket.AF_UNIX).bind(${JSON.stringify(path)})`]);
    const app = await makeApp(session(), "org.example.Dead", `command=true\n[Context]\nsockets=wayland;\n`);
    const outcome = await app.run([], { environment: { WAYLAND_DISPLAY: "wl-dead" } });
    assert.equal(outcome.status, 125);
    assert.match(outcome.stderr, /there is no socket|org\.example\.Dead\.ini:5/);
  });
});
