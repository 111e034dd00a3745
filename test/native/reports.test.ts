// The line from inside to the front: whoever gets hold of it is not believed to speak as our own processes do.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { type Executor, makeExecutor } from "./executor.ts";

/** Takes the line from pid 1, which nothing keeps it from where no Landlock domain confines it, and sends a failure whose texts fill their room: stage, index, errno, detail. */
const SPEAK = `
import ctypes, os, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
while "tsbox-init" not in open("/proc/1/comm").read(): time.sleep(0.01)
line = libc.syscall(438, libc.syscall(434, 1, 0), 3, 0)
assert line >= 0, ctypes.get_errno()
stage = sys.argv[1].encode()
socket.socket(fileno=line).send(struct.pack("=i32sii1024s", ord("F"), stage, 0x41414141, 2, b"B" * 1024))
time.sleep(20)
`;

inEachSession("the front", (session) => {
  let executor: Executor;
  before(() => {
    executor = makeExecutor(session());
  });
  const speak = (stage: string) => executor.run([], ["/usr/bin/python3", "-c", SPEAK, stage]);

  it("shows no more of a failure that an app reports than there is room for", async () => {
    const { stderr, status } = await speak("chdir");
    assert.equal(stderr, `tsbox: entering the working directory \`${"B".repeat(1023)}\` inside: No such file or directory\n`);
    assert.equal(status, 125);
  });

  it("reads the name of such a failure no further than its room", async () => {
    const { stderr, status } = await speak("A".repeat(32));
    assert.deepEqual([stderr, status], [`tsbox: sandbox.${"A".repeat(31)}: No such file or directory\n`, 125]);
  });
});
