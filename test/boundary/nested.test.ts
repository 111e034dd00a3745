// `[X-Tsbox] nested=`: which sandboxes an app may make itself, and that none of them is a way out of ours.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { before, it } from "node:test";
import { inOrdinarySession, inSessionOf } from "../support/cases.ts";
import { allAccounts } from "../support/account.ts";
import type { Outcome } from "../support/process.ts";
import { type App, expectSuccess, makeApp, makeProbe, type Probe, probeHost } from "../support/sandbox.ts";

type Level = "none" | "isolate" | "full";
type Answers = Readonly<Record<string, string>>;

/** Granted to read, with one folder denied and one file readable only beside it; a secret that nobody granted. */
const CONTEXT = "[Context]\nfilesystems=~/notes:ro;!~/notes/private;~/drafts;!~/drafts/private;\n";

inOrdinarySession("nested sandboxes", (session) => {
  const apps = new Map<Level, App>();
  const probes = new Map<Level, Probe>();
  const shell = (level: Level, script: string): Promise<Outcome> => (apps.get(level) as App).run(["-c", script]);
  const said = async (level: Level, script: string): Promise<string> => {
    const { stdout, stderr } = await shell(level, script);
    return `${stdout}${stderr}`;
  };
  before(async () => {
    for (const folder of ["notes", "drafts"]) {
      session().write(`${folder}/open`, "open\n");
      session().write(`${folder}/private/secret`, "a secret that was denied\n");
    }
    session().write("outside/secret", "a secret that nobody granted\n");
    for (const level of ["none", "isolate", "full"] as const) {
      apps.set(level, await makeApp(session(), `org.example.Nested.${level}`, `command=sh\n${CONTEXT}[X-Tsbox]\nnested=${level}\n`, [resolve("build/tsbox")]));
      probes.set(level, await makeProbe(session(), `${CONTEXT}[X-Tsbox]\nnested=${level}\n`, `org.example.Probe.${level}`));
    }
  });

  it("are allowed by the host, and closed without a word in the manifest", async () => {
    const words = "unshare -Ur true && echo made";
    assert.equal((await session().run(["/bin/sh", "-c", words])).stdout, "made\n");
    assert.equal((await shell("none", words)).stdout, "");
    const plain = await makeApp(session(), "org.example.Plain", "command=sh\n");
    assert.equal((await plain.run(["-c", words])).stdout, "");
  });

  it("of `isolate` have user, pid, network and ipc namespaces and an empty root, as browsers make them", async () => {
    assert.equal((await shell("isolate", "unshare -Urpni --fork chroot /proc/self/fdinfo /bin/true; unshare -Urpni --fork sh -c 'echo $$'")).stdout, "1\n");
  });

  it("of `isolate` have no mounts and no other namespace", async () => {
    for (const kind of ["-m", "-u", "-C", "-T"])
      assert.match(await said("isolate", `unshare -Ur ${kind} true && echo made`), /unshare failed: Operation not permitted/, kind);
    const mounts = "unshare -Ur sh -c 'mount -t tmpfs none /tmp && echo mounted; umount -l /proc && echo gone; mount -o bind,remount,rw /usr && echo writable'";
    assert.doesNotMatch(await said("isolate", mounts), /mounted|gone|writable/);
    assert.match((await session().run(["/bin/sh", "-c", "unshare -Urm mount -t tmpfs none /tmp && echo mounted"])).stdout, /mounted/);
  });

  it("of bubblewrap are refused with `isolate`, and work with `full`", async () => {
    const words = "bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp sh -c 'touch /tmp/x && echo $$'";
    const isolated = await shell("isolate", words);
    assert.deepEqual([isolated.stdout, isolated.status === 0], ["", false]);
    assert.equal((await shell("full", words)).stdout, "2\n");
  });

  it("of `full` can mount single files of /etc once more, as programs that bring bubblewrap do", async () => {
    const words =
      "bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --ro-bind /etc/passwd /etc/passwd cat /etc/passwd";
    assert.match((await shell("full", words)).stdout, new RegExp(`:${session().account.uid}:`));
  });

  it("of `full` cannot write those files under the name that they keep for it", async () => {
    const said = await shell("full", "ls /.tsbox-data; chmod 700 /.tsbox-data; echo x >> /.flatpak-info; echo x >> /.tsbox-data/0; head -2 /.flatpak-info");
    assert.equal(said.stdout, "[Application]\nname=org.example.Nested.full\n");
    assert.match(said.stderr, /ls: .*Permission denied[\s\S]*chmod: .*Read-only file system/);
  });

  it("of `full` cannot lift what is read-only, nor take a cover off, nor look below it", async () => {
    const { home } = session();
    const tries = [
      `mount -o remount,bind,rw ${home}/notes && echo x >${home}/notes/new`,
      `mount --bind ${home}/notes /tmp/a && cat /tmp/a/private/secret`,
      `mount --rbind ${home}/notes /tmp/a && cat /tmp/a/private/secret; umount -l /tmp/a/private && cat /tmp/a/private/secret; mount -o remount,bind,rw /tmp/a && echo x >/tmp/a/new`,
      `umount ${home}/drafts/private && cat ${home}/drafts/private/secret`,
      `umount -l ${home}/drafts/private && cat ${home}/drafts/private/secret`,
      `umount -l ${home}/drafts; cat ${home}/drafts/private/secret`,
      `mv ${home}/drafts/private ${home}/drafts/moved && cat ${home}/drafts/moved/secret`,
      `mount -t overlay -o lowerdir=${home}/drafts:/tmp/a none /tmp/b && cat /tmp/b/private/secret`,
      `mount --rbind / /tmp/a && cd /tmp/a && /usr/sbin/pivot_root . tmp/b && umount -l /tmp/b; cat ${home}/drafts/private/secret`,
      "mount -t proc proc /tmp/a && echo x >/tmp/a/sys/kernel/core_pattern && echo x written",
      "mount -o remount,bind,rw /usr && touch /usr/x && echo x written",
      `python3 -c 'import ctypes,os; libc = ctypes.CDLL(None, use_errno=True); fd = libc.syscall(428, -100, b"${home}/drafts", 1); print(os.listdir("private", dir_fd=fd) if fd >= 0 else ctypes.get_errno())'`,
    ];
    for (const script of tries) {
      const result = await shell("full", `mkdir -p /tmp/a /tmp/b; unshare -Urm --propagation unchanged --pid --fork sh -c ${quoted(script)}`);
      assert.doesNotMatch(result.stdout, /a secret|x written|\['secret'\]/, script);
      assert.ok(result.stderr !== "" || /^\d+\n$/.test(result.stdout), `nothing was refused: ${script}`);
    }
    assert.equal(session().read("drafts/private/secret"), "a secret that was denied\n");
    // What is granted is there, so the tries failed for their own reasons.
    assert.equal((await shell("full", `unshare -Urm sh -c 'cat ${home}/notes/open; echo draft >${home}/drafts/new'`)).stdout, "open\n");
    assert.equal(session().read("drafts/new"), "draft\n");
  });

  it("of `full` find nothing that was not granted: it is absent, not covered", async () => {
    const search =
      "unshare -Urm sh -c 'mount -t tmpfs none /tmp; cat /proc/self/mountinfo; find / -xdev -path /proc -prune -o -path /usr -prune -o -name secret -print 2>/dev/null; cat /proc/*/root/*/*/secret 2>/dev/null'";
    const found = await said("full", search);
    assert.match(found, / \/usr /);
    assert.doesNotMatch(found, /outside|a secret/);
  });

  for (const level of ["isolate", "full"] as const) {
    it(`of \`${level}\` meet every refusal of the filter again, with all capabilities of a namespace of their own`, async () => {
      const outside = await (await probeHost(session())).calls();
      const namespaces = level === "full" ? "-Urmpni" : "-Urpni";
      const probe = probes.get(level) as Probe;
      const nested = JSON.parse(
        expectSuccess(await probe.run([namespaces, "--fork", "/app/bin/probe", "calls"], { options: ["--command=/usr/bin/unshare"] })),
      ) as Answers;
      const direct = await probe.calls();
      const refused = ["ptrace", "keyctl", "add_key", "request_key", "perf_event_open", "personality", "syslog", "quotactl", "acct", "mbind", "move_pages"];
      for (const call of [...refused, "TIOCSTI", "TIOCSTI-high-bits", "TIOCLINUX"]) assert.equal(nested[call], "EPERM", call);
      for (const family of ["AF_KEY", "AF_PACKET", "AF_CAN", "AF_TIPC", "AF_BLUETOOTH", "AF_ALG", "AF_VSOCK", "AF_XDP"])
        assert.equal(nested[family], "EAFNOSUPPORT", family);
      for (const call of ["bpf", "init_module", "mknod", "open_by_handle_at", "io_uring_setup"]) assert.notEqual(nested[call], "ok", call);
      // The probe's own calls need no capability: what one got refused before must not open by becoming the superuser of a namespace.
      const opened = Object.keys(direct).filter((call) => direct[call] !== "ok" && nested[call] === "ok");
      const harmless = level === "full" ? NEEDS_A_CAPABILITY_OF_ONES_OWN : NEEDS_A_CAPABILITY_OF_ONES_OWN.filter((call) => !MOUNTS.includes(call));
      assert.deepEqual(
        opened.filter((call) => !harmless.includes(call)),
        [],
      );
      assert.ok(Object.values(outside).filter((answer) => answer === "ok").length > 10);
    });

    it(`of \`${level}\` keep ids, processes and sockets of the host out of reach`, async () => {
      const probe = probes.get(level) as Probe;
      const facts = JSON.parse(
        expectSuccess(await probe.run(["-Urpni", "--fork", "/app/bin/probe", "facts"], { options: ["--command=/usr/bin/unshare"] })),
      ) as { readonly uidMap: string; readonly interfaces: Readonly<Record<string, unknown>>; readonly status: string };
      assert.match(facts.uidMap, /^\s*0\s+\d+\s+1\s*$/, "one id, and that is the caller's");
      assert.deepEqual(Object.keys(facts.interfaces), ["lo"]);
    });
  }

  it("have no way to rules for packets, though they have every capability over a network of their own; routes and interfaces are theirs", async () => {
    const words = `unshare -Urn python3 -c ${quoted(PACKET_RULES)}`;
    const outside = JSON.parse((await session().run(["/bin/sh", "-c", words])).stdout) as Answers;
    // What the kernel lacks it says with other numbers; a refusal would be nothing new.
    for (const [way, answer] of Object.entries(outside)) assert.notEqual(answer, "EPERM", `${way}, outside`);
    assert.equal(outside["route"], "ok");
    for (const level of ["isolate", "full"] as const) {
      const inside = JSON.parse(await said(level, words)) as Answers;
      assert.deepEqual(inside, { netfilter: "EPERM", xfrm: "EPERM", "ip table": "EPERM", "ip6 table": "EPERM", route: "ok", "traffic class": "ok" }, level);
    }
  });

  it("do not run tsbox: it is refused by name", async () => {
    const { status, stderr } = await shell("full", "/app/bin/tsbox run org.example.Other");
    assert.equal(status, 125);
    assert.match(stderr, /already inside the sandbox of org\.example\.Nested\.full/);
  });

  it("made by tsbox-bwrap inside of `full` have no right more than the sandbox around them", async () => {
    const { home } = session();
    const bwrap = "cp /app/bin/tsbox /tmp/tsbox-bwrap && exec /tmp/tsbox-bwrap";
    const works = await shell("full", `${bwrap} --unshare-all --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp cat ${home}/notes/open`);
    assert.deepEqual([works.stdout, works.stderr], ["open\n", ""]);
    const script = [
      `echo x >${home}/notes/new && echo x written`,
      `umount ${home}/drafts/private; cat ${home}/drafts/private/secret`,
      `cat ${home}/outside/secret`,
      "echo x >/proc/sys/kernel/core_pattern && echo x written",
      "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status",
    ].join("; ");
    const all = await shell("full", `${bwrap} --dev-bind / / --cap-add ALL --unshare-user --uid 0 --gid 0 sh -c ${quoted(script)}`);
    assert.doesNotMatch(all.stdout, /a secret|x written/);
    assert.match(all.stdout, /NoNewPrivs:\s1\nSeccomp:\s2\n/);
  });
});

