import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../../dbus-proxy/address.ts";
import { type CommandLineResult, type ProxyPair, readCommandLine } from "../../dbus-proxy/command-line.ts";

function read(argv: readonly string[], fds: Readonly<Record<number, string>> = {}): { result: CommandLineResult; pairs: ProxyPair[] } {
  const pairs: ProxyPair[] = [];
  const result = readCommandLine(argv, { pair: (pair) => void pairs.push(structuredClone(pair)), readArguments: (fd) => fds[fd] });
  return { result, pairs };
}

const problem = (...argv: string[]): string => {
  const { result } = read(argv);
  return result.kind === "error" ? result.text : result.kind;
};

test("several buses each have their own options", () => {
  const { result, pairs } = read([
    "unix:path=/a",
    "/p",
    "--filter",
    "--talk=org.a.*",
    "--own=org.b",
    "--call=org.c=*@/x",
    "--fd=5",
    "unix:path=/b",
    "/q",
    "--log",
    "--sloppy-names",
    "--see=org.d",
  ]);
  assert.deepEqual(result, { kind: "run", syncFd: 5 });
  assert.deepEqual(
    pairs.map(({ address, path, log, policy }) => [address, path, log, policy.filter, policy.sloppyNames]),
    [
      ["unix:path=/a", "/p", false, true, false],
      ["unix:path=/b", "/q", true, false, true],
    ],
  );
  assert.deepEqual(pairs[0]?.policy.names, [
    { name: "org.a.*", level: "talk", because: "--talk=org.a.*" },
    { name: "org.b", level: "own", because: "--own=org.b" },
  ]);
  assert.deepEqual(pairs[0]?.policy.calls, [{ name: "org.c", rule: "*@/x", because: "--call=org.c=*@/x" }]);
});

test("arguments from a descriptor stand where the option stood", () => {
  const { result, pairs } = read(["--args=7", "unix:path=/b", "/q"], { 7: "unix:path=/a\0/p\0--filter\0--talk=org.a" });
  assert.equal(result.kind, "run");
  assert.deepEqual(
    pairs.map(({ path, policy }) => [path, policy.names.length]),
    [
      ["/p", 1],
      ["/q", 0],
    ],
  );
});

test("a pair starts before a later mistake is met, as with the original", () => {
  const { result, pairs } = read(["unix:path=/a", "/p", "unix:path=/b", "/q", "--wrong"]);
  assert.equal(result.kind, "error");
  assert.deepEqual(
    pairs.map(({ path }) => path),
    ["/p"],
  );
});

test("mistakes are told", () => {
  assert.equal(problem(), "usage");
  assert.equal(problem("--help", "--wrong"), "help");
  assert.equal(problem("unix:path=/a", "/p", "--version"), "version");
  assert.equal(problem("unix:path=/a"), "no socket path given");
  assert.equal(problem("unix:path=/a", "--filter"), "no socket path given");
  assert.equal(problem("--fd=3"), "no proxies specified");
  assert.equal(problem("--filter"), "unknown argument `--filter`");
  assert.equal(problem("a", "b", "--filter=yes"), "unknown argument `--filter=yes`");
  for (const fd of ["", "x", "-1", "1x", "99999999999"]) assert.equal(problem(`--fd=${fd}`), `invalid fd \`${fd}\``);
  for (const name of ["org.*", "*", "foo", "", ":1.5", "org..a", "a.b.*.c"])
    assert.match(problem("a", "b", `--talk=${name}`), /is not a valid well-known name/, name);
  assert.match(problem("a", "b", "--call=org.a"), /needs NAME=RULE/);
  assert.match(problem("--args=9"), /cannot read arguments/);
});

test("options without their value, and descriptors that hold nothing, are no options", () => {
  for (const option of ["--see", "--talk", "--own", "--call", "--broadcast", "--set", "--filter=x", "--log=x", "--sloppy-names=x", "--fd", "--args"])
    assert.equal(problem("a", "b", option), `unknown argument \`${option}\``);
  assert.match(problem("--args=x"), /cannot read arguments from fd `x`/);
  assert.deepEqual(read(["--args=7", "a", "b"], { 7: "" }).pairs.length, 1);
  assert.deepEqual(read(["a", "b", "--args=7"], { 7: "--see=org.a.*\0--broadcast=org.b=*" }).pairs[0]?.policy.broadcasts.length, 1);
  assert.match(problem("a", "b", "--see=org.*"), /is not a valid well-known name/);
});

test("addresses are read as the specification writes them", () => {
  assert.deepEqual(parseAddress("unix:path=/run/a%20b,guid=0123"), { ok: true, sockets: ["/run/a b"] });
  assert.deepEqual(parseAddress("tcp:host=x;unix:abstract=/tmp/x"), { ok: true, sockets: ["@/tmp/x"] });
  for (const address of ["", "nonsense", "unix:", "unix:path=/a,abstract=b", "tcp:host=x,port=1", "unix:path=%zz", "unix:path=/a%00b"])
    assert.equal(parseAddress(address).ok, false, address);
});

test("a named set is its rules, each with the option as its reason; one that is none is refused by name", () => {
  const { pairs } = read(["a", "b", "--filter", "--set=media-player:vlc", "--set=accessibility"]);
  assert.deepEqual(pairs[0]?.policy.names, [{ name: "org.mpris.MediaPlayer2.vlc.*", level: "own", because: "--set=media-player:vlc" }]);
  assert.deepEqual(pairs[0]?.policy.calls[0], {
    name: "org.a11y.Bus",
    rule: "org.freedesktop.DBus.Properties.Get@/org/a11y/bus arg0=org.a11y.Status",
    because: "--set=accessibility",
  });
  assert.match(problem("a", "b", "--set=nothing"), /there are notifications, tray/);
  assert.match(problem("a", "b", "--set=tray:x"), /takes nothing behind a colon/);
  assert.match(problem("a", "b", "--set=own-secrets"), /behind the colon belongs the app's id/);
  assert.match(problem("a", "b", "--call=org.a.B=i.j.M arg0~x"), /malformed rule/);
});
