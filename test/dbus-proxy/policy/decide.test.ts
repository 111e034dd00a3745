import assert from "node:assert/strict";
import { test } from "node:test";
import { allowedBecause, broadcastBecause, decideBusCall, refusalOf } from "../../../dbus-proxy/policy/decide.ts";
import { BUS_METHODS } from "../../../dbus-proxy/policy/bus-methods.ts";
import type { ProxyPolicy } from "../../../dbus-proxy/policy/policy.ts";
import { CompiledPolicy, isVisible, merge, SEE } from "../../../dbus-proxy/policy/standing.ts";

function policy(...options: string[]): CompiledPolicy {
  const source = { filter: true, sloppyNames: false, names: [], calls: [], broadcasts: [], hidden: [] } as {
    [K in keyof ProxyPolicy]: ProxyPolicy[K] extends readonly (infer T)[] ? T[] : ProxyPolicy[K];
  };
  for (const because of options) {
    const [word, name = "", rule = ""] = because.split(" ");
    if (word === "call") source.calls.push({ name, rule, because });
    else if (word === "broadcast") source.broadcasts.push({ name, rule, because });
    else if (word === "hidden") source.hidden.push({ name, because });
    else source.names.push({ name, level: word as "see", because });
  }
  return new CompiledPolicy(source);
}

const LEVELS = ["none", "see", "talk", "own"];
const level = (compiled: CompiledPolicy, name: string): string => LEVELS[compiled.standingOf(name).level] as string;

test("a name matches its own entry and subtrees at dots, and the highest level counts", () => {
  const compiled = policy("see org.a", "talk org.a.*", "own org.a.b", "see org.foo.*", "hidden org.a.secret", "hidden org.a.dark.*");
  const expected: Record<string, string> = {
    "org.a": "talk",
    "org.a.x": "talk",
    "org.a.b": "own",
    "org.a.b.c": "talk",
    "org.ab": "none",
    org: "none",
    "org.foo": "see",
    "org.foo.a.b": "see",
    "org.foobar": "none",
    "org.a.secret": "none",
    "org.a.secret.x": "talk",
    "org.a.dark": "none",
    "org.a.dark.x": "none",
    "org.freedesktop.DBus": "talk",
  };
  for (const [name, wanted] of Object.entries(expected)) assert.equal(level(compiled, name), wanted, name);
});

const message = (path: string, method: string, destination = "org.a"): Parameters<typeof allowedBecause>[1] => {
  const dot = method.lastIndexOf(".");
  return { type: 1, flags: 0, destination, path, interface: dot < 0 ? "" : method.slice(0, dot), member: method.slice(dot + 1) };
};

test("call rules limit interface, member and path as the manual says", () => {
  const cases: [rule: string, allowed: [string, string][], refused: [string, string][]][] = [
    [
      "",
      [
        ["/a", "i.j.M"],
        ["/a", "M"],
      ],
      [],
    ],
    ["*", [["/a", "i.j.M"]], []],
    [
      "i.j.M",
      [["/a", "i.j.M"]],
      [
        ["/a", "i.j.N"],
        ["/a", "i.k.M"],
        ["/a", "M"],
      ],
    ],
    [
      "i.j.*",
      [
        ["/a", "i.j.M"],
        ["/b", "i.j.N"],
      ],
      [
        ["/a", "i.jj.M"],
        ["/a", "M"],
      ],
    ],
    ["org.test.I", [["/a", "org.test.I"]], [["/a", "org.test.I.M"]]],
    [
      "i.j.M@/a",
      [["/a", "i.j.M"]],
      [
        ["/a/b", "i.j.M"],
        ["/ab", "i.j.M"],
      ],
    ],
    [
      "@/a/*",
      [
        ["/a", "i.j.M"],
        ["/a/b", "x.y.Z"],
        ["/a/b/c", "M"],
      ],
      [
        ["/ab", "i.j.M"],
        ["/", "i.j.M"],
      ],
    ],
    [
      "@/*",
      [
        ["/", "i.j.M"],
        ["/x", "M"],
      ],
      [],
    ],
    ["*@/a", [["/a", "M"]], [["/b", "M"]]],
  ];
  for (const [rule, allowed, refused] of cases) {
    const standing = policy(`call org.a ${rule}`).standingOf("org.a");
    for (const [path, method] of allowed) assert.ok(allowedBecause(standing, message(path, method)) !== undefined, `${rule} allows ${method} at ${path}`);
    for (const [path, method] of refused) assert.equal(allowedBecause(standing, message(path, method)), undefined, `${rule} refuses ${method} at ${path}`);
  }
});