/** Netlink families 12 and 6, IPT_SO_GET_INFO (64), and beside them what browsers use: the list of interfaces (RTM_GETLINK), IPV6_TCLASS (67). */
const PACKET_RULES = `import errno, json, socket, struct
def name(act):
    try:
        act()
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]
def table(family, level):
    return lambda: socket.socket(family, socket.SOCK_RAW, 255).getsockopt(level, 64, 84)
def links():
    route = socket.socket(16, socket.SOCK_RAW, 0)
    route.send(struct.pack("=IHHIIB", 17, 18, 0x301, 1, 0, 0))
    route.settimeout(5)
    assert route.recv(65536)[4:6] == struct.pack("=H", 16)
print(json.dumps({
    "netfilter": name(lambda: socket.socket(16, socket.SOCK_RAW, 12)),
    "xfrm": name(lambda: socket.socket(16, socket.SOCK_RAW, 6)),
    "ip table": name(table(socket.AF_INET, 0)),
    "ip6 table": name(table(socket.AF_INET6, 41)),
    "route": name(links),
    "traffic class": name(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).getsockopt(41, 67)),
}))
`;

/** Of one's own namespaces alone: they change or open nothing outside. */
const MOUNTS = [
  "unshare-mount",
  "user-then-mount",
  "mount",
  "umount",
  "pivot_root",
  "setns",
  "open_tree",
  "move_mount",
  "fsopen",
  "fsconfig",
  "fsmount",
  "fspick",
  "sethostname",
  "mount_setattr",
  "clone3-user",
];
const NEEDS_A_CAPABILITY_OF_ONES_OWN = [...MOUNTS, "chroot", "clone-user", "unshare-user", "unshare-network"];

for (const account of allAccounts().filter(({ uid }) => uid === 0))
  inSessionOf(account, "nested sandboxes", (session) => {
    it("of `full` are not given to the superuser, and those of `isolate` are", async () => {
      const start = async (level: Level): Promise<Outcome> =>
        (await makeApp(session(), `org.example.Nested.${level}`, `command=sh\n[X-Tsbox]\nnested=${level}\n`)).run(["-c", "unshare -U true; echo $?"]);
      const full = await start("full");
      assert.deepEqual([full.status, full.stdout], [125, ""]);
      assert.match(full.stderr, /`nested=full` is not given to the superuser/);
      assert.equal((await start("isolate")).stdout.trim(), "0");
    });
  });

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
