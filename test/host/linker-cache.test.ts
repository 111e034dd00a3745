// The linker's cache that is made without ldconfig, beside the one that ldconfig made of this host, and trees whose links must not lead out of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { compareNames, encodeLinkerCache } from "../../launcher/host/linker/cache-file.ts";
import { parseElf, readElf } from "../../launcher/host/linker/elf.ts";
import { makeLinkerCache } from "../../launcher/host/linker/linker-cache.ts";
import { openTree } from "../../launcher/host/linker/sandbox-tree.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbox-linker-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** `NAME (FLAGS) => PATH`, by ldconfig's own reading of a cache. */
function readCache(file: string): ReadonlyMap<string, string> {
  const text = execFileSync("/sbin/ldconfig", ["-p", "-C", file], { encoding: "utf8" });
  return new Map([...text.matchAll(/^\t(\S+ \([^)]*\)) => (.*)$/gm)].map(([, name = "", path = ""]) => [name, path]));
}

test("each library that ldconfig found on this host is found, at the same file, and ldconfig can read the result", {
  skip: !existsSync("/sbin/ldconfig"),
}, () => {
  const links = ["lib", "lib32", "lib64"].filter((name) => existsSync(`/usr/${name}`)).map((name) => ({ at: `/${name}`, target: `usr/${name}` }));
  const tree = openTree([{ at: "/usr", from: "/usr" }, { at: "/etc", from: "/etc" }, ...links]);
  const file = join(folder, "ours");
  writeFileSync(file, makeLinkerCache(tree, readFileSync("/etc/ld.so.conf", "utf8"), new Map()));
  const ours = readCache(file);
  const theirs = [...readCache("/etc/ld.so.cache")].filter(([name, path]) => name.includes("x86-64") && existsSync(path));
  const differing = theirs.filter(([name, path]) => realpathSync(ours.get(name) ?? "/") !== realpathSync(path));
  assert.deepEqual(differing, []);
  assert.ok(theirs.length > 0 || process.arch !== "x64");
});

test("the order is ld.so's: numbers in names count as numbers", () => {
  assert.ok(compareNames("libfoo.so.10", "libfoo.so.9") > 0);
  assert.ok(compareNames("libfoo.so.9", "libfoo.so.x") > 0);
  assert.ok(compareNames("libfoo", "libfoo.so") < 0);
  assert.equal(compareNames("libc.so.6", "libc.so.6"), 0);
});

test("of two entries with one name the earlier is found", () => {
  const file = join(folder, "two");
  const entry = (path: string) => ({ name: "libx.so.1", path, flags: 0x0303 });
  writeFileSync(file, encodeLinkerCache([entry("/first/libx.so.1"), entry("/second/libx.so.1")]));
  const text = execFileSync("/sbin/ldconfig", ["-p", "-C", file], { encoding: "utf8" });
  assert.ok(text.indexOf("/first") < text.indexOf("/second"));
});

test("a link in a tree leads to the place inside, never to the host's", () => {
  const root = join(folder, "root");
  mkdirSync(join(root, "lib"), { recursive: true });
  symlinkSync("/etc/passwd", join(root, "lib", "libout.so.1"));
  symlinkSync("../../../../../../etc/passwd", join(root, "lib", "libup.so.1"));
  symlinkSync("/usr/lib/libin.so.2", join(root, "lib", "libin.so.1"));
  writeFileSync(join(root, "lib", "libin.so.2"), "inside");
  const tree = openTree([{ at: "/usr", from: root }]);
  assert.equal(tree.locate("/usr/lib/libout.so.1"), null);
  assert.equal(tree.locate("/usr/lib/libup.so.1"), null);
  assert.equal(tree.locate("/usr/lib/libin.so.1")?.host, join(root, "lib", "libin.so.2"));
});

