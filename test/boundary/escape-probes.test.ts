// 117 tries to get out, made from inside by one script, as an ordinary user and as root, beside bubblewrap with the same filter. What is open where is a table
// (escape-probes.tsv); the host is asked first, because a try that nobody could make proves nothing.
import assert from "node:assert/strict";
import { chmodSync, chownSync, closeSync, copyFileSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { before, it } from "node:test";
import { makeFilter } from "../../launcher/seccomp/door.ts";
import { startBus, startService } from "../support/bus.ts";
import { type Canary, startCanary } from "../support/canary.ts";
import { inEachSession } from "../support/cases.ts";
import { expectSuccess, makeApp } from "../support/sandbox.ts";
import { serverScript } from "../support/server-script.ts";

type Answers = Readonly<Record<string, string>>;

const APP = "org.example.Escape";
const HIDDEN = "org.example.Hidden";
/** Aimed at something that the test itself put outside: the host must allow them, or nothing is shown. */
const OPEN_OUTSIDE =
  "see_host_processes signal_host_process pidfd_host_process ptrace_host_process read_host_process_memory proc_pid_environ proc_pid_cwd_fd read_secret_file write_bashrc drop_autostart shared_tmp shared_dev_shm host_loopback_tcp abstract_canary abstract_any path_socket_canary sysv_shm posix_mqueue dbus_session_dangerous_names unshare_userns userns_then_mount seccomp_filter no_new_privs keyctl add_key personality ptrace_at_all tiocsti_unfiltered tiocsti_high_bits_unfiltered tioclinux_unfiltered i386_int80 hostname_leak host_services".split(
    " ",
  );

/** Capabilities of one's own namespaces, and what they are good for there: nothing outside changes or opens. */
const OWN = ["caps", "cap_bounding_set", "unshare_userns", "clone_userns", "chroot", "misc_admin_syscalls", "raw_icmp"];
const OWN_MOUNTS = ["clone3_userns", "userns_then_mount", "unshare_mount_ns", "mount_tmpfs", "new_mount_api_fsopen", "new_mount_api_unfiltered"];
const OPEN_IN_OWN_NAMESPACES: Readonly<Record<"isolate" | "full", readonly string[]>> = {
  isolate: OWN,
  full: [...OWN, ...OWN_MOUNTS, "max_user_namespaces_write"],
};

interface Row {
  readonly name: string;
  readonly ours: string;
  readonly oursAsRoot: string;
  readonly bwrap: string;
  readonly bwrapAsRoot: string;
  readonly reason: string;
}

function readTable(): readonly Row[] {
  return readFileSync("test/boundary/escape-probes.tsv", "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", ours = "", oursAsRoot = "", bwrap = "", bwrapAsRoot = "", reason = ""] = line.split("\t");
      return { name, ours, oursAsRoot, bwrap, bwrapAsRoot, reason };
    });
}

const openOf = (answers: Answers): readonly string[] => Object.keys(answers).filter((name) => answers[name]?.startsWith("open"));