test("every verdict names its rule, and several rules on one name add up", () => {
  const compiled = policy("call org.a i.j.M", "call org.* k.l.*@/p", "talk org.b", "own org.c");
  assert.equal(allowedBecause(compiled.standingOf("org.a"), message("/x", "i.j.M")), "call org.a i.j.M");
  assert.equal(allowedBecause(compiled.standingOf("org.b"), message("/x", "i.j.M")), "talk org.b");
  assert.equal(allowedBecause(compiled.standingOf("org.c"), message("/x", "i.j.M")), "own org.c");
  const union = merge([compiled.standingOf("org.a"), compiled.standingOf("org.b")]);
  assert.equal(allowedBecause(union, message("/x", "anything.at.All")), "talk org.b");
});

test("broadcasts pass for own, talk and a fitting broadcast rule; a call rule alone lets none pass", () => {
  const compiled = policy("own org.o", "talk org.t", "see org.s", "call org.c", "broadcast org.b i.j.*@/p/*");
  assert.ok(broadcastBecause(compiled.standingOf("org.o"), message("/x", "i.j.S")) !== undefined);
  assert.ok(broadcastBecause(compiled.standingOf("org.t"), message("/x", "i.j.S")) !== undefined);
  assert.ok(broadcastBecause(compiled.standingOf("org.b"), message("/p/q", "i.j.S")) !== undefined);
  for (const [name, path] of [
    ["org.s", "/p"],
    ["org.c", "/p"],
    ["org.b", "/x"],
    ["org.none", "/p"],
  ] as const)
    assert.equal(broadcastBecause(compiled.standingOf(name), message(path, "i.j.S", name)), undefined, name);
  assert.equal(allowedBecause(compiled.standingOf("org.b"), message("/p", "i.j.S")), undefined);
});

test("refusals use the bus' own errors and name the rule that would allow", () => {
  const compiled = policy("see org.s", "hidden org.h");
  const hidden = refusalOf(compiled.standingOf("org.x"), message("/a", "i.j.M", "org.x"), undefined);
  assert.equal(hidden.errorName, "org.freedesktop.DBus.Error.ServiceUnknown");
  assert.match(hidden.text, /`org\.x=talk` would allow it/);
  assert.equal(
    refusalOf(compiled.standingOf("org.x"), { ...message("/a", "i.j.M", "org.x"), flags: 2 }, undefined).errorName,
    "org.freedesktop.DBus.Error.NameHasNoOwner",
  );
  const denied = refusalOf(compiled.standingOf("org.s"), message("/a", "i.j.M", "org.s"), undefined);
  assert.equal(denied.errorName, "org.freedesktop.DBus.Error.AccessDenied");
  assert.match(denied.text, /`org\.s=talk` or the rule `org\.s=call i\.j\.M@\/a` would allow it/);
  assert.match(refusalOf(compiled.standingOf("org.h"), message("/a", "M", "org.h"), compiled.hiddenBecause("org.h")).text, /stays hidden: hidden org\.h/);
});

