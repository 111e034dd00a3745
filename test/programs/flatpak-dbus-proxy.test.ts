// Flatpak itself with `tsbox-dbus-proxy` in the place of its proxy: an app of its own with gdbus in it, whose calls arrive or are refused as Flatpak means it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { before, it } from "node:test";
import { startBus, startService } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor } from "../support/process.ts";
import { expectSuccess, findTsbox } from "../support/sandbox.ts";
import { readArguments, type Session } from "../support/session.ts";

const APP = "org.example.Hello";
const RUNTIME = "org.example.Platform/x86_64/1";
const LIMIT = 120_000;

/** The command where the account can reach it, with the folders that it looks for beside itself, and two links on the way to it. */
async function installCommand(session: Session): Promise<string> {
  const build = dirname(await findTsbox(session));
  const folder = session.makeFolder(join(session.scratch, "package"));
  session.link(build, join(folder, "build"));
  const stub = session.write(join(folder, "bin/tsbox-dbus-proxy"), "", 0o755);
  copyFileSync(resolve("bin/tsbox-dbus-proxy"), stub);
  chmodSync(stub, 0o755);
  session.link(stub, join(session.scratch, "links/first"));
  session.link("first", join(session.scratch, "links/proxy"));
  return join(session.scratch, "links/proxy");
}

/** A program with the libraries that it is linked with, laid out as a runtime. */
function layOut(session: Session, files: string, program: string): void {
  const copy = (from: string, to: string): void => {
    session.makeFolder(dirname(to));
    copyFileSync(realpathSync(from), to);
    chmodSync(to, 0o755);
  };
  copy(program, join(files, "bin", basename(program)));
  const listed = execFileSync("ldd", [program], { encoding: "utf8" });
  for (const [, path = ""] of listed.matchAll(/(\/\S+)\s+\(0x/g)) {
    copy(path, join(files, path.includes("ld-linux") ? "lib64" : "lib/x86_64-linux-gnu", basename(path)));
  }
}

async function installApp(session: Session): Promise<void> {
  const base = session.makeFolder(join(session.scratch, "flatpak"));
  const runtime = `runtime=${RUNTIME}\nsdk=${RUNTIME}\n`;
  layOut(session, join(base, "rt/files"), "/usr/bin/gdbus");
  layOut(session, join(base, "rt/files"), "/usr/bin/sleep");
  session.makeFolder(join(base, "rt/files/etc"));
  session.write(join(base, "rt/metadata"), `[Runtime]\nname=org.example.Platform\n${runtime}`);
  session.write(join(base, "app/metadata"), `[Application]\nname=${APP}\n${runtime}command=gdbus\n[Session Bus Policy]\norg.example.Talk=talk\n`);
  session.makeFolder(join(base, "app/files/bin"));
  session.makeFolder(join(base, "app/export"));
  const repo = join(base, "repo");
  const flatpak = async (...words: string[]): Promise<void> => void expectSuccess(await session.run(["flatpak", ...words], { limit: LIMIT }));
  await flatpak("build-export", "--no-update-summary", "--files=files", repo, join(base, "rt"), "1");
  await flatpak("build-export", "--no-update-summary", repo, join(base, "app"), "1");
  await flatpak("build-update-repo", repo);
  await flatpak("--user", "remote-add", "--no-gpg-verify", "--if-not-exists", "bed", `file://${repo}`);
  await flatpak("--user", "install", "-y", "--noninteractive", "bed", APP);
}

inOrdinarySession("flatpak run with tsbox-dbus-proxy", (session) => {
  let service: Running;
  let proxy: string;
  before(async () => {
    const one = session();
    one.environment["DBUS_SYSTEM_BUS_ADDRESS"] = await startBus(one);
    one.environment["FLATPAK_USER_DIR"] = join(one.scratch, "user");
    one.environment["FLATPAK_SYSTEM_DIR"] = join(one.scratch, "system");
    service = await startService(one, "org.example.Talk", "org.example.Hidden");
    proxy = await installCommand(one);
    await installApp(one);
  });
  const run = (...words: string[]) => session().start(["flatpak", "--user", "run", ...words], { environment: { FLATPAK_DBUSPROXY: proxy }, limit: LIMIT });
  const call = (destination: string, text: string) =>
    run(APP, "call", "--session", "--timeout=10", "--dest", destination, "--object-path", "/test", "--method", "org.example.Test.Echo", text).ended;
  const proxies = (): readonly number[] =>
    readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .map(Number)
      .filter((pid) => readArguments(pid).some((word) => word.startsWith(session().scratch) || word.endsWith("/dbus-proxy.cjs")))
      .filter((pid) => readArguments(pid).some((word) => word.startsWith("--args=")));

  it("carries the calls that the app's metadata allows and refuses the others", { timeout: LIMIT }, async () => {
    const allowed = await call("org.example.Talk", "through-ours");
    assert.equal(allowed.stdout.trim(), "('through-ours',)", allowed.stderr);
    const hidden = await call("org.example.Hidden", "must-not-arrive");
    assert.match(hidden.stderr, /ServiceUnknown: `org\.example\.Hidden` does not exist in this sandbox/);
    assert.ok(service.stdout().includes("Echo through-ours"));
    assert.ok(!service.stdout().includes("must-not-arrive"));
  });

  it("lives as long as the app, and takes its socket with it", { timeout: LIMIT }, async () => {
    const app = run("--command=sleep", APP, "2");
    const folder = join(session().runtimeDirectory, ".dbus-proxy");
    const sockets = (): number => (existsSync(folder) ? readdirSync(folder).length : 0);
    await waitFor("the proxy of the app", () => sockets() > 0 && proxies().length > 0);
    assert.equal((await app.ended).status, 0);
    await waitFor("the proxy to leave", () => sockets() === 0 && proxies().length === 0);
  });
});
