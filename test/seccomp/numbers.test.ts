// The table of system-call numbers against the headers of this machine, where a C compiler brought them.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { SYSCALL_NUMBERS } from "../../launcher/seccomp/syscall-numbers.ts";

const HEADERS = {
  x86_64: ["/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"],
  aarch64: ["/usr/include/asm-generic/unistd.h"],
} as const;

function definitions(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)/gm)].map((match) => [match[1] as string, Number(match[2])]));
}

for (const architecture of ["x86_64", "aarch64"] as const) {
  it(`has the kernel's own numbers for ${architecture}`, () => {
    const header = HEADERS[architecture].find((path) => existsSync(path));
    assert.ok(header !== undefined, "linux-libc-dev brings the headers; `test/setup` installs it");
    const defined = definitions(readFileSync(header, "utf8"));
    let compared = 0;
    for (const [name, numbers] of Object.entries(SYSCALL_NUMBERS)) {
      const expected = defined.get(name);
      // Headers may be older than a call; what they define must agree.
      if (expected === undefined) continue;
      assert.equal(numbers[architecture], expected, name);
      compared += 1;
    }
    assert.ok(compared > 35);
  });
}
