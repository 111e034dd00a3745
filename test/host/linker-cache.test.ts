// The linker's cache that is made without ldconfig, beside the one that ldconfig made of this host, and trees whose links must not lead out of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
