// What a program left behind in an earlier run must not widen the next one: closed folders, links in the way of grants, names of folders, other brokers' places.
import assert from "node:assert/strict";
import { chmodSync, existsSync, lstatSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type App, findTsbox, makeApp } from "../support/sandbox.ts";
import type { Session } from "../support/session.ts";

const ID = "org.example.Again";

/** Each run is told what to do; its standard output comes back. */
async function shell(session: Session, context: string, id: string = ID): Promise<App & { say(script: string): Promise<string> }> {
  const app = await makeApp(session, id, `command=sh\n[Context]\n${context}\n`);
  return {
    ...app,
    say: async (script) => {
      const outcome = await app.run(["-c", script]);
      assert.equal(outcome.stderr.includes("cannot start"), false, outcome.stderr);
      return outcome.stdout;
    },
  };
}

inOrdinarySession("a second run", (session) => {
  it("finds a folder that the first one closed to itself held as it is, so that nothing guarded in it is uncovered", async () => {
    const s = session();
    s.write(".config/autostart/one.desktop", "good");
    s.write("work/deep/secret/key", "canary");
    const app = await shell(s, "filesystems=home;!~/work/deep/secret;");
    assert.equal(
      await app.say("cat ~/work/deep/secret/key; chmod 0 ~/.config ~/work/deep && echo closed"),
      "closed\n",
      "the host allows the owner to close them",
    );
    const second = await app.say(
      "chmod 700 ~/.config ~/work/deep && echo opened; mv ~/.config ~/moved; mv ~/work ~/moved; echo evil > ~/.config/autostart/evil.desktop; cat ~/*/deep/secret/key; true",
    );
    for (const folder of [".config", "work/deep"]) {
      assert.equal(lstatSync(s.path(folder)).mode & 0o777, 0);
      chmodSync(s.path(folder), 0o755);
    }
    assert.equal(second, "");
    assert.deepEqual(readdirSync(s.path(".config/autostart")), ["one.desktop"]);
    assert.equal(await app.say("cd ~/.config && touch allowed && echo ok"), "ok\n", "an open folder is writable as before");
  });

  it("is given no folder that the first one named in user-dirs.dirs", async () => {
    const s = session();
    s.write(".config/user-dirs.dirs", 'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
    s.makeFolder("Downloads");
    const app = await shell(s, "filesystems=home;xdg-download;");
    const script = `echo 'XDG_DOWNLOAD_DIR="$HOME/.config/autostart"' > ~/.config/user-dirs.dirs; mv ~/.config/user-dirs.dirs ~/moved; echo x > ~/.config/autostart/evil.desktop; echo y > ~/Downloads/y && echo ok`;
    assert.equal(await app.say(script), "ok\n");
    assert.equal(await app.say(script), "ok\n");
    assert.equal(s.read(".config/user-dirs.dirs"), 'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
    assert.ok(!existsSync(s.path(".config/autostart/evil.desktop")));
  });

  it("is not held up by a fifo in the place of user-dirs.dirs", async () => {
    const s = session();
    const app = await shell(s, "filesystems=home:rw-all;");
    assert.equal(await app.say("mv ~/.config/user-dirs.dirs ~/kept; mkfifo ~/.config/user-dirs.dirs && echo made"), "made\n");
    const second = await app.run(["-c", "echo started"], { limit: 10_000 });
    rmSync(s.path(".config/user-dirs.dirs"));
    assert.equal(second.stdout, "started\n", second.stderr);
  });

  it("does not follow a link that the first one put in the place of a grant", async () => {
    const s = session();
    s.write("private/key", "canary");
    s.makeFolder("shared");
    const app = await shell(s, "filesystems=~/shared;~/shared/sub;");
    assert.equal(await app.say("ln -s ../private ~/shared/sub && echo linked"), "linked\n");
    const outcome = await app.run(["-c", "cat ~/private/key ~/shared/sub/key; echo x > ~/private/planted"]);
    assert.equal(outcome.stdout, "");
    assert.match(outcome.stderr, /shared\/sub` is not followed: the app can write there/);
    assert.deepEqual(readdirSync(s.path("private")), ["key"]);
    rmSync(s.path("shared/sub"));
    s.link("private", "by-the-user");
    assert.equal(await (await shell(s, "filesystems=~/by-the-user;")).say("cat ~/by-the-user/key"), "canary", "a link where the app cannot write is followed");
  });

  it("makes no folder through a link that the first one put on the way of a grant (CVE-2026-39861)", async () => {
    const s = session();
    s.makeFolder("elsewhere");
    const app = await shell(s, "filesystems=~/shared;~/shared/way/new:create;~/made/new:create;");
    rmSync(s.path("shared/way"), { recursive: true, force: true });
    s.link("../elsewhere", "shared/way");
    assert.equal(await app.say("touch ~/made/new/file && echo ok"), "ok\n", "where no link is, the folder is made");
    assert.deepEqual(readdirSync(s.path("elsewhere")), []);
    rmSync(s.path("shared/way"));
    assert.equal(await app.say("touch ~/shared/way/new/file && echo ok"), "ok\n");
  });

  it("keeps the login set read-only although a link leads a grant there", async () => {
    const s = session();
    s.makeFolder(".config/autostart");
    const app = await shell(s, "filesystems=home;~/Inbox;");
    assert.equal(await app.say("ln -s .config/autostart ~/Inbox && echo linked"), "linked\n");
    assert.equal(await app.say("echo x > ~/.config/autostart/evil.desktop; echo x > ~/Inbox/evil.desktop; true"), "");
    assert.ok(!existsSync(s.path(".config/autostart/evil.desktop")));
  });

  it("of another app gets nothing of the login set through a link that the first one left in the place of a grant", async () => {
    const s = session();
    s.makeFolder(".config/autostart");
    s.makeFolder("shared");
    const first = await shell(s, "filesystems=~/shared;");
    assert.equal(await first.say("ln -s ../.config/autostart ~/shared/games && echo linked"), "linked\n");
    const other = await shell(s, "filesystems=~/shared/games;", "org.example.Another");
    const outcome = await other.run(["-c", "echo x > ~/shared/games/evil.desktop; echo x > ~/.config/autostart/evil.desktop; true"]);
    assert.match(outcome.stderr, /shared\/games` is not given: the link .* may start programs outside/);
    assert.ok(!existsSync(s.path(".config/autostart/evil.desktop")));
    const meant = await shell(s, "filesystems=xdg-config/autostart;", "org.example.Meant");
    assert.equal(await meant.say("echo x > ~/.config/autostart/meant.desktop && echo ok"), "ok\n", "by its own name it is given");
  });

  it("does not see the runtime directory in its private folder, whoever put a link to it in the place of xdg-config/SUB", async () => {
    const s = session();
    symlinkSync(s.runtimeDirectory, s.path(".config/sub"));
    const app = await shell(s, "filesystems=xdg-config/sub;");
    assert.equal(await app.say('ls -A "$XDG_CONFIG_HOME/sub" ~/.config/sub; true'), "");
    rmSync(s.path(".config/sub"));
    s.makeFolder(".config/sub/inner");
    assert.equal(await app.say('ls -A "$XDG_CONFIG_HOME/sub"'), "inner\n", "a folder of that name appears there");
  });

  it("reads no keys through a link in the place of icons, fonts and themes, neither itself nor another app (CVE-2026-96282)", async () => {
    const s = session();
    s.write(".ssh/id", "canary");
    s.write("icons-of-the-user/one", "icon");
    const app = await shell(s, "filesystems=xdg-data;");
    const look = "cat /run/host/user-share/icons/id ~/.themes/id; cat /run/host/user-share/icons/one; true";
    assert.equal(await app.say("ln -s ../../.ssh ~/.local/share/icons && echo linked"), "linked\n");
    s.link(".ssh", ".themes");
    assert.equal(await app.say(look), "");
    assert.equal(await (await shell(s, "", "org.example.Another")).say(look), "");
    for (const link of [".local/share/icons", ".themes"]) rmSync(s.path(link));
    s.link("../../icons-of-the-user", ".local/share/icons");
    assert.equal(await (await shell(s, "", "org.example.Another")).say(look), "icon", "a link to what nothing guards is followed");
  });

  it("cannot listen where a session without a runtime directory looks for its broker", async () => {
    const s = session();
    const place = `/tmp/tsbox-${s.account.uid}`;
    const app = await shell(s, "filesystems=/tmp;");
    const answer = await app.say(`mkdir -p ${place}/tsbox/planted; mv ${place} ${place}.moved; echo x > /tmp/tsbox-test-again && echo written`);
    assert.equal(answer, "written\n");
    rmSync("/tmp/tsbox-test-again");
    assert.ok(lstatSync(place).isDirectory() && !existsSync(`${place}/tsbox/planted`) && !existsSync(`${place}.moved`));
  });
});

inOrdinarySession("whatever the caller's session looks like, a program", (session) => {
  it("is not given the usual runtime directory where the caller has another", async () => {
    const s = session();
    const usual = `/run/user/${s.account.uid}`;
    const app = await shell(s, `filesystems=${usual};/run/user;`);
    const outcome = await app.run(["-c", `ls -A ${usual}`]);
    assert.equal(outcome.stdout, "doc\nflatpak-info\n", "its own one, made for it");
    assert.match(outcome.stderr, /is not given: `\/run\/user\/\d+` is the sandbox's own/);
  });

  it("sees no session bus in a granted folder", async () => {
    const s = session();
    const socket = `${s.scratch}/bus-here`;
    const bus = s.start(["dbus-daemon", "--session", "--nofork", "--nopidfile", `--address=unix:path=${socket}`]);
    s.onClose(() => bus.kill("SIGTERM"));
    await waitFor("the bus", () => existsSync(socket));
    const app = await makeApp(s, ID, `command=sh\n[Context]\nfilesystems=${s.scratch};\n`);
    const outcome = await app.run(["-c", `test -d ${s.scratch} && echo granted; test -S ${socket} && echo naked`], {
      environment: { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` },
    });
    assert.equal(outcome.stdout, "granted\n");
    assert.ok(lstatSync(socket).isSocket());
  });

  it("sees no socket in a granted folder by which a program outside is told what to run", async () => {
    const s = session();
    const environment = { TMUX_TMPDIR: s.scratch, SSH_AUTH_SOCK: `${s.scratch}/agent` };
    const agent = s.start(["ssh-agent", "-D", "-a", environment.SSH_AUTH_SOCK]);
    const tell = ["tmux", "-f", "/dev/null", "run-shell", "touch ~/told"] as const;
    await s.run(["tmux", "-f", "/dev/null", "new-session", "-d", "sleep 60"], { environment });
    s.onClose(() => {
      agent.kill("SIGTERM");
      void s.run(["tmux", "kill-server"], { environment });
    });
    await waitFor("the agent", () => existsSync(environment.SSH_AUTH_SOCK));
    assert.equal((await s.run(tell, { environment })).status, 0);
    await waitFor("what the host allows", () => existsSync(s.path("told")));
    rmSync(s.path("told"));
    for (const mode of ["", ":ro"]) {
      const app = await makeApp(
        s,
        `org.example.Sockets${mode.length}`,
        `command=sh\n[Context]\nfilesystems=${s.scratch}${mode};\n[Environment]\nTMUX_TMPDIR=${s.scratch}\n`,
      );
      const script = `test -d ${s.scratch} && echo granted; ${tell.slice(0, 4).join(" ")} 'touch ~/told' 2>/dev/null && echo told; test -S ${environment.SSH_AUTH_SOCK} && echo agent; true`;
      assert.equal((await app.run(["-c", script], { environment })).stdout, "granted\n", mode);
    }
    assert.ok(!existsSync(s.path("told")));
  });

  it("finds guarded places guarded under another name too, with no grant but --bind", async () => {
    const s = session();
    s.write(".local/share/tsbox/overrides/global", "[Context]\n");
    s.write(".ssh/id", "canary");
    const app = await makeApp(s, ID, "command=sh\n");
    const script =
      "echo x > /mnt/bound/plain && echo written; echo x > /mnt/bound/.bashrc; echo x > /mnt/bound/.config/autostart/e; echo x > /mnt/bound/.ssh/id; echo x > /mnt/bound/.local/share/tsbox/overrides/global; mv /mnt/bound/.local /mnt/bound/moved; true";
    const outcome = await app.run(["-c", script], { options: [`--bind=${s.home}:/mnt/bound`] });
    assert.equal(outcome.stdout, "written\n", outcome.stderr);
    assert.equal(s.read(".local/share/tsbox/overrides/global"), "[Context]\n");
    assert.equal(s.read(".ssh/id"), "canary");
    assert.deepEqual([s.read(".bashrc"), readdirSync(s.path(".config/autostart"))], ["", []]);
  });

  it("gets no folder as a standard descriptor", async () => {
    const s = session();
    await makeApp(s, ID, "command=sh\n");
    const tsbox = await findTsbox(s);
    const outcome = await s.run(["/bin/sh", "-c", `"$0" run ${ID} -c 'ls /proc/self/fd/0/' < "$1"`, tsbox, s.home]);
    assert.equal(outcome.status, 125);
    assert.match(outcome.stderr, /standard input is a directory/);
    assert.equal((await s.run(["/bin/sh", "-c", `"$0" run ${ID} -c cat < "$1"`, tsbox, s.write("some/text", "text")])).stdout, "text");
  });

  it("gets no connection to a service as a standard descriptor", async () => {
    const s = session();
    await makeApp(s, ID, "command=sh\n");
    const script = `import os, socket, sys
if sys.argv[1] == "named":
    one = socket.socket(socket.AF_UNIX)
    one.bind(sys.argv[2])
    one.listen()
    other = socket.socket(socket.AF_UNIX)
    other.connect(sys.argv[2])
else:
    one, other = socket.socketpair()
os.dup2(other.fileno(), 0)
os.execv(sys.argv[3], sys.argv[3:])`;
    const run = async (kind: string) =>
      s.run(["/usr/bin/python3", "-c", script, kind, `${s.scratch}/service`, await findTsbox(s), "run", ID, "-c", "echo started"]);
    const named = await run("named");
    assert.match(named.stderr, /standard input is a service/);
    assert.equal(named.stdout, "");
    assert.equal((await run("pair")).stdout, "started\n", "what has no name may be handed over");
  });

  it("gets no folder of the user as the program that a downloaded manifest brings", async () => {
    const s = session();
    s.write("private/key", "canary");
    s.write("downloads/org.example.Download.ini", "[Application]\nname=org.example.Download\ncommand=sh\n");
    s.link("../private", "downloads/org.example.Download");
    const tsbox = await findTsbox(s);
    const run = () => s.run([tsbox, "run", "./downloads/org.example.Download.ini", "-c", "cat /app/key"]);
    const refused = await run();
    assert.equal(refused.status, 125);
    assert.match(refused.stderr, /org\.example\.Download` is a link/);
    rmSync(s.path("downloads/org.example.Download"));
    s.write("downloads/org.example.Download/key", "its own");
    assert.equal((await run()).stdout, "its own");
  });

  it("cannot write lines of its own into its identity (CVE-2021-4120)", async () => {
    const s = session();
    const app = await makeApp(s, ID, "command=sh\n[Environment]\nA=x\\n[Application]\\nname=org.example.Forged\n");
    const outcome = await app.run(["-c", "cat /.flatpak-info"]);
    assert.match(outcome.stdout, /^A=x\\n\[Application\]\\nname=org\.example\.Forged$/m);
    assert.deepEqual(outcome.stdout.match(/^(\[Application\]|name=.*)$/gm), ["[Application]", `name=${ID}`]);
    for (const name of ["\\n[Application]\\nname", "Q\\n[Application]", "\\nname"]) {
      await makeApp(s, ID, `command=sh\n[Context]\nunset-environment=${name};\n`);
      const refused = await app.run(["-c", "cat /.flatpak-info"]);
      assert.equal(refused.status, 125);
      assert.match(refused.stderr, /is no name of a variable/);
    }
  });
});
