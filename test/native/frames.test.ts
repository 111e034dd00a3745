import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decodeFields, encodeFields, encodeFrame, FRAME_HEADER_BYTES, type Field, MAX_FRAME_BYTES } from "../../native/frames.ts";

describe("the framing in TypeScript and in C", () => {
  let folder: string;
  let twin: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "tsbox-frames-"));
    twin = join(folder, "twin");
    execFileSync("cc", ["-std=gnu17", "-O1", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "test/native/frames-twin.c", "native/frames.c", "-o", twin]);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Sends bytes to the twin; what it answered, and how it ended. */
  async function exchange(bytes: Uint8Array, pieces = 1): Promise<{ readonly answer: Buffer; readonly status: number | null }> {
    const path = join(folder, `socket-${Math.random()}`);
    const server = createServer({ allowHalfOpen: true }).listen(path);
    await once(server, "listening");
    const python = "import os,socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); os.dup2(s.fileno(),0); os.execv(sys.argv[2],[sys.argv[2]])";
    const child = spawn("/usr/bin/python3", ["-c", python, path, twin], { stdio: ["ignore", "inherit", "inherit"] });
    const [socket] = (await once(server, "connection")) as [Socket];
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => undefined);
    for (let at = 0; at < pieces; at++) {
      socket.write(bytes.slice((bytes.length * at) / pieces, (bytes.length * (at + 1)) / pieces));
      if (pieces > 1) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    socket.end();
    const [status] = (await once(child, "exit")) as [number | null];
    await new Promise((resolve) => (socket.readableEnded || socket.destroyed ? resolve(null) : socket.once("close", resolve)));
    server.close();
    return { answer: Buffer.concat(chunks), status };
  }
  /** The answer to one frame. */
  function parse(answer: Buffer): { readonly type: number; readonly payload: Buffer } {
    const length = answer.readUInt32LE(0);
    assert.equal(answer.length, FRAME_HEADER_BYTES + length);
    return { type: answer.readUInt32LE(4), payload: answer.subarray(FRAME_HEADER_BYTES) };
  }

  it("agree on fields, their order, repeated keys, empty values and any text", async () => {
    const lists: readonly (readonly Field[])[] = [
      [],
      [["a", ""]],
      [
        ["arg", "one"],
        ["arg", "two"],
        ["arg", "one"],
      ],
      [
        ["env", "A=B=C"],
        ["k", "=\n\t ü 漢 \u202e"],
      ],
      [
        ["long", "x".repeat(200_000)],
        ["after", "y"],
      ],
    ];
    for (const fields of lists) {
      const { answer, status } = await exchange(encodeFrame(9, encodeFields(fields)));
      const { type, payload } = parse(answer);
      assert.deepEqual([status, type, decodeFields(payload)], [0, 10, fields]);
    }
  });

  it("agree on what is malformed", async () => {
    for (const text of ["x", "x\0", "=v\0", "a=b", "a=b\0c\0", "\0", "a=b\0\0"]) {
      assert.equal(decodeFields(Buffer.from(text)), undefined, JSON.stringify(text));
      assert.equal(parse((await exchange(encodeFrame(1, Buffer.from(text)))).answer).payload.toString(), "invalid", JSON.stringify(text));
    }
  });

  it("read frames that come in pieces, and several at once", async () => {
    const frame = encodeFrame(1, encodeFields([["key", "value".repeat(50)]]));
    assert.deepEqual(decodeFields(parse((await exchange(frame, 40)).answer).payload), [["key", "value".repeat(50)]]);
    assert.equal((await exchange(Buffer.concat([frame, frame, frame]))).answer.length, 3 * frame.length);
  });

  it("end at a frame that is too long or cut off (CVE-2026-96280)", async () => {
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    header.writeUInt32LE(MAX_FRAME_BYTES + 1, 0);
    assert.equal((await exchange(header)).status, 2);
    assert.equal((await exchange(encodeFrame(1, Buffer.from("a=b\0")).slice(0, 10))).status, 2);
    assert.equal((await exchange(header.subarray(0, 5))).status, 2);
    assert.throws(() => encodeFrame(1, new Uint8Array(MAX_FRAME_BYTES + 1)), RangeError);
  });
});
