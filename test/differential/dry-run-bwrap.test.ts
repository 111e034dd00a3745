// `tsbox run --dry-run=bwrap` prints a script for the real bwrap. What runs under it sees the same mounts, devices, environment, descriptors and
// capabilities as under `tsbox run`, but for what the script itself lists as `# not in bwrap: …`.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { type MountLine, parseMountinfo, type ProbeFacts, statusField } from "../support/probe.ts";
import { expectSuccess, makeProbe } from "../support/sandbox.ts";
import { startXvfb } from "../support/xvfb.ts";

/** Variables that each side's last exec or shell sets for itself. */
const OF_THE_SHELL = ["_", "PWD", "OLDPWD", "SHLVL"];
const NAMESPACES = ["user", "mnt", "pid", "ipc", "uts", "cgroup", "net"];
const COMPARED_OPTIONS = ["ro", "rw", "nosuid", "nodev", "noexec"];
/** What a line of the script's own list excuses, and where. */
const EXCUSES: readonly { readonly line: RegExp; readonly places: RegExp }[] = [
  { line: /pid 1 is bubblewrap's own/, places: /^\/run\/tsbox(\/|$)/ },
  { line: /\/proc\/sys stays/, places: /^\/proc\/(sys|irq|bus|sysrq-trigger)$/ },
  { line: /a fresh \/sys/, places: /^\/sys(\/|$)/ },
  { line: /device nodes/, places: /^\/dev\/\w+$/ },
];
/** The files that the script writes for what the plan carries as data. */
const DATA_FILE = /\/tsbox-plan\.\w+\/\d+$/;
/** File systems that each run makes anew: their root and device say nothing. */
const MADE_ANEW = ["tmpfs", "proc", "devpts", "mqueue", "sysfs", "cgroup2"];

const MANIFESTS: Readonly<Record<string, string>> = {
  "nothing granted": "",
  "folders, a denial and a persistent path": "[Context]\nfilesystems=~/granted;~/granted/deep:ro;!~/granted/hidden;\npersistent=.kept;\n",
  "network, ipc, all devices and an X server": "[Context]\nshared=network;ipc;\nsockets=x11;\ndevices=all;\n[Environment]\nFROM_MANIFEST=two words\n",
  home: "[Context]\nfilesystems=home;\n",
};

inEachSession("the script for bwrap", (session) => {
  let host: ProbeFacts["namespaces"];
  before(async () => {
    const s = session();
    await startXvfb(s);
    s.write("granted/deep/file", "x");
    s.write("granted/hidden/file", "x");
    const links = await s.run(["sh", "-c", "cd /proc/self/ns; for n in *; do echo $n $(readlink $n); done"]);
    host = Object.fromEntries(
      links.stdout
        .trim()
        .split("\n")
        .map((line) => line.split(" ") as [string, string]),
    );
  });

  for (const [index, [name, text]] of Object.entries(MANIFESTS).entries()) {
    it(`leads to the same as tsbox itself: ${name}`, async () => {
      const s = session();
      const probe = await makeProbe(s, text, `org.example.Script${index}`);
      const ours = await probe.facts();
      const printed = expectSuccess(await probe.run(["facts"], { options: ["--dry-run=bwrap"] }));
      assert.match(printed, /^#!\/bin\/sh\n/);
      assert.match(printed, /\nexec bwrap /);
      const exceptions = printed.split("\n").filter((line) => line.startsWith("# not in bwrap:"));
      const script = s.write(`${s.scratch}/script-${index}`, printed, 0o755);
      const theirs = JSON.parse(expectSuccess(await s.run(["sh", script, "facts"]))) as ProbeFacts;

      assert.deepEqual(differences(mounts(theirs), mounts(ours), exceptions), [], "mounts");
      assert.deepEqual(differences(entries(theirs.devices), entries(ours.devices), exceptions), [], "devices");
      assert.deepEqual(differences(environment(theirs), environment(ours), exceptions), [], "environment");
      assert.deepEqual(Object.keys(ours.descriptors).sort(), ["0", "1", "2"]);
      assert.deepEqual(
        Object.keys(theirs.descriptors).filter((number) => Number(number) <= 2),
        ["0", "1", "2"],
        "descriptors: those above 2 are of the printed list",
      );
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"])
        assert.equal(statusField(ours, set), statusField(theirs, set), set);
      assert.deepEqual(
        NAMESPACES.filter((each) => ours.namespaces[each] === host[each]),
        NAMESPACES.filter((each) => theirs.namespaces[each] === host[each]),
        "shared namespaces",
      );
      assert.deepEqual([ours.uid, ours.gid, ours.directory, ours.hostname], [theirs.uid, theirs.gid, theirs.directory, theirs.hostname]);
    });
  }

  it("is printed without anything happening", async () => {
    const s = session();
    const probe = await makeProbe(s, "[Context]\nfilesystems=~/to-be-made:create;\n", "org.example.Nothing");
    expectSuccess(await probe.run(["facts"], { options: ["--dry-run=bwrap"] }));
    const found = await s.run(["ls", "-d", s.path("to-be-made"), s.path(".var/app/org.example.Nothing")]);
    assert.equal(found.stdout, "");
  });
});

/** What stands on one side only or differs, as lines, but for what the script's own list excuses. */
function differences(theirs: ReadonlyMap<string, string>, ours: ReadonlyMap<string, string>, exceptions: readonly string[]): readonly string[] {
  const names = new Set([...theirs.keys(), ...ours.keys()]);
  return [...names]
    .filter((name) => theirs.get(name) !== ours.get(name) && !isExcused(name, exceptions))
    .map((name) => `${name}: bwrap ${theirs.get(name) ?? "none"}, tsbox ${ours.get(name) ?? "none"}`);
}

function isExcused(name: string, exceptions: readonly string[]): boolean {
  if (exceptions.some((printed) => printed.split(/[\s`'",:;]+/).includes(name))) return true;
  return EXCUSES.some(({ line, places }) => places.test(name) && exceptions.some((printed) => line.test(printed)));
}

/** The topmost mount of each place, as its source and flags. */
function mounts(facts: ProbeFacts): ReadonlyMap<string, string> {
  const describe = (mount: MountLine): string => {
    const source = DATA_FILE.test(mount.root) ? "tmpfs" : MADE_ANEW.includes(mount.type) ? mount.type : `${mount.type} ${mount.device} ${mount.root}`;
    return `${source} ${mount.options
      .filter((option) => COMPARED_OPTIONS.includes(option))
      .sort()
      .join(",")}`;
  };
  return new Map(parseMountinfo(facts.mountinfo).map((mount) => [mount.target, describe(mount)]));
}

function entries(folder: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(folder));
}

function environment(facts: ProbeFacts): ReadonlyMap<string, string> {
  const pairs = facts.environment.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)] as const);
  return new Map(pairs.filter(([name]) => !OF_THE_SHELL.includes(name)));
}