test("the bus' own methods are judged by the name that they are about", () => {
  const compiled = policy("see org.s", "talk org.t", "own org.o", "call org.c");
  const ask = (member: string, name?: string): string => {
    const verdict = decideBusCall(message("/", `org.freedesktop.DBus.${member}`, "org.freedesktop.DBus"), name, compiled.standingOf(name ?? ""));
    if (verdict.kind !== "refuse") return verdict.kind;
    return verdict.refusal.errorName.replace("org.freedesktop.DBus.Error.", "");
  };
  const table: [member: string, none: string, see: string, talk: string, own: string][] = [
    ["NameHasOwner", "false", "pass", "pass", "pass"],
    ["GetNameOwner", "NameHasNoOwner", "pass", "pass", "pass"],
    ["GetConnectionUnixProcessID", "ServiceUnknown", "pass", "pass", "pass"],
    ["GetConnectionCredentials", "ServiceUnknown", "pass", "pass", "pass"],
    ["StartServiceByName", "ServiceUnknown", "AccessDenied", "pass", "pass"],
    ["RequestName", "ServiceUnknown", "AccessDenied", "AccessDenied", "pass"],
    ["ReleaseName", "ServiceUnknown", "AccessDenied", "AccessDenied", "pass"],
    ["ListQueuedOwners", "ServiceUnknown", "AccessDenied", "AccessDenied", "pass"],
    ["ListNames", "pass", "pass", "pass", "pass"],
    ["BecomeMonitor", "AccessDenied", "AccessDenied", "AccessDenied", "AccessDenied"],
    ["UpdateActivationEnvironment", "AccessDenied", "AccessDenied", "AccessDenied", "AccessDenied"],
    ["Whatever", "AccessDenied", "AccessDenied", "AccessDenied", "AccessDenied"],
  ];
  for (const [member, ...wanted] of table)
    assert.deepEqual(
      ["org.x", "org.s", "org.t", "org.o"].map((name) => ask(member, name)),
      wanted,
      member,
    );
  assert.equal(ask("GetNameOwner", "org.c"), "pass");
  assert.equal(ask("RequestName"), "ServiceUnknown");
  for (const interfaceName of [
    "org.freedesktop.DBus.Peer",
    "org.freedesktop.DBus.Properties",
    "org.freedesktop.DBus.Monitoring",
    "org.freedesktop.DBus.Debug.Stats",
  ])
    assert.equal(decideBusCall(message("/", `${interfaceName}.Get`), undefined, compiled.standingOf("")).kind, "refuse", interfaceName);
  assert.equal(decideBusCall(message("/", "ListNames"), undefined, compiled.standingOf("")).kind, "refuse");
  assert.ok(!BUS_METHODS.has("BecomeMonitor"));
});

test("a refused request to own, start or see a name tells the level that would allow it", () => {
  const compiled = policy();
  for (const [member, level] of [
    ["RequestName", "own"],
    ["StartServiceByName", "talk"],
    ["GetConnectionUnixProcessID", "see"],
  ] as const) {
    const verdict = decideBusCall(message("/", `org.freedesktop.DBus.${member}`, "org.freedesktop.DBus"), "org.x", compiled.standingOf("org.x"));
    assert.ok(verdict.kind === "refuse" && verdict.refusal.text.includes(`\`org.x=${level}\` would allow it`), member);
  }
});

test("a name that may only be owned shows nobody who owns it, and adds nothing to a peer's other names", () => {
  const compiled = policy("own org.kde.Item-*", "see org.a");
  const item = compiled.standingOf("org.kde.Item-7-1");
  const call = (member: string, standing = item) =>
    decideBusCall(message("/", `org.freedesktop.DBus.${member}`, "org.freedesktop.DBus"), "org.kde.Item-7-1", standing).kind;
  for (const member of ["RequestName", "ReleaseName"]) assert.equal(call(member), "pass", member);
  for (const member of ["GetNameOwner", "GetConnectionUnixProcessID", "GetConnectionCredentials", "ListQueuedOwners", "StartServiceByName"])
    assert.equal(call(member), "refuse", member);
  assert.equal(call("NameHasOwner"), "false");
  const peer = merge([item, item]);
  assert.ok(peer.onlyToOwn && !isVisible(peer));
  for (const union of [merge([compiled.standingOf("org.a"), item]), merge([item, compiled.standingOf("org.a")])]) {
    assert.deepEqual([union.level, union.onlyToOwn, isVisible(union)], [SEE, false, true]);
    assert.equal(allowedBecause(union, message("/a", "i.j.M")), undefined);
    assert.equal(broadcastBecause(union, message("/a", "i.j.M")), undefined);
  }
});
