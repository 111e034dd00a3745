// A million messages: what the filter's reader takes, libdbus takes, which dbus-daemon reads with; and what libdbus takes and the reader does not is listed here.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { BodyCheck } from "../../dbus-proxy/wire/body-check.ts";
import { asItGoesOn, readHeader } from "../../dbus-proxy/wire/foreign-fields.ts";
import { FIXED_HEADER_BYTES, frameLength } from "../../dbus-proxy/wire/header.ts";
import { Interner } from "../../dbus-proxy/wire/interner.ts";
import { emptyHeader } from "../../dbus-proxy/wire/message.ts";
import { isUniqueName } from "../../dbus-proxy/wire/names.ts";
import { BUS, Peer } from "../dbus-proxy/live/peer.ts";
import { type Rig, startRig } from "../dbus-proxy/live/rig.ts";
import { writeReport } from "./report.ts";
import { mutate, Random, splitMessages, validMessages } from "./message-makers.ts";

const MESSAGES = Number(process.env["TSBOX_FUZZ_MESSAGES"] ?? 1_000_000);
const BATCH = 5000;
const LIMIT = 1_200_000;

/** Where the reader refuses what libdbus takes: the reason it gives, and whether the message is of that kind. */
const STRICTER: Readonly<Record<string, (message: Uint8Array) => boolean>> = {
  "header too long": () => true,
  // The specification wants two elements of each bus name, and dbus-broker too; libdbus looks into no unique name.
  "syntax of a header field": (message) => {
    const texts = Buffer.from(message).toString("latin1").split("\0");
    return texts.some((text) => isMalformedUniqueName(/:[A-Za-z0-9_.-]*$/.exec(text)?.[0]));
  },
};

const texts = new Interner();
const header = emptyHeader();
const check = new BodyCheck(texts);

function isMalformedUniqueName(text: string | undefined): boolean {
  return text !== undefined && !isUniqueName(text);
}

/** "" where the filter would forward it, else why not. Descriptors did not come with it. */
function verdictOf(message: Uint8Array): string {
  if (message.length < FIXED_HEADER_BYTES) return "too short";
  const total = frameLength(message, 0);
  if (total !== message.length) return "length";
  const problem = readHeader(message, 0, header, texts);
  if (problem !== "") return problem;
  if (header.unixFds > 0) return "descriptors";
  if (header.bodyBytes === 0) return "";
  check.begin(header.signature, header.littleEndian, header.bodyBytes);
  // In two pieces, as long messages come.
  const middle = header.headerBytes + (header.bodyBytes >> 1);
  const first = check.feed(message, header.headerBytes, middle);
  if (first < 0) return "body";
  const from = header.headerBytes + first;
  const second = check.feed(message, from, total);
  return second === total - from && check.complete ? "" : "body";
}

class Judge {
  readonly #child: ChildProcess = spawn("/usr/bin/python3", ["test/fixtures/servers/libdbus_judge.py"], { stdio: ["pipe", "pipe", "inherit"] });
  #text = "";
  #wanted = 0;
  #done: ((text: string) => void) | undefined;

