// Portals in front of services of the session that are not everywhere: GameMode, RealtimeKit, GeoClue. Not a word of them where there is none; where there is, the user is
// asked once, and what an app calls a process is a process of its own sandbox, by the host's number.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Mock, startMock } from "../support/mock.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";

const NAMES = ["GameMode", "Realtime", "Location"] as const;

inOrdinarySession("portals of services that are not everywhere", (session) => {
  let app: PortalApp;
  let game: Mock;
  let realtime: Mock;
  let geoclue: Mock;
  const script = (answers: object): void => void session().write("answers.json", JSON.stringify(answers));
  const forget = (): void => rmSync(session().path(".local/state/tsbox/permissions"), { recursive: true, force: true });
  const kept = (table: string): string => readFileSync(session().path(`.local/state/tsbox/permissions/${table}.json`), "utf8");
  const introspect = (of: PortalApp) => of.run(["call", "org.freedesktop.DBus.Introspectable.Introspect", "()"]);
  /** In the app: `SCRIPT` with `game METHOD ARGS` for a call. */
  const inside = (code: string) => app.run(["call", "org.freedesktop.DBus.Peer.Ping", "()", `--then=${CALLS}${code}`]);
  before(async () => {
    await startBareBus(session());
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    session().makeFolder(session().path("meeting"));
    app = await makePortalApp(session(), "org.example.Services", "[Context]\nfilesystems=~/meeting;\n");
  });

  it("are not there where the session has no such service", async () => {
    const { stdout } = await introspect(app);
    assert.match(stdout, /portal\.Settings/);
    for (const name of NAMES) assert.doesNotMatch(stdout, new RegExp(`portal\\.${name}"`));
    const version = await app.run(["call", "org.freedesktop.DBus.Properties.Get", "('org.freedesktop.portal.GameMode', 'version')"]);
    assert.match(version.stdout, /UnknownInterface/);
    game = await startMock(session(), "mock_game_mode.py", "session");
    realtime = await startMock(session(), "mock_realtime_kit.py", "system");
    session().environment["DBUS_SYSTEM_BUS_ADDRESS"] = realtime.address;
    geoclue = await startMock(session(), "mock_geoclue.py", "system");
    const there = await introspect(app);
    for (const name of NAMES) assert.match(there.stdout, new RegExp(`portal\\.${name}"`));
  });

  it("GameMode: a game registers itself by its number inside where the user agrees, which is kept, and no other process is ever named", async () => {
    const register = "game RegisterGame $$; game QueryStatus $$; game RegisterGameByPid $$ 1; game UnregisterGame $$; echo host $(grep -c . /proc/self/status)";
    script({ confirm: "no" });
    assert.match((await inside(register)).stdout, /Error\.NotAllowed/);
    assert.equal(game.said(), "");
    assert.match(kept("gamemode"), /"org\.example\.Services": \[\s*"no"/);
    // Kept: nobody is asked again.
    script({ confirm: "yes" });
    assert.match((await inside(register)).stdout, /Error\.NotAllowed/);
    forget();
    const allowed = await inside(register);
    assert.match(allowed.stdout, /\(0,\)\n\(2,\)\n\(-1,\)\n\(0,\)\n/, allowed.stdout + allowed.stderr);
    assert.match(kept("gamemode"), /"org\.example\.Services": \[\s*"yes"/);
    const [, target, requester] = /^register (\d+) (\d+)$/m.exec(game.said()) ?? [];
    assert.equal(target, requester);
    // Init's number outside, where it is not 1.
    const [, , init] = game
      .said()
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[2]);
    assert.ok(Number(target) > 2 && init !== "1", game.said());
    const before = game.said();
    // A process that runs outside, by the number that it has there; and one that is not there at all.
    const outside = session().start(["sleep", "60"]);
    const refused = await inside(`game RegisterGame ${outside.pid}; game RegisterGame 1999999; game RegisterGameByPid $$ ${outside.pid}`);
    assert.equal(refused.stdout.match(/Error\.InvalidArgument/g)?.length, 3, refused.stdout);
    outside.kill("SIGTERM");
    await outside.ended;
    assert.equal(game.said(), before);
  });

  it("GameMode: a descriptor of a process counts where that is the app's own, and no other descriptor does", async () => {
    const own = await app.run(["call", "org.freedesktop.portal.GameMode.RegisterGameByPIDFd", "(handle 0, handle 1)", "--fd=pidfd", "--fd=pidfd"]);
    assert.equal(own.stdout, "reply (0,)\n", own.stdout + own.stderr);
    const other = await app.run([
      "call",
      "org.freedesktop.portal.GameMode.RegisterGameByPIDFd",
      "(handle 0, handle 1)",
      "--fd=/proc/self/status",
      "--fd=pidfd",
    ]);
    assert.match(other.stdout, /Error\.InvalidArgument/);
    // Of a process outside, given to the app by that one itself.
    const said = game.said();
    const giver = session().start(["python3", "-c", GIVER, session().path("meeting/giver")]);
    await waitFor("the giver", () => giver.stdout().includes("ready"));
    const foreign = await app.run([
      "call",
      "org.freedesktop.portal.GameMode.RegisterGameByPIDFd",
      "(handle 0, handle 1)",
      `--fd=from:${session().path("meeting/giver")}`,
      "--fd=pidfd",
    ]);
    giver.kill("SIGTERM");
    await giver.ended;
    assert.match(foreign.stdout, /Error\.InvalidArgument/, foreign.stdout + foreign.stderr);
    assert.equal(game.said(), said);
  });

  it("GameMode: whether it is active is told", async () => {
    const active = "('org.freedesktop.portal.GameMode', 'Active')";
    const all = await inside(
      "game RegisterGame $$; gdbus call --session --dest org.freedesktop.portal.Desktop --object-path /org/freedesktop/portal/desktop --method org.freedesktop.DBus.Properties.GetAll org.freedesktop.portal.GameMode",
    );
    assert.match(all.stdout, /'Active': <true>/, all.stdout + all.stderr);
    assert.match(all.stdout, /'version': <uint32 4>/);
    assert.match((await app.run(["call", "org.freedesktop.DBus.Properties.Get", active])).stdout, /<true>/);
  });

  it("Realtime: a thread of the app's is raised by the host's numbers, nobody else's is, and the limits are RealtimeKit's", async () => {
    forget();
    const raise = (process: string, thread: string) => `real MakeThreadRealtimeWithPID ${process} ${thread} 5`;
    script({ confirm: "no" });
    assert.match((await inside(raise("$$", "$$"))).stdout, /Error\.NotAllowed/);
    assert.equal(realtime.said(), "");
    forget();
    script({ confirm: "yes" });
    const outside = session().start(["sleep", "60"]);
    const foreign = [raise("$$", "1"), raise("1999999", "1999999"), raise(String(outside.pid), String(outside.pid))];
    const raised = await inside(`${raise("$$", "$$")}; real MakeThreadHighPriorityWithPID $$ $$ -- -5; ${foreign.join("; ")}`);
    outside.kill("SIGTERM");
    await outside.ended;
    assert.match(raised.stdout, /^\(\)\n\(\)\n(?:.*InvalidArgument.*\n){3}$/m, raised.stdout + raised.stderr);
    const [, process, thread] = /^realtime (\d+) (\d+) 5$/m.exec(realtime.said()) ?? [];
    assert.ok(Number(process) > 2 && process === thread, realtime.said());
    assert.match(realtime.said(), /^nice \d+ \d+ -5$/m);
    assert.equal(realtime.said().trim().split("\n").length, 2);
    const limits = await inside(
      "gdbus call --session --dest org.freedesktop.portal.Desktop --object-path /org/freedesktop/portal/desktop --method org.freedesktop.DBus.Properties.GetAll org.freedesktop.portal.Realtime",
    );
    assert.match(limits.stdout, /'MaxRealtimePriority': <20>/, limits.stdout + limits.stderr);
    assert.match(limits.stdout, /'RTTimeUSecMax': <int64 200000>/);
  });

  it("Location: the place is told where the user agrees, in the wanted grain, and GeoClue's client ends with the session", async () => {
    forget();
    const locate = () => app.run(["location", "org.freedesktop.portal.Location.Start", "{'accuracy': <uint32 2>, 'distance-threshold': <uint32 50>}"]);
    script({ confirm: "no" });
    const refused = await locate();
    assert.match(refused.stdout, /Response \(uint32 1/, refused.stdout + refused.stderr);
    assert.equal(geoclue.said(), "");
    forget();
    script({ confirm: "yes" });
    const told = await locate();
    assert.match(told.stdout, /Response \(uint32 0/, told.stdout + told.stderr);
    assert.match(told.stdout, /LocationUpdated \(objectpath '[^']*\/session\/\w+\/\w+', \{.*'Latitude': <52\.5>/);
    assert.doesNotMatch(told.stdout, /Secret/);
    assert.match(geoclue.said(), /start .*'DesktopId': 'xdg-desktop-portal', 'DistanceThreshold': '50', 'TimeThreshold': '0', 'RequestedAccuracyLevel': '4'/);
    await waitFor("the end of GeoClue's client", () => /stop .*\ndelete /.test(geoclue.said()));
    const odd = await app.run(["call", "org.freedesktop.portal.Location.CreateSession", "({'accuracy': <uint32 6>},)"]);
    assert.match(odd.stdout, /Error\.InvalidArgument/);
    const foreign = await app.run([
      "call",
      "org.freedesktop.portal.Location.Start",
      "(objectpath '/org/freedesktop/portal/desktop/session/1_1/t', '', @a{sv} {})",
    ]);
    assert.match(foreign.stdout, /Error\.NotFound/);
  });
});

/** Gives a descriptor of itself to the first who comes, and lives on. */
const GIVER =
  "import os, signal, socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1); print('ready', flush=True); c = s.accept()[0]; socket.send_fds(c, [b'x'], [os.pidfd_open(os.getpid())]); signal.pause()";

const CALLS =
  'portal="gdbus call --session --dest org.freedesktop.portal.Desktop --object-path /org/freedesktop/portal/desktop --method org.freedesktop.portal"; game() { $portal.GameMode."$@" 2>&1; }; real() { $portal.Realtime."$@" 2>&1; }; ';
