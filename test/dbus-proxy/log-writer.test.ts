import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LogWriter } from "../../dbus-proxy/log-writer.ts";

type Done = (error: Error | null, written: number) => void;

describe("the log of the filter", () => {
  const open = (): { log: LogWriter; written: string[]; finish: () => void } => {
    const written: string[] = [];
    let waiting: Done | undefined;
    const log = new LogWriter(2, "x", (_, text, done) => {
      written.push(text);
      waiting = done;
    });
    return { log, written, finish: () => waiting?.(null, 0) };
  };

  it("never waits for its file, and says how many lines it left out meanwhile", () => {
    const { log, written, finish } = open();
    for (let line = 0; line < 1000; line++) log.add(String(line));
    assert.deepEqual(written, ["x: 0\n"]);
    finish();
    assert.equal(written[1]?.split("\n").length, 102);
    assert.match(written[1] ?? "", /x: 899 more lines left out\n$/);
  });

  it("ends at a size that no app can make it pass", () => {
    const { log, written, finish } = open();
    for (let line = 0; line < 100; line++) {
      log.add("y".repeat(100_000));
      finish();
    }
    assert.ok(written.join("").length < 4.5 * 1024 * 1024);
    assert.match(written.at(-1) ?? "", /no more lines from this process\n$/);
  });
});
