// How the C part and the addon are built, read from the files themselves: a flag that a build lost shows here.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, describe, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";

// elf(5)
const ET_DYN = 3;
const PT = { LOAD: 1, DYNAMIC: 2, GNU_STACK: 0x6474e551, GNU_RELRO: 0x6474e552 } as const;
const DT = { NULL: 0n, FLAGS: 30n, FLAGS_1: 0x6ffffffbn } as const;
const DF_BIND_NOW = 8n;
const DF_1_NOW = 1n;
const DF_1_PIE = 0x08000000n;
const WRITE = 2;
const EXECUTE = 1;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
}

interface Elf {
  readonly type: number;
  readonly segments: readonly Segment[];
  readonly tag: (name: bigint) => bigint;
  readonly bytes: Buffer;
}

/** ELF of 64 bits, little endian: both architectures that there are. */
function readElf(path: string): Elf {
  const bytes = readFileSync(path);
  assert.equal(bytes.subarray(0, 6).toString("latin1"), "\x7fELF\x02\x01");
  const start = Number(bytes.readBigUInt64LE(32));
  const segments = Array.from({ length: bytes.readUInt16LE(56) }, (_, index): Segment => {
    const at = start + index * bytes.readUInt16LE(54);
    return {
      type: bytes.readUInt32LE(at),
      flags: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
  const dynamic = segments.find(({ type }) => type === PT.DYNAMIC);
  const tag = (name: bigint): bigint => {
    for (let at = dynamic?.offset ?? bytes.length; at < (dynamic?.offset ?? 0) + (dynamic?.size ?? 0); at += 16) {
      if (bytes.readBigUInt64LE(at) === name) return bytes.readBigUInt64LE(at + 8);
      if (bytes.readBigUInt64LE(at) === DT.NULL) break;
    }
    return 0n;
  };
  return { type: bytes.readUInt16LE(16), segments, tag, bytes };
}

for (const [what, path] of [
  ["the program", "build/tsbox"],
  ["the addon", "build/tsbox.node"],
] as const) {
  describe(`${what} as it was built`, () => {
    let elf: Elf;
    before(() => {
      elf = readElf(path);
    });

    it("lies at an address that the kernel chooses", () => {
      assert.equal(elf.type, ET_DYN);
      if (what === "the program") assert.equal(elf.tag(DT.FLAGS_1) & DF_1_PIE, DF_1_PIE);
    });

    it("has its tables of addresses read-only before it runs", () => {
      assert.ok(elf.segments.some(({ type }) => type === PT.GNU_RELRO));
      assert.ok((elf.tag(DT.FLAGS) & DF_BIND_NOW) !== 0n || (elf.tag(DT.FLAGS_1) & DF_1_NOW) !== 0n);
    });

    it("has no memory that can be written and executed, the stack included", () => {
      const stack = elf.segments.find(({ type }) => type === PT.GNU_STACK);
      assert.ok(stack !== undefined && (stack.flags & EXECUTE) === 0);
      for (const { type, flags } of elf.segments) if (type === PT.LOAD) assert.notEqual(flags & (WRITE | EXECUTE), WRITE | EXECUTE);
    });

    it("guards its stack, and the lengths of what it copies", () => {
      // Of the static program: the words with which the C library ends it, linked only where something calls for them. Of the addon: the names that it asks for.
      const words = what === "the program" ? ["stack smashing detected", "buffer overflow detected"] : ["__stack_chk_fail"];
      for (const word of words) assert.ok(elf.bytes.includes(word), word);
    });
  });
}

describe("the build", () => {
  it("takes every warning for an error", () => {
    const build = readFileSync("native/build.mjs", "utf8");
    for (const flag of [
      "-Wall",
      "-Wextra",
      "-Wshadow",
      "-Wconversion",
      "-Wundef",
      "-Wcast-align",
      "-Werror",
      "-D_FORTIFY_SOURCE=2",
      "-fstack-protector-strong",
    ])
      assert.ok(build.includes(`"${flag}"`), flag);
  });
});

if (process.getuid?.() === 0)
  inOrdinarySession("a program that was given rights", (session) => {
    it("does not start an app, setuid or with capabilities", async () => {
      const copy = (name: string): string => {
        const path = join(session().scratch, name);
        copyFileSync(resolve("build/tsbox"), path);
        chmodSync(path, 0o755);
        return path;
      };
      const setuid = copy("setuid-tsbox");
      chownSync(setuid, 0, 0);
      chmodSync(setuid, 0o4755);
      const capable = copy("capable-tsbox-plan");
      execFileSync("/usr/sbin/setcap", ["cap_net_admin+ep", capable]);
      await Promise.all(
        [
          [setuid, "run", "org.example.App"],
          [capable, "--ro-bind", "/", "/", "--", "/bin/echo", "started"],
        ].map(async (words) => {
          const { status, stdout, stderr } = await session().run(words as [string, ...string[]]);
          assert.deepEqual([status, stdout], [125, ""]);
          assert.match(stderr, /installed setuid, or was given capabilities/);
        }),
      );
    });
  });
