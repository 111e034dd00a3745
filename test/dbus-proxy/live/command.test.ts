// tsbox-dbus-proxy as Flatpak starts it: when it says that it is ready, when it leaves, what it leaves behind; and real clients through it.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startProcess, waitFor } from "../../support/process.ts";
import { PROXY_ENTRY } from "../../support/proxy-entry.ts";
import { echo, Peer } from "./peer.ts";
import { type Rig, startRig } from "./rig.ts";

const COMMAND = PROXY_ENTRY;

describe("tsbox-dbus-proxy", () => {
  let rig: Rig;
  let stop: () => void;
  before(async () => {
    rig = await startRig("dbus-daemon");
    stop = echo(await rig.outside("org.test.Talk"));
  });
  after(async () => {
    stop();
    await rig.close();
  });

  const run = (...argv: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [COMMAND, ...argv], { encoding: "utf8", timeout: 20_000 });

  it("writes one byte when all its sockets listen and leaves with whoever started it", async () => {
    const [a, b] = [join(rig.folder, "one"), join(rig.folder, "two")];
    const child = spawn(process.execPath, [COMMAND, "--fd=3", rig.address, a, "--filter", rig.address, b], { stdio: ["ignore", "ignore", "inherit", "pipe"] });
    const sync = child.stdio[3] as unknown as NodeJS.ReadableStream & { destroy(): void; write(text: string): void };
    const first = await new Promise<Buffer>((done) => sync.once("data", done));
    assert.equal(first.toString(), "x");
    assert.ok(existsSync(a) && existsSync(b));
    const peer = await Peer.open(a);
    sync.write("ignored");
    await peer.settle();
    sync.destroy();
    const status = await new Promise((done) => child.once("exit", done));
    assert.equal(status, 0);
    assert.ok(!existsSync(a) && !existsSync(b));
    await waitFor("the end of the connection", () => peer.closed);
  });

  it("leaves when the reading end of a pipe closes, too", async () => {
    const path = join(rig.folder, "pipe");
    const script = `exec 5> >(head -c 1 >/dev/null; sleep 0.3); exec "$@" --fd=5`;
    const outcome = await startProcess(["bash", "-c", script, "x", process.execPath, COMMAND, rig.address, path], {
      environment: { PATH: "/usr/bin:/bin" },
      cwd: "/",
      limit: 15_000,
    }).ended;
    assert.deepEqual([outcome.status, existsSync(path)], [0, false]);
  });

  it("takes its arguments from a descriptor", async () => {
    const path = join(rig.folder, "args");
    writeFileSync(join(rig.folder, "argv"), ["--filter", "--talk=org.test.Talk", ""].join("\0"));
    rig.start(["bash", "-c", `exec "$@" --args=6 6<"${rig.folder}/argv"`, "x", process.execPath, COMMAND, rig.address, path]);
    await waitFor("the socket", () => existsSync(path));
    const peer = await waitFor("a connection", () => Peer.open(path).catch(() => undefined));
    assert.equal((await peer.call({ type: 1, path: "/t", interface: "a.b", member: "C", destination: "org.test.Talk" })).header.type, 2);
    peer.close();
  });

  it("refuses wrong command lines with status 1 and never deletes what is no socket", () => {
    const file = join(rig.folder, "file");
    writeFileSync(file, "kept");
    for (const argv of [
      [],
      ["--wrong"],
      [rig.address],
      [rig.address, join(rig.folder, "x"), "--talk=foo"],
      [rig.address, file],
      [rig.address, `/tmp/${"x".repeat(120)}`],
      [rig.address, "/nonexistent/x"],
    ]) {
      const { status, stderr } = run(...argv);
      assert.equal(status, 1, argv.join(" "));
      assert.ok(stderr.length > 0 && !stderr.includes("    at "), stderr);
    }
    assert.equal(readFileSync(file, "utf8"), "kept");
    assert.equal(run("--help").status, 0);
    assert.match(run("--version").stdout, /^tsbox-dbus-proxy \d/);
  });

  it("listens where an empty file reserves the name, as Flatpak leaves one there", async () => {
    const path = join(rig.folder, "reserved");
    writeFileSync(path, "");
    rig.start([process.execPath, COMMAND, rig.address, path]);
    const peer = await waitFor("a connection", () => Peer.open(path).catch(() => undefined));
    peer.close();
  });

  it("prints what it lets pass and what not, in the original's words", async () => {
    const path = join(rig.folder, "logged");
    const one = rig.start([process.execPath, COMMAND, rig.address, path, "--filter", "--log", "--talk=org.test.Talk"]);
    const peer = await waitFor("a connection", () => Peer.open(path).catch(() => undefined));
    for (const destination of ["org.test.Talk", "org.test.Hidden"]) await peer.call({ type: 1, path: "/t", interface: "a.b", member: "C", destination });
    await waitFor("the lines", () => /-> org\.test\.Talk call a\.b\.C at \/t\nB\d+: <- :/.test(one.stdout()) && one.stdout().includes("*HIDDEN* (ping)\n"));
    peer.close();
  });

  it("says in one line what is wrong with a descriptor, and goes on without it", async () => {
    const path = join(rig.folder, "without");
    const one = rig.start([process.execPath, COMMAND, "--fd=77", rig.address, path]);
    const peer = await waitFor("a connection", () => Peer.open(path).catch(() => undefined));
    peer.close();
    assert.match(one.stderr(), /^tsbox-dbus-proxy: fd 77: .*\n$/);
    assert.match(run("--args=77").stderr, /cannot read arguments from fd `77`/);
  });

  it("takes no address but a socket's: connections end at once, and the reason is told", async () => {
    for (const [index, address] of ["tcp:host=localhost,port=1", `unix:path=${join(rig.folder, "nobody")};unix:path=/x,abstract=y`].entries()) {
      const path = join(rig.folder, `nowhere-${index}`);
      const one = rig.start([process.execPath, COMMAND, address, path]);
      await waitFor("the socket", () => existsSync(path));
      const peer = await waitFor("a connection", () => {
        try {
          return new Peer(path);
        } catch {
          return undefined;
        }
      });
      await waitFor("its end", () => peer.closed);
      await waitFor("the reason", () => one.stderr().includes(`no connection to the bus (${index === 0 ? 22 : 2})`));
    }
  });

  it("survives the death of its bus: clients get the end, later ones too", async () => {
    const second = await startRig("dbus-daemon");
    const path = await second.proxy("--filter");
    const peer = await Peer.open(path);
    await second.stopBus();
    await waitFor("the end", () => peer.closed);
    const later = new Peer(path);
    later.write("\0AUTH EXTERNAL\r\n");
    await waitFor("the end of the later one", () => later.closed);
    await second.close();
  });

  it("serves gdbus, busctl and python-dbus", async () => {
    const path = await rig.proxy("--filter", "--talk=org.test.Talk");
    const address = `unix:path=${path}`;
    const call = async (...argv: [string, ...string[]]): Promise<string> => {
      const outcome = await rig.start(argv, { DBUS_SESSION_BUS_ADDRESS: address }).ended;
      return outcome.stdout + outcome.stderr;
    };
    const gdbus = (destination: string): Promise<string> =>
      call("gdbus", "call", "--session", "--timeout=10", "--dest", destination, "--object-path", "/t", "--method", "org.test.I.M", "text");
    assert.match(await gdbus("org.test.Hidden"), /ServiceUnknown: `org\.test\.Hidden` does not exist in this sandbox/);
    assert.match(await gdbus("org.test.Talk"), /'text'|UnknownMethod|\(\)/);
    assert.match(await call("busctl", `--address=${address}`, "call", "org.test.Talk", "/t", "org.test.I", "M", "s", "text"), /^s "text"/);
    assert.match(await call("busctl", `--address=${address}`, "call", "org.test.Hidden", "/t", "org.test.I", "M"), /does not exist in this sandbox/);
    const python = `import dbus
bus = dbus.SessionBus()
print(bus.call_blocking('org.test.Talk', '/t', 'org.test.I', 'M', 's', ('text',)))
try: bus.call_blocking('org.test.Hidden', '/t', 'org.test.I', 'M', '', ())
except dbus.DBusException as error: print(error.get_dbus_name())`;
    assert.equal(await call("/usr/bin/python3", "-c", python), "text\norg.freedesktop.DBus.Error.ServiceUnknown\n");
  });
});