  constructor() {
    this.#child.stdout?.on("data", (data: Buffer) => {
      this.#text += data.toString("latin1");
      if (this.#text.length < this.#wanted || this.#done === undefined) return;
      const answer = this.#text;
      const done = this.#done;
      this.#text = "";
      this.#done = undefined;
      done(answer);
    });
  }

  async ask(messages: readonly Uint8Array[]): Promise<string> {
    const pieces: Uint8Array[] = [];
    for (const message of [...messages, new Uint8Array(0)]) {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(message.length);
      pieces.push(length, message);
    }
    this.#wanted = messages.length;
    const answer = new Promise<string>((done) => (this.#done = done));
    this.#child.stdin?.write(Buffer.concat(pieces));
    return await answer;
  }

  end(): void {
    this.#child.stdin?.end();
  }
}

/** Of what the reader takes, so many are sent to a bus of the other kind. */
const TO_BROKER = Math.min(MESSAGES, Number(process.env["TSBOX_BROKER_MESSAGES"] ?? 20_000));
const TO_BROKER_AT_ONCE = 100;

describe(`${TO_BROKER} messages that the reader takes`, () => {
  let rig: Rig;
  before(async () => {
    rig = await startRig("dbus-broker", false, LIMIT);
  });
  after(() => rig.close());

  it("cost nobody the connection to dbus-broker, which cuts off whoever sends what is malformed", { timeout: LIMIT }, async () => {
    const seed = Number(process.env["TSBOX_SEED"]) || Date.now() % 0x7fff_ffff;
    console.log(`seed ${seed} (TSBOX_SEED)`);
    const random = new Random(seed);
    const captured = splitMessages(readFileSync("test/fixtures/captures/session-bus.bin"));
    const valid = validMessages(random, 1000, seed);
    const next = (): Uint8Array => {
      for (;;) {
        const kind = random.below(3);
        const message = kind === 0 ? valid(random.below(4) === 0) : mutate(random, kind === 1 ? random.pick(captured) : valid(random.below(4) === 0));
        // What the bus itself would do for it is no question of its form.
        if (verdictOf(message) === "" && header.destination !== "org.freedesktop.DBus" && message.length < 16_384)
          return asItGoesOn(header, message, 0, message.length);
      }
    };
    /** Whether the sender is still connected after these. */
    const isTaken = async (messages: readonly Uint8Array[]): Promise<boolean> => {
      const peer = await Peer.open(rig.busPath);
      for (const message of messages) peer.write(message);
      const taken = await peer.call({ ...BUS, serial: 0x7fff_fff0, member: "GetId" }).then(
        () => true,
        () => false,
      );
      peer.close();
      return taken;
    };
    for (let sent = 0; sent < TO_BROKER; sent += TO_BROKER_AT_ONCE) {
      const messages = Array.from({ length: TO_BROKER_AT_ONCE }, next);
      if (await isTaken(messages)) continue;
      for (const message of messages)
        if (!(await isTaken([message]))) assert.fail(`taken here and refused by dbus-broker: ${Buffer.from(message).toString("hex")}`);
      assert.fail("refused by dbus-broker together, taken one by one");
    }
  });
});

describe(`${MESSAGES} messages`, () => {
  let judge: Judge;
  before(() => {
    judge = new Judge();
  });
  after(() => judge.end());

  it("are taken by the reader as by libdbus, or less for a listed reason: a third that it takes, a third that it refuses, a third changed from captures", {
    timeout: LIMIT,
  }, async () => {
    const seed = Number(process.env["TSBOX_SEED"]) || Date.now() % 0x7fff_ffff;
    console.log(`seed ${seed} (TSBOX_SEED)`);
    const random = new Random(seed);
    const captured = splitMessages(readFileSync("test/fixtures/captures/session-bus.bin"));
    const valid = validMessages(random, 3000, seed);
    const counts = { taken: 0, refused: 0, captured: 0 };
    const stricter = new Map<string, number>();
    const third = Math.ceil(MESSAGES / 3);
    while (counts.taken < third || counts.refused < third || counts.captured < third) {
      const batch = Array.from({ length: BATCH }, (): { kind: "taken" | "refused" | "captured"; message: Uint8Array } => {
        const kind = counts.captured < third && random.below(3) === 0 ? "captured" : counts.taken < third && random.below(2) === 0 ? "taken" : "refused";
        if (kind === "captured") return { kind, message: mutate(random, random.pick(captured)) };
        return { kind, message: kind === "taken" ? valid(random.below(4) === 0) : mutate(random, valid(random.below(4) === 0)) };
      });
      const answers = await judge.ask(batch.map(({ message }) => message));
      assert.equal(answers.length, batch.length);
      for (const [index, { kind, message }] of batch.entries()) {
        const theirs = answers[index] === "1";
        const ours = verdictOf(message);
        if (ours === "" && !theirs) assert.fail(`taken here and refused by libdbus: ${Buffer.from(message).toString("hex")}`);
        if (ours !== "" && theirs) {
          if (STRICTER[ours]?.(message) !== true) assert.fail(`${ours}, but taken by libdbus: ${Buffer.from(message).toString("hex")}`);
          stricter.set(ours, (stricter.get(ours) ?? 0) + 1);
        }
        if (kind === "captured") counts.captured++;
        else counts[theirs ? "taken" : "refused"]++;
      }
    }
    const sum = counts.taken + counts.refused + counts.captured;
    const lines = [
      `${sum} messages (seed ${seed}) beside libdbus: ${counts.taken} that it takes, ${counts.refused} that it refuses, ${counts.captured} changed from captures`,
      "none of them taken here and refused there",
      ...[...stricter].map(([reason, times]) => `${times} refused here alone: ${reason}`),
    ];
    console.log(lines.join("\n"));
    writeReport("messages", lines);
    assert.ok(counts.taken + counts.refused + counts.captured >= MESSAGES);
  });
});
