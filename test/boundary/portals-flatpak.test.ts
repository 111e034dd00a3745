// Parts of an app in sandboxes of their own, by Debian's flatpak-spawn and by hostile calls: a part has what its app has or less, and nothing runs on the host.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { type Outcome, waitFor } from "../support/process.ts";
import { backgroundProcesses } from "../support/session.ts";

const SPAWN = "/usr/libexec/flatpak-xdg-utils/flatpak-spawn";
const CONTEXT = "[Context]\nshared=network;\nfilesystems=~/shared;~/seen:ro;\n[Environment]\nOF_MANIFEST=yes\n";
const ID = "org.example.Whole";
const FLATPAK = ["--name=org.freedesktop.portal.Flatpak", "--path=/org/freedesktop/portal/Flatpak"];

inOrdinarySession("parts of an app in sandboxes of their own", (session) => {
  let app: PortalApp;
  /** flatpak-spawn with these words, in the app; the script is what the part runs. */
  const part = (options: readonly string[], script: string, outer: readonly string[] = []): Promise<Outcome> =>
    app.run([...options, "sh", "-c", script], { options: [`--command=${SPAWN}`, ...outer], limit: 60_000 });
  const inApp = (script: string, outer: readonly string[] = []): Promise<Outcome> =>
    app.run(["-c", script], { options: ["--command=sh", ...outer], limit: 60_000 });
  const raw = (method: string, args: string, ...options: string[]): Promise<Outcome> => app.call(`Flatpak.${method}`, args, ...FLATPAK, ...options);
  const words = (...all: string[]): string => `[${all.map((word) => `b'${word}'`).join(", ")}]`;
  before(async () => {
    await startBareBus(session());
    for (const name of ["shared", "seen", "private"]) session().makeFolder(name);
    session().write("shared/file", "shared");
    session().write("seen/file", "seen");
    session().write("private/file", "private");
    app = await makePortalApp(session(), ID, CONTEXT);
  });

  it("a part is a sandbox of the same app, with its words, folder, variables, descriptors and status", async () => {
    const done = await part(
      ["--env=GIVEN=a b", "--directory=/tmp"],
      'grep -x "name=org.example.Whole" /.flatpak-info; echo "$GIVEN|$OF_MANIFEST|$PWD"; echo wrong >&2; cat; exit 7',
    );
    assert.deepEqual([done.status, done.stdout.split("\n").slice(0, 2), done.stderr], [7, ["name=org.example.Whole", "a b|yes|/tmp"], "wrong\n"]);
    const own = await inApp(
      `id() { sed -n s/instance-id=//p /.flatpak-info; }; id; ${SPAWN} sed -n s/instance-id=//p /.flatpak-info; ls /proc | grep -c '^[0-9]'`,
    );
    const [mine, its] = own.stdout.split("\n");
    assert.ok(mine !== "" && its !== "" && mine !== its, own.stdout + own.stderr);
  });

  it("a part sees what its app sees and no more: its places as they are, others not at all", async () => {
    const done = await part([], `cd ${session().path(".")}; cat shared/file seen/file; echo new > shared/new; echo x > seen/x; cat private/file; ls -A`);
    assert.match(done.stdout, /^sharedseen/);
    assert.equal(session().read("shared/new"), "new\n");
    assert.match(done.stderr, /seen\/x.*Read-only file system/s);
    assert.match(done.stderr, /private\/file.*No such file/s);
    assert.ok(!existsSync(session().path("seen/x")));
  });

  it("what the start of the app took away stays away from its parts", async () => {
    const done = await part([], `cat ${session().path("shared/file")}; cat ${session().path("seen/file")}; ip -o link 2>/dev/null || ls /sys/class/net`, [
      "--nofilesystem=~/shared",
      "--unshare=network",
    ]);
    assert.match(done.stdout, /^seen/, done.stderr);
    assert.match(done.stderr, /shared\/file.*No such file/s);
    const other = await part([], "echo never", ["--no-talk-name=org.freedesktop.portal.Flatpak"]);
    assert.doesNotMatch(other.stdout, /never/);
    assert.notEqual(other.status, 0);
  });

  it("a part without network has none, also where the app has", async () => {
    const net = "readlink /proc/self/ns/net";
    const done = await inApp(`${net}; ${SPAWN} ${net}; ${SPAWN} --no-network ${net}; ${SPAWN} --no-network sh -c '${SPAWN} ${net}; wc -l < /proc/net/route'`);
    const [mine, same, without, nested, routes] = done.stdout.split("\n");
    assert.equal(same, mine, done.stderr);
    assert.notEqual(without, mine);
    assert.ok(nested !== mine && nested !== without && nested?.startsWith("net:"), done.stdout);
    assert.equal(routes, "1");
  });

  it("a closed part sees nothing that the app was granted, keeps nothing, and has no bus", async () => {
    const done = await part(
      ["--sandbox"],
      `cat ${session().path("shared/file")} ${session().path("seen/file")}; echo kept > ~/.var/app/${ID}/data/kept; ls /run/user/*/bus /run/flatpak/bus; echo "bus=$DBUS_SESSION_BUS_ADDRESS"`,
    );
    assert.equal(done.stdout, "bus=\n", done.stdout);
    assert.equal(done.stderr.match(/No such file/g)?.length, 4, done.stderr);
    assert.ok(!existsSync(`${app.data}/data/kept`));
  });

  it("a closed part is shown the places that the app gives it, with no more access than the app has", async () => {
    const home = session().path(".");
    mkdirSync(`${app.data}/sandbox`, { recursive: true });
    session().write(`.var/app/${ID}/sandbox/named`, "named");
    const options = [`--sandbox-expose-path=${home}/shared`, `--sandbox-expose-path=${home}/seen`, "--sandbox-expose-ro=named"];
    const done = await part(
      ["--sandbox", ...options],
      `cd ${home}; cat shared/file seen/file .var/app/${ID}/sandbox/named; echo w > shared/w; echo w > seen/w; echo w > .var/app/${ID}/sandbox/named; ls -A .var/app/${ID}`,
    );
    assert.match(done.stdout, /^sharedseennamed/, done.stderr);
    assert.equal(session().read("shared/w"), "w\n");
    assert.equal(done.stderr.match(/Read-only file system/g)?.length, 2, done.stderr);
    const only = await part(
      ["--sandbox", `--sandbox-expose-path-ro=${home}/shared`],
      `cat ${home}/shared/file; echo w > ${home}/shared/no; cat ${home}/seen/file`,
    );
    assert.match(only.stdout, /^shared$/);
    assert.match(only.stderr, /Read-only file system[\s\S]*No such file/);
  });

  it("a part that watches the bus ends with the one who started it, and a signal reaches it", async () => {
    const watched = await inApp(
      `${SPAWN} --watch-bus sh -c 'touch ~/shared/up; sleep 60' & while [ ! -e ~/shared/up ]; do sleep 0.1; done; kill -9 $!; wait; echo over`,
    );
    assert.match(watched.stdout, /over/);
    const running = (): Promise<string> =>
      session()
        .run([app.tsbox, "ps", "--columns=instance"])
        .then(({ stdout }) => stdout.trim());
    for (let tries = 0; tries < 60 && (await running()) !== ""; tries++) await new Promise((done) => setTimeout(done, 100));
    assert.equal(await running(), "");
    const signalled = await inApp(
      `${SPAWN} sh -c 'trap "echo caught; exit 3" TERM; touch ~/shared/ready; while :; do sleep 0.1; done' & while [ ! -e ~/shared/ready ]; do sleep 0.1; done; kill -TERM $!; wait $!; echo "status $?"`,
    );
    assert.match(signalled.stdout, /caught\nstatus 3/, signalled.stderr);
  });

  it("a cleared environment has nothing of the caller's, and a variable can be taken away", async () => {
    const done = await part(["--clear-env", "--env=ONLY=this"], 'echo "$ONLY|$LANG|$HOME|$FLATPAK_ID"', []);
    assert.equal(done.stdout, `this||${session().path(".")}|${ID}\n`, done.stderr);
    const unset = await raw(
      "Spawn",
      `(b'/', ${words("true")}, @a{uh} {}, {'LD_PRELOAD': '/nowhere'}, uint32 0, {'unset-env': <['OF_MANIFEST']>})`,
      "--until=SpawnExited",
      "--listen=org.freedesktop.portal.Flatpak",
      "--stay=20000",
    );
    assert.match(unset.stdout, /reply \(uint32 1,\)/, unset.stdout);
  });

  it("CVE-2021-21261: variables for a part reach the part alone, and no process outside", async () => {
    const mark = "/nowhere/mark.so";
    const names = ["LD_PRELOAD", "LD_AUDIT", "GCONV_PATH", "BASH_ENV", "PYTHONPATH", "NODE_OPTIONS", "XDG_RUNTIME_DIR", "TSBOX_SUB_SANDBOX"];
    const running = inApp(
      `${SPAWN} ${names.map((name) => `--env=${name}=${mark}`).join(" ")} sh -c 'echo "$GCONV_PATH $BASH_ENV $XDG_RUNTIME_DIR"; touch ~/shared/given-env; while [ ! -e ~/shared/seen-env ]; do sleep 0.1; done' 2>/dev/null`,
    );
    await waitFor("the part", () => existsSync(session().path("shared/given-env")));
    const outside = await session().run([
      "sh",
      "-c",
      "for p in /proc/[0-9]*; do [ $(readlink $p/ns/mnt) = $(readlink /proc/self/ns/mnt) ] && tr '\\0' '\\n' < $p/environ; done 2>/dev/null",
    ]);
    session().write("shared/seen-env", "");
    assert.match((await running).stdout, new RegExp(`^${mark} ${mark} /run/user/\\d+\n$`));
    assert.match(outside.stdout, /^TSBOX_SUB_SANDBOX=[0-9a-f]{32}$/m);
    assert.doesNotMatch(outside.stdout, /nowhere/);
  });

  it("nothing is started on the host, and what tsbox cannot do is refused by name", async () => {
    const host = await part(["--host"], "echo out");
    assert.notEqual(host.status, 0);
    assert.doesNotMatch(host.stdout, /out/);
    for (const flag of [32, 128, 256, 512]) {
      const answer = await raw("Spawn", `(b'/', ${words("true")}, @a{uh} {}, @a{ss} {}, uint32 ${flag}, @a{sv} {})`);
      assert.match(answer.stdout, /^error org\.freedesktop\.DBus\.Error\.NotSupported/, String(flag));
    }
    const asked = await app.run(["call", "org.freedesktop.DBus.Properties.GetAll", "('org.freedesktop.portal.Flatpak',)", ...FLATPAK]);
    assert.match(asked.stdout, /'supports': <uint32 0>/);
    assert.match(asked.stdout, /'version': <uint32 5>/);
  });

  it("malformed and foreign requests are refused", async () => {
    const bad = {
      "no command": `(b'/', @aay [], @a{uh} {}, @a{ss} {}, uint32 0, @a{sv} {})`,
      "an empty command": `(b'/', ${words("")}, @a{uh} {}, @a{ss} {}, uint32 0, @a{sv} {})`,
      "a relative folder": `(b'x', ${words("true")}, @a{uh} {}, @a{ss} {}, uint32 0, @a{sv} {})`,
      "a variable's odd name": `(b'/', ${words("true")}, @a{uh} {}, {'A=B': 'c'}, 0, @a{sv} {})`,
      "a descriptor that did not come": `(b'/', ${words("true")}, {uint32 1: handle 3}, @a{ss} {}, uint32 0, @a{sv} {})`,
      "a huge number": `(b'/', ${words("true")}, {uint32 70000: handle 0}, @a{ss} {}, uint32 0, @a{sv} {})`,
      "a way up": `(b'/', ${words("true")}, @a{uh} {}, @a{ss} {}, uint32 4, {'sandbox-expose': <['..']>})`,
      "a path": `(b'/', ${words("true")}, @a{uh} {}, @a{ss} {}, uint32 4, {'sandbox-expose': <['../data']>})`,
      "unknown sharing": `(b'/', ${words("true")}, @a{uh} {}, @a{ss} {}, uint32 4, {'sandbox-flags': <uint32 64>})`,
    };
    for (const [what, args] of Object.entries(bad)) {
      assert.match(
        (await raw("Spawn", args, "--fd=/etc/passwd")).stdout,
        /^error org\.freedesktop\.DBus\.Error\.InvalidArg|^error org\.freedesktop\.portal\.Error\.InvalidArg/,
        what,
      );
    }
    assert.match((await raw("SpawnSignal", "(uint32 1, uint32 9, false)")).stdout, /error .*UnixProcessIdUnknown/);
    // A program that begins like an option is a program.
    const option = await raw(
      "Spawn",
      `(b'/', ${words("--filesystem=host", "x")}, @a{uh} {}, @a{ss} {}, uint32 0, @a{sv} {})`,
      "--listen=org.freedesktop.portal.Flatpak",
      "--until=SpawnExited",
      "--stay=20000",
    );
    assert.match(option.stdout, /SpawnExited \(uint32 1, uint32 (?:32512|32256)\)/, option.stdout);
    const image = await raw("Spawn", `(b'/', ${words("true")}, @a{uh} {}, @a{ss} {}, uint32 4, {'sandbox-expose-fd': <[handle 0]>})`, "--fd=/.flatpak-info");
    assert.match(image.stdout, /Error\.NotAllowed/, image.stdout);
  });

  it("CVE-2026-34078: a folder that is exchanged for a link after it was given, and a name that is one, show nothing of where the link leads", async () => {
    const given = session().makeFolder("shared/given");
    session().write("shared/given/inner", "inner");
    const other = session().makeFolder("shared/other");
    const done = await raw(
      "Spawn",
      `(b'/', ${words("sh", "-c", `cat ${given}/file; cat ${given}/inner`)}, {uint32 1: handle 1, 2: handle 2}, @a{ss} {}, uint32 4, {'sandbox-expose-fd': <[handle 0]>})`,
      `--fd=${given}`,
      `--fd=${other}/out:new`,
      `--fd=${other}/err:new`,
      // Too late for the descriptor, in time for the path.
      `--first=mv ${given} ${given}.old; ln -s ${session().path("private")} ${given}`,
      "--listen=org.freedesktop.portal.Flatpak",
      "--until=SpawnExited",
      "--stay=20000",
    );
    assert.match(done.stdout, /SpawnExited/, done.stdout + done.stderr);
    assert.doesNotMatch(readFileSync(`${other}/out`, "utf8"), /private/);
    rmSync(given);
    renameSync(`${given}.old`, given);
    // And from the start.
    symlinkSync(session().path("private"), session().path("shared/link"));
    const linked = await part(["--sandbox", `--sandbox-expose-path=${session().path("shared/link")}`], `cat ${session().path("private/file")}`);
    assert.doesNotMatch(linked.stdout, /private/);
    mkdirSync(`${app.data}/sandbox`, { recursive: true });
    symlinkSync(session().path("private"), `${app.data}/sandbox/link`);
    const named = await raw("Spawn", `(b'/', ${words("true")}, @a{uh} {}, @a{ss} {}, uint32 4, {'sandbox-expose': <['link']>})`);
    assert.match(named.stdout, /^error org\.freedesktop\.portal\.Error\.Not/, named.stdout);
  });

  it("permissions that came while the app runs are no right of its parts", async () => {
    const file = session().path("private/file");
    const running = inApp(
      `${SPAWN} cat ${file}; touch ~/shared/waits; while [ ! -e ~/shared/more ]; do sleep 0.1; done; ${SPAWN} cat ${file}; echo "status $?"; ${SPAWN} --sandbox echo closed`,
    );
    await waitFor("the app", () => existsSync(session().path("shared/waits")));
    const granted = await session().run([app.tsbox, "override", "--filesystem=~/private", ID]);
    assert.equal(granted.status, 0, granted.stderr);
    session().write("shared/more", "");
    const done = await running;
    assert.equal((await inApp(`cat ${file}`)).stdout, "private", "a new start has it");
    await session().run([app.tsbox, "override", "--reset", ID]);
    assert.equal(done.stdout, "status 125\nclosed\n", done.stderr);
    assert.match(done.stderr, /the part would have more than the app that asks for it/);
  });

  it("a broker that comes after one was killed starts parts too, with what the app has and no more", async () => {
    const running = inApp(
      `${SPAWN} --sandbox echo one; touch ~/shared/first; while [ ! -e ~/shared/next ]; do sleep 0.1; done; ${SPAWN} sh -c "echo two; cat ~/seen/file; cat ${session().path("private/file")}"; ${SPAWN} --sandbox ls ~/seen`,
    );
    await waitFor("the first part", () => existsSync(session().path("shared/first")));
    const broker = backgroundProcesses(session().runtimeDirectory).find(({ argv }) => argv.some((word) => word.endsWith("broker.cjs")))?.pid;
    process.kill(broker as number, "SIGKILL");
    assert.equal((await inApp("true")).status, 0, "another broker comes");
    session().write("shared/next", "");
    const done = await running;
    assert.equal(done.stdout, "one\ntwo\nseen", done.stderr);
    assert.equal(done.stderr.match(/No such file/g)?.length, 2, done.stderr);
  });

  it("a monitor of updates stands where clients compute it, and has none to bring", async () => {
    const made = await raw("CreateUpdateMonitor", "({'handle_token': <'mon'>},)");
    assert.match(made.stdout, /reply \(objectpath '\/org\/freedesktop\/portal\/Flatpak\/update_monitor\/ME\/mon',\)/);
    assert.match((await raw("CreateUpdateMonitor", "({'handle_token': <'../x'>},)")).stdout, /InvalidArgument/);
  });
});
