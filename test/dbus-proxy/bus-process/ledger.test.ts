// The memory that outlives the bus process: at whatever step it dies, the next one goes on with the very bytes, and torn memory is refused, not guessed at.
import assert from "node:assert/strict";
import { closeSync, readSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { APP, BUS, LEAST_ROOM_BYTES, Ledger, type Recovered, type Side } from "../../../dbus-proxy/connection/ledger.ts";
import { LedgerShelf } from "../../../dbus-proxy/connection/ledger-shelf.ts";
import { NO_FDS, Outgoing } from "../../../dbus-proxy/connection/outgoing.ts";
import { addCall, newAppUse, newState } from "../../../dbus-proxy/connection/state.ts";
import { loadAddon } from "../../../native/addon.ts";

const addon = loadAddon(resolve("build/tsbox.node"));
const EAGAIN = -(addon.constants["EAGAIN"] as number);
/** Bytes of the streams count 0 … 250 again and again; bytes that the filter made are all this. */
const MADE = 255;
const CYCLE = 251;
const RUNS = Number(process.env["TSBOX_LEDGER_RUNS"] ?? 60);
const SLOTS = { from: 256, to: 256 + 512 };

const side = fc.constantFrom(APP, BUS);
const size = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1000, max: 200_000 }));
const step = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), side, size }),
  fc.record({ kind: fc.constant("receive" as const), side, size }),
  fc.record({ kind: fc.constant("pass" as const), side, size }),
  fc.record({ kind: fc.constant("made" as const), side, size: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ kind: fc.constant("drain" as const), side, size }),
  fc.record({ kind: fc.constant("read" as const), side, size }),
  fc.record({ kind: fc.constant("settle" as const), side, size }),
  fc.record({ kind: fc.constant("call" as const), side, size }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Those that commit nothing by themselves. */
const quiet = step.filter(({ kind }) => kind === "receive" || kind === "call" || kind === "write");

/** One end of the connection: the peer's socket and ours, what the peer wrote so far and what it got. */
class End {
  readonly peer: number;
  readonly ours: number;
  written = 0;
  readonly got: number[] = [];

  constructor() {
    [this.peer, this.ours] = addon.socketpair();
  }

  write(size: number): void {
    const bytes = Uint8Array.from({ length: size }, (_, index) => (this.written + index) % CYCLE);
    this.written += Math.max(0, addon.sendmsg(this.peer, bytes, 0, size, []));
  }

  read(size: number): number {
    const bytes = new Uint8Array(size);
    const count = Math.max(0, addon.recvmsg(this.peer, bytes, 0, size, []));
    for (const byte of bytes.subarray(0, count)) this.got.push(byte);
    return count;
  }

  /** What of the stream no bus process has read. */
  unread(): number[] {
    const all: number[] = [];
    const bytes = new Uint8Array(65536);
    for (let count = addon.recvmsg(this.ours, bytes, 0, bytes.length, []); count > 0; count = addon.recvmsg(this.ours, bytes, 0, bytes.length, []))
      all.push(...bytes.subarray(0, count));
    return all;
  }

  close(): void {
    addon.close(this.peer);
    addon.close(this.ours);
  }
}

/** A bus process as far as the ledger sees it, which does the steps and then is no more. */
class Life {
  readonly ends: readonly [End, End] = [new End(), new End()];
  readonly ledger = new LedgerShelf(addon).take(0);
  readonly memory = this.ledger.copy();
  readonly state = newState(16, this.ledger.record, newAppUse());
  readonly #out: readonly [Outgoing, Outgoing];
  #serial = 0;

  constructor() {
    this.#out = [new Outgoing(addon, this.ends[APP].ours, newAppUse()), new Outgoing(addon, this.ends[BUS].ours, newAppUse())];
    for (const each of [APP, BUS] as const) this.#out[each].keepIn(this.ledger, each);
    this.ledger.keepState(this.state);
    this.ledger.settle();
  }

  step({ kind, side, size }: Step): void {
    const { ledger } = this;
    const sink = (1 - side) as Side;
    const end = this.ends[side];
    if (kind === "write") end.write(size);
    else if (kind === "read") end.read(size);
    else if (kind === "receive") {
      if (ledger.room(side) >= LEAST_ROOM_BYTES) assert.ok(ledger.receive(side, end.ours, []) >= EAGAIN);
    } else if (kind === "pass") {
      const from = ledger.done[side];
      const to = Math.min(from + size, ledger.filled[side]);
      if (to === from) return;
      const idle = this.#out[sink].bytes === 0;
      ledger.advance(side, to);
      this.#out[sink].input(from, to, NO_FDS);
      if (idle) this.#out[sink].drain();
    } else if (kind === "made") {
      const idle = this.#out[sink].bytes === 0;
      this.#out[sink].push(new Uint8Array(size).fill(MADE), NO_FDS);
      if (idle) this.#out[sink].drain();
    } else if (kind === "drain") {
      if (this.#out[side].bytes > 0) this.#out[side].drain();
    } else if (kind === "call") addCall(this.state, ++this.#serial, ":1.1");
    else ledger.settle();
  }

  /** What another process would find in the memory now. */
  image(): Buffer {
    const { size } = addon.fstat(this.memory);
    const bytes = Buffer.alloc(Number(size));
    readSync(this.memory, bytes, 0, bytes.length, 0);
    return bytes;
  }

  close(): void {
    for (const end of this.ends) end.close();
    this.ledger.close();
    addon.close(this.memory);
  }
}

function recover(image: Buffer): Recovered | string {
  const fd = addon.sharedMemory("dead", image.length);
  const copy = addon.dup(fd);
  writeSync(copy, image, 0, image.length, 0);
  closeSync(copy);
  return Ledger.recover(addon, fd, (record) => newState(16, record, newAppUse()));
}

function inputOf(ledger: Ledger, lane: Side): number[] {
  const from = Ledger.offset(ledger.done[lane]);
  return [...ledger.input(lane).subarray(from, from + ledger.filled[lane] - ledger.done[lane])];
}

function assertWhole(life: Life, next: Recovered): void {
  for (const lane of [APP, BUS] as const) {
    const sink = (1 - lane) as Side;
    while (life.ends[sink].read(65536) > 0);
    const stream = [...life.ends[sink].got, ...next.queued[sink], ...inputOf(next.ledger, lane), ...life.ends[lane].unread()].filter((byte) => byte !== MADE);
    assert.equal(stream.length, life.ends[lane].written, "as many bytes as were written");
    assert.ok(
      stream.every((byte, index) => byte === index % CYCLE),
      "in their order, each once",
    );
  }
}

describe("the ledger of a connection", () => {
  it("gives the next process each byte once and in order, after whatever step the last one died", () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const life = new Life();
        try {
          for (const one of steps) life.step(one);
          const next = recover(life.image());
          // More waits than the memory for it holds: named, and the connection ends.
          if (typeof next === "string") {
            assert.equal(next, "in the middle of a message");
            refused++;
            return;
          }
          assertWhole(life, next);
          next.ledger.close();
        } finally {
          life.close();
        }
      }),
      { numRuns: RUNS },
    );
    assert.ok(refused < RUNS / 5, `${refused} refused`);
  });

  it("takes a commit that was torn for none, or for the one before, never for another", () => {
    const words = fc.array(fc.boolean(), { minLength: (SLOTS.to - SLOTS.from) / 4, maxLength: (SLOTS.to - SLOTS.from) / 4 });
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), quiet, words, fc.boolean(), (steps, last, taken, numberLast) => {
        const life = new Life();
        try {
          for (const one of steps) life.step(one);
          life.ledger.settle();
          const before = life.image();
          life.step(last);
          life.ledger.commit(-1, 0);
          const after = life.image();
          const torn = Buffer.from(after);
          for (let index = 0; index < taken.length; index++) {
            const at = SLOTS.from + 4 * index;
            // As the processor stores it, the number comes last; as a fault of the machine might leave it, in any order.
            const isNumber = at % 256 < 8;
            if (numberLast ? !isNumber && taken[index] === true : taken[index] === true) continue;
            before.copy(torn, at, at, at + 4);
          }
          const told = (image: Buffer): string => {
            const found = recover(image);
            if (typeof found === "string") return found;
            const { ledger, queued } = found;
            const text = JSON.stringify([ledger.done, ledger.filled, queued.map((bytes) => bytes.length)]);
            ledger.close();
            return text;
          };
          const [one, other, mixed] = [told(before), told(after), told(torn)];
          assert.ok(mixed === one || mixed === other || /commit|check|middle/.test(mixed), `${mixed}, neither ${one} nor ${other}`);
          outcomes.add(mixed === one ? "before" : mixed === other ? "after" : mixed);
        } finally {
          life.close();
        }
      }),
      { numRuns: RUNS },
    );
    assert.ok(outcomes.has("before") && outcomes.has("no commit that checks"), [...outcomes].join("; "));
  });
});
