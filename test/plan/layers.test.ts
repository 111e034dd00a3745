// `--try`: no writable place of the host is left in a plan, and one file has one layer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostFacts, PathFact } from "../../launcher/host/facts.ts";
import { layOver } from "../../launcher/plan/layers.ts";
import type { Operation, Plan, SourceIdentity } from "../../launcher/plan/plan.ts";

const because = { reason: "a test", origin: null };
const source = (type: SourceIdentity["type"], ino: bigint): SourceIdentity => ({ type, dev: 1n, ino });
const bind = (from: string, to: string, type: SourceIdentity["type"], ino: bigint, access: "rw" | "ro" | "dev" = "rw"): Operation => ({
  kind: "bind",
  from,
  to,
  source: source(type, ino),
  access,
  because,
});

test("what lies in another writable place is bound out of the same layer, and what cannot be written or is no file stays", () => {
  const parent: PathFact = { ...source("directory", 9n), type: "directory" } as PathFact;
  const facts = { paths: new Map([["/srv", parent]]) } as unknown as HostFacts;
  const operations = [
    bind("/home/u", "/home/u", "directory", 1n),
    bind("/home/u/.var/app/x/data", "/var/data", "directory", 2n),
    bind("/home/user2", "/home/user2", "directory", 3n),
    bind("/srv/one.txt", "/srv/one.txt", "file", 4n),
    bind("/usr", "/usr", "directory", 5n, "ro"),
    bind("/run/user/1/sock", "/run/user/1/sock", "socket", 6n),
    bind("/dev/shm", "/dev/shm", "directory", 7n),
    bind("/dev/dri", "/dev/dri", "directory", 8n, "dev"),
  ];
  const layered = layOver({ operations } as unknown as Plan, facts, "/state/try/1").operations;
  const layers = layered.flatMap((one) => (one.kind === "layer" ? [[one.from, one.source.ino, one.upper, one.work]] : []));
  assert.deepEqual(layers, [
    ["/home/u", 1n, "/state/try/1/0/upper", "/state/try/1/0/work"],
    ["/home/user2", 3n, "/state/try/1/1/upper", "/state/try/1/1/work"],
    ["/srv", 9n, "/state/try/1/2/upper", "/state/try/1/2/work"],
  ]);
  assert.deepEqual(
    layered.slice(3).map((one) => `${one.kind} ${one.to}`),
    [
      "layered-bind /home/u",
      "layered-bind /var/data",
      "layered-bind /home/user2",
      "layered-bind /srv/one.txt",
      "bind /usr",
      "bind /run/user/1/sock",
      "bind /dev/shm",
      "bind /dev/dri",
    ],
  );
});