test("files of a runtime that name each other, and patterns of many stars, are followed once, in steps that do not multiply", () => {
  const root = join(folder, "conf");
  mkdirSync(join(root, "etc", "d"), { recursive: true });
  mkdirSync(join(root, "usr", "own"), { recursive: true });
  copyFileSync(realpathSync(process.execPath), join(root, "usr", "own", "libown.so.1"));
  for (const name of ["a", "b", "c"])
    writeFileSync(join(root, "etc", "d", `${name}.conf`), "include d/*.conf\ninclude d/?.conf\ninclude d/[ab].conf\n".repeat(20));
  writeFileSync(join(root, "etc", "d", "d.conf"), "/usr/own\n");
  writeFileSync(join(root, "etc", "d", "a".repeat(200)), "/never\n");
  const seen = new Map<string, number>();
  const real = openTree([
    { at: "/usr", from: join(root, "usr") },
    { at: "/etc", from: join(root, "etc") },
  ]);
  const counted = (path: string): string => {
    seen.set(path, (seen.get(path) ?? 0) + 1);
    return path;
  };
  const tree = { list: (path: string) => real.list(counted(path)), locate: (path: string) => real.locate(path) };
  const bytes = makeLinkerCache(tree, `include d/${"a*".repeat(90)}b\ninclude d/*.co*f\n`, new Map([["/etc/e/given.conf", "include /etc/d/d.conf\n"]]));
  assert.match(Buffer.from(bytes).toString("latin1"), /\/usr\/own\/libown\.so\.1/);
  assert.ok((seen.get("/etc/d") ?? 0) <= 5, JSON.stringify([...seen]));
});

test("an ELF file tells its name, what it needs and who loads it", () => {
  const node = readElf(realpathSync(process.execPath));
  assert.equal(node?.bits, 64);
  assert.ok(node?.needed.some((name) => name.startsWith("libc.so")));
  assert.match(node?.interpreter ?? "", /ld-linux/);
});

test("an ELF file that lies about its tables, at every byte, gives an answer or null and never an exception", () => {
  const real = readFileSync(realpathSync(process.execPath)).subarray(0, 4096);
  for (let at = 0; at < 1024; at++) {
    const bytes = Buffer.from(real);
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    parseElf(bytes.length, (offset, length) =>
      offset >= 0 && length >= 0 && offset + length <= bytes.length ? bytes.subarray(offset, offset + length) : null,
    );
  }
});

/** An ELF file whose dynamic table has `count` entries of `tag`, each naming the whole of one text of `length` bytes. */
function madeElf(tag: bigint, count: number, length: number): Buffer {
  const tableAt = 64 + 2 * 56;
  const table: (readonly [bigint, bigint])[] = [
    [5n, BigInt(tableAt + (count + 3) * 16)],
    [10n, BigInt(length + 1)],
    ...Array.from({ length: count }, () => [tag, 0n] as const),
    [0n, 0n],
  ];
  const strings = tableAt + table.length * 16;
  const bytes = Buffer.alloc(strings + length + 1);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(62, 18);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(2, 56);
  const header = (at: number, type: number, offset: number, size: number): void => {
    bytes.writeUInt32LE(type, at);
    for (const place of [8, 16]) bytes.writeBigUInt64LE(BigInt(offset), at + place);
    bytes.writeBigUInt64LE(BigInt(size), at + 32);
  };
  header(64, 1, 0, bytes.length);
  header(64 + 56, 2, tableAt, table.length * 16);
  for (const [index, [one, value]] of table.entries()) {
    bytes.writeBigUInt64LE(one, tableAt + index * 16);
    bytes.writeBigUInt64LE(value, tableAt + index * 16 + 8);
  }
  bytes.fill(":", strings, strings + length);
  return bytes;
}

test("an ELF file cannot make its reader copy one long text many times: names are bounded in length and in number", () => {
  const file = join(folder, "made");
  const read = (tag: bigint, count: number, length: number): ReturnType<typeof readElf> => {
    writeFileSync(file, madeElf(tag, count, length));
    return readElf(file);
  };
  assert.deepEqual(
    read(1n, 3, 4096)?.needed,
    Array.from({ length: 3 }, () => ":".repeat(4096)),
    "what is no attack is read",
  );
  assert.deepEqual(read(1n, 3, 4097)?.needed, []);
  assert.equal(read(1n, 4000, 4096)?.needed.length, 1024);
  assert.equal(read(14n, 1, 4097)?.soname, null);
  assert.ok((read(15n, 4000, 4096)?.runPath.length ?? 0) <= 2048);
  const before = process.memoryUsage().rss;
  assert.deepEqual(read(1n, 262_000, 4_000_000)?.needed, [], "the attack");
  assert.ok(process.memoryUsage().rss - before < 200 * 1024 * 1024);
});
