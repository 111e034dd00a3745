// The system-call filter: what is refused inside, with which answer, and that the host gives another one.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { assertOneOf, inEachSession } from "../support/cases.ts";
import { makeProbe, probeHost } from "../support/sandbox.ts";

type Answers = Readonly<Record<string, string>>;

/** Refused by name; the number of a call that a libc may fall back from is answered as if the kernel were older. */
const REFUSED: Answers = {
  "clone-user": "EPERM",
  "clone3-user": "ENOSYS",
  "unshare-user": "EPERM",
  "unshare-mount": "EPERM",
  "unshare-network": "EPERM",
  "user-then-mount": "EPERM",
  setns: "EPERM",
  mount: "EPERM",
  "remount-usr": "EPERM",
  umount: "EPERM",
  pivot_root: "EPERM",
  chroot: "EPERM",
  open_tree: "ENOSYS",
  move_mount: "ENOSYS",
  fsopen: "ENOSYS",
  fsconfig: "ENOSYS",
  fsmount: "ENOSYS",
  fspick: "ENOSYS",
  mount_setattr: "ENOSYS",
  ptrace: "EPERM",
  keyctl: "EPERM",
  add_key: "EPERM",
  request_key: "EPERM",
  perf_event_open: "EPERM",
  personality: "EPERM",
  syslog: "EPERM",
  quotactl: "EPERM",
  acct: "EPERM",
  mbind: "EPERM",
  move_pages: "EPERM",
  TIOCSTI: "EPERM",
  "TIOCSTI-high-bits": "EPERM",
  TIOCLINUX: "EPERM",
};
const REFUSED_FAMILIES = ["AF_KEY", "AF_PACKET", "AF_CAN", "AF_TIPC", "AF_BLUETOOTH", "AF_ALG", "AF_VSOCK", "AF_XDP"];
/** Not in Flatpak's list, and refused by whatever layer comes first. */
const WITHOUT_EFFECT = ["bpf", "init_module", "sethostname", "mknod", "open_by_handle_at", "io_uring_setup"];
const ALLOWED: Answers = { TIOCGWINSZ: "EBADF", AF_UNIX: "ok", AF_INET: "ok", AF_INET6: "ok", AF_NETLINK: "ok" };
/** What any user may do on a host; were it otherwise, a refusal inside would prove nothing. */
const OPEN_OUTSIDE: Answers = {
  "clone-user": "ok",
  "clone3-user": "ok",
  "unshare-user": "ok",
  "user-then-mount": "ok",
  ptrace: "ok",
  keyctl: "ok",
  add_key: "ok",
  personality: "ok",
  mbind: "ok",
  move_pages: "ok",
  TIOCSTI: "EBADF",
  "TIOCSTI-high-bits": "EBADF",
  TIOCLINUX: "EBADF",
};
const REFUSAL_OF_A_FOREIGN_INTERFACE = ["EPERM", "ENOSYS", "SIGSYS", "SIGKILL"];

inEachSession("the system-call filter", (session) => {
  let inside: Answers;
  let outside: Answers;
  before(async () => {
    outside = await (await probeHost(session())).calls();
    inside = await (await makeProbe(session(), "")).calls();
  });

  it("stands between the program and calls that the host allows", () => {
    for (const [call, answer] of Object.entries(OPEN_OUTSIDE)) assert.equal(outside[call], answer, `${call}, outside`);
  });

  it("refuses namespaces, mounts, keys, tracing and terminal injection with the answers of the list (CVE-2019-10063, CVE-2023-28100, CVE-2021-41133, CVE-2019-11460, CVE-2020-13753, CVE-2021-42762, CVE-2019-7303, CVE-2023-1523, CVE-2017-5206, CVE-2022-0185, CVE-2021-3493, CVE-2024-1086, CVE-2016-3135)", () => {
    const answers = Object.fromEntries(Object.keys(REFUSED).map((call) => [call, inside[call] ?? "not tried"]));
    assert.deepEqual(answers, REFUSED);
  });

  it("refuses socket families that desktop programs do not use (CVE-2026-31431, CVE-2025-21756)", () => {
    for (const family of REFUSED_FAMILIES) assert.equal(inside[family], "EAFNOSUPPORT", family);
  });

  it("leaves what programs need", () => {
    for (const [call, answer] of Object.entries(ALLOWED)) assert.equal(inside[call], answer, call);
  });

  it("leaves nothing to the calls that need privilege", () => {
    for (const call of WITHOUT_EFFECT) assert.notEqual(inside[call], "ok", call);
  });

  it("closes the other interfaces that the processor has", () => {
    if (process.arch !== "x64") {
      assert.equal(inside["x32-unshare"], undefined);
      return;
    }
    assertOneOf(inside["x32-unshare"], REFUSAL_OF_A_FOREIGN_INTERFACE, "x32");
    assertOneOf(inside["i386-unshare"], REFUSAL_OF_A_FOREIGN_INTERFACE, "i386");
    assert.notEqual(outside["i386-unshare"], "SIGSYS");
  });

  it("holds when multiarch is allowed", async () => {
    const app = await makeProbe(session(), "[Context]\nfeatures=multiarch;\n", "org.example.Multiarch");
    const answers = await app.calls();
    assertOneOf(answers["i386-unshare"] ?? "ENOSYS", REFUSAL_OF_A_FOREIGN_INTERFACE, "i386 with multiarch");
    assert.equal(answers["unshare-user"], "EPERM");
  });

  it("opens ptrace and perf to a program under development, and nothing else", async () => {
    const app = await makeProbe(session(), "[Context]\nfeatures=devel;\n", "org.example.Devel");
    const answers = await app.calls();
    assert.equal(answers["ptrace"], "ok");
    assert.equal(answers["unshare-user"], "EPERM");
    assert.equal(answers["mount"], "EPERM");
  });
});
