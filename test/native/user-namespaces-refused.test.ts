// A machine that refuses user namespaces: the rule that refuses is named, with its fix, by a start and by `tsbox doctor`. The limit and the filter are real;
// the files of the two sysctls that this kernel does not have are laid over /proc, and a filter refuses in their stead.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import type { Outcome } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { makeExecutor } from "./executor.ts";

/** Executes a program under a filter that answers clone and unshare with CLONE_NEWUSER with the errno given, as the filter of a container does. */
const FILTERED = `
import ctypes, os, platform, struct, sys
calls = {"x86_64": (56, 272), "aarch64": (220, 97)}[platform.machine()]
load, equal, any_bit, give = 0x20, 0x15, 0x45, 0x06
program = [(load, 0, 0, 0), (equal, 1, 0, calls[0]), (equal, 0, 3, calls[1]), (load, 0, 0, 16), (any_bit, 0, 1, 0x10000000), (give, 0, 0, 0x50000 | int(sys.argv[1])), (give, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code)))) == 0
os.execv(sys.argv[2], sys.argv[2:])
`;
const EPERM = "1";
const EACCES = "13";

inOrdinarySession("where user namespaces are refused, an ordinary user", (session) => {
  let start: string;
  let filter: string;
  before(() => {
    start = `${makeExecutor(session()).path} --ro-bind / / --proc /proc -- /bin/true`;
    filter = session().write(join(session().scratch, "filtered.py"), FILTERED);
  });
  const shell = (script: string): Promise<Outcome> => session().run(["/bin/sh", "-c", script]);
  /** Not the superuser, and below a /proc/sys/kernel that says so. */
  const withRule = (name: string, value: string, errno: string): Promise<Outcome> =>
    shell(
      `exec unshare -rm sh -c 'mount -t tmpfs tmpfs /proc/sys/kernel && echo ${value} >/proc/sys/kernel/${name} && exec unshare -U python3 ${filter} ${errno} ${start}'`,
    );

  it("is not told of a rule where a sandbox can be built", async () => {
    assert.deepEqual([(await shell(start)).status, (await shell(start)).stderr], [0, ""]);
  });

  it("is told of a limit of none", async () => {
    const { status, stderr } = await shell(`unshare -r sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; ${start}'`);
    assert.equal(status, 125);
    assert.match(stderr, /^tsbox: .*user\.max_user_namespaces=0/);
    assert.match(stderr, /\nhint: as root: `sysctl -w user\.max_user_namespaces=15000`/);
  });

  it("is told of a filter around it", async () => {
    const { status, stderr } = await shell(`python3 ${filter} ${EPERM} ${start}`);
    assert.equal(status, 125);
    assert.match(stderr, /^tsbox: .*a system-call filter around this process refuses it: Operation not permitted\nhint: start the container/);
  });

  it("is told of Debian's sysctl, and of AppArmor's, before the filter", async () => {
    const sysctl = await withRule("unprivileged_userns_clone", "0", EPERM);
    assert.equal(sysctl.status, 125);
    assert.match(sysctl.stderr, /^tsbox: .*kernel\.unprivileged_userns_clone=0.*\nhint: as root: `sysctl -w kernel\.unprivileged_userns_clone=1`/);
    const apparmor = await withRule("apparmor_restrict_unprivileged_userns", "1", EACCES);
    assert.equal(apparmor.status, 125);
    assert.match(apparmor.stderr, /^tsbox: .*kernel\.apparmor_restrict_unprivileged_userns=1.*\nhint: as root, install tsbox at \/usr\/libexec\/tsbox/);
  });

  it("is not told of a sysctl that allows them", async () => {
    const { stderr } = await withRule("unprivileged_userns_clone", "1", EPERM);
    assert.match(stderr, /a system-call filter around this process/);
  });

  it("is told the same by `tsbox run` and by `tsbox doctor`", async () => {
    const app = await makeApp(session(), "org.example.App", "command=true\n");
    assert.equal((await app.run()).status, 0);
    const fixed = /`sysctl -w user\.max_user_namespaces=15000`/;
    const without = (command: string): Promise<Outcome> => {
      // One of its own each time: a broker obeys nobody from another user namespace.
      const runtime = session().makeFolder(`${session().scratch}/runtime-of-${command.split(" ")[1]}`, 0o700);
      return shell(`exec unshare -r sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; XDG_RUNTIME_DIR=${runtime} exec ${command}'`);
    };
    const run = await without(`${app.tsbox} run --no-session-bus ${app.id}`);
    assert.deepEqual([run.status, run.stdout], [125, ""]);
    assert.match(run.stderr, fixed);
    const examined = await shell(`${app.tsbox} doctor user-namespaces`);
    assert.deepEqual([examined.status, examined.stdout], [0, "good   user-namespaces: a sandbox was built, and ended well\n"]);
    const doctor = await without(`${app.tsbox} doctor`);
    assert.equal(doctor.status, 1);
    assert.match(
      doctor.stdout,
      /\nbad {4}user-namespaces: no sandbox can be built: .*user\.max_user_namespaces=0.*\n {7}fix: as root: `sysctl -w user\.max_user_namespaces=15000`/,
    );
  });
});