inEachSession("tries to get out", (session) => {
  const table = readTable();
  let canary: Canary;
  let facts: Record<string, unknown>;
  let script: string;
  let programs: string;

  before(async () => {
    const s = session();
    canary = await startCanary(s);
    await startBus(s);
    await startService(s, HIDDEN);
    const asRoot = process.getuid?.() === 0;
    script = serverScript(s, "escape.py");
    const app = await makeApp(s, APP, "command=python3\n", [script]);
    programs = s.path(`.local/share/tsbox/manifests/${APP}`);
    if (asRoot) {
      const setuid = `${programs}/bin/id`;
      copyFileSync("/usr/bin/id", setuid);
      chownSync(setuid, s.account.uid === 0 ? 1 : 0, 0);
      chmodSync(setuid, 0o4755);
    }
    const temporary = `/tmp/tsbox-escape-${process.pid}-${s.account.uid}`;
    const shared = `/dev/shm/tsbox-escape-${process.pid}-${s.account.uid}`;
    for (const path of [temporary, shared]) {
      writeFileSync(path, "canary", { mode: 0o644 });
      s.onClose(() => rmSync(path, { force: true }));
    }
    s.write(".bashrc", "# shell\n");
    facts = {
      home: s.home,
      pid: canary.pid,
      name: "canary.py",
      address: canary.address,
      setuid: asRoot ? "/app/bin/id" : null,
      etc: statSync("/etc/passwd").ino,
      secret: s.write("secret", "canary"),
      tmp: temporary,
      shm_file: shared,
      hostname: hostname(),
      interfaces: Object.keys(networkInterfaces()),
      port: canary.port,
      abstract: canary.abstract,
      path: canary.path,
      runtime: s.runtimeDirectory,
      service: canary.path,
      names: ["org.freedesktop.systemd1", "org.freedesktop.Flatpak", "org.gnome.Shell", "org.freedesktop.secrets", HIDDEN],
      key: canary.key,
      queue: canary.queue,
    };
    assert.equal(app.id, APP);
  });

  const argument = (changes: Record<string, unknown> = {}): string => JSON.stringify({ ...facts, ...changes });
  /** `by`: a command that runs the rest of its words. */
  const inside = async (context: string, by: readonly [string, ...string[]] = ["env"]): Promise<Answers> => {
    const [command, ...words] = by;
    const app = await makeApp(session(), APP, `command=${command}\n${context}`);
    return JSON.parse(expectSuccess(await app.run([...words, "python3", "/app/bin/escape.py", argument()], { limit: 120_000 }))) as Answers;
  };
  const inBwrap = async (): Promise<Answers> => {
    const s = session();
    const filter = s.write(
      `${s.scratch}/filter`,
      makeFilter({ devel: false, bluetooth: false, canbus: false, nested: "none" }, process.arch === "x64" ? "x86_64" : "aarch64"),
    );
    const descriptor = openSync(filter, "r");
    try {
      const root = ["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"];
      const words = [
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--seccomp",
        "3",
        ...root,
        "--ro-bind",
        programs,
        "/app",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
      ];
      const rest = ["--tmpfs", "/tmp", "--new-session", "--die-with-parent", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin", "--chdir", "/", "--"];
      const outcome = await s.run(["bwrap", ...words, ...rest, "/usr/bin/python3", "/app/bin/escape.py", argument()], {
        descriptors: [descriptor],
        limit: 120_000,
      });
      return JSON.parse(expectSuccess(outcome)) as Answers;
    } finally {
      closeSync(descriptor);
    }
  };

  it("are open on the host where they aim at what the test put there", async () => {
    const s = session();
    // As root, on the host, some of the tries would change the machine.
    if (s.account.uid === 0) return;
    const wanted = OPEN_OUTSIDE.filter((name) => process.arch === "x64" || name !== "i386_int80");
    const outcome = await s.run(["/usr/bin/python3", script, argument(), ...wanted], { limit: 120_000 });
    const answers = JSON.parse(expectSuccess(outcome)) as Answers;
    assert.deepEqual(
      wanted.filter((name) => !answers[name]?.startsWith("open")).map((name) => `${name}: ${answers[name]}`),
      [],
    );
  });

  it("fail in tsbox but for those that the table names with their reason", async (context) => {
    const root = session().account.uid === 0;
    await canary.reached();
    const answers = await inside("");
    assert.deepEqual(await canary.reached(), [], "nothing arrived outside");
    assert.deepEqual(Object.keys(answers).sort(), table.map((row) => row.name).sort());
    const expected = table.filter((row) => (root ? row.oursAsRoot : row.ours) === "open");
    assert.deepEqual(
      openOf(answers)
        .map((name) => `${name} ${answers[name]}`)
        .filter((text) => !expected.some((row) => text.startsWith(`${row.name} `))),
      [],
      "open, and not on the table",
    );
    assert.deepEqual(
      Object.entries(answers).filter(([, answer]) => answer.startsWith("error")),
      [],
    );
    for (const row of expected) {
      assert.ok(answers[row.name]?.startsWith("open"), `${row.name} is on the table as open: ${answers[row.name]}`);
      assert.ok(row.reason.length > 10, `${row.name} says why`);
    }
    context.diagnostic(`tsbox: ${openOf(answers).length} of ${table.length} open: ${openOf(answers).join(" ")}`);
    assert.equal(readFileSync(session().path(".bashrc"), "utf8"), "# shell\n");
  });

  it("are open in bubblewrap with the same filter where the table says so, and tsbox opens none that it closes", async (context) => {
    const root = session().account.uid === 0;
    const answers = await inBwrap();
    const column = (row: Row): string => (root ? row.bwrapAsRoot : row.bwrap);
    assert.deepEqual(
      [...openOf(answers)].sort(),
      table
        .filter((row) => column(row) === "open")
        .map((row) => row.name)
        .sort(),
    );
    const worse = table.filter((row) => (root ? row.oursAsRoot : row.ours) === "open" && column(row) !== "open").map((row) => row.name);
    assert.deepEqual(
      worse.filter((name) => !table.find((row) => row.name === name)?.reason.includes("as Flatpak")),
      [],
    );
    context.diagnostic(`bubblewrap: ${openOf(answers).length} of ${table.length} open: ${openOf(answers).join(" ")}`);
  });

  it("open nothing more of the host with the network shared but the network", async () => {
    const answers = await inside("[Context]\nshared=network;\n");
    const known = new Set(table.filter((row) => (session().account.uid === 0 ? row.oursAsRoot : row.ours) === "open").map((row) => row.name));
    const more = openOf(answers).filter((name) => !known.has(name));
    assert.deepEqual(
      more
        .filter((name) => !["network_interfaces", "host_loopback_tcp", "sys_visible", "af_netlink_uevent"].includes(name))
        .map((name) => `${name} ${answers[name]}`),
      [],
    );
  });

  for (const [level, namespaces] of [
    ["isolate", "-Urpni"],
    ["full", "-Urmpni"],
  ] as const) {
    it(`open nothing of the host from a namespace that an app with nested=${level} made`, async () => {
      await canary.reached();
      const tried = inside(`[X-Tsbox]\nnested=${level}\n`, ["unshare", namespaces, "--fork", "--kill-child"]);
      // The superuser's own id cannot be mapped once more without a capability, so there is no such namespace.
      if (session().account.uid === 0) return assert.rejects(tried);
      const answers = await tried;
      assert.deepEqual(await canary.reached(), [], "nothing arrived outside");
      const known = new Set(table.filter((row) => row.ours === "open").map((row) => row.name));
      const more = openOf(answers).filter((name) => !known.has(name));
      assert.deepEqual(
        more.filter((name) => !OPEN_IN_OWN_NAMESPACES[level].includes(name)).map((name) => `${name} ${answers[name]}`),
        [],
      );
    });
  }
});
