// A bus that lies and an app that attacks, in any order and cut anywhere: the filter lives on, others behind it are served, and nobody gets what is not his.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageHeader } from "../../dbus-proxy/wire/message.ts";
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { encodeMessage, type OutgoingHeader } from "../../dbus-proxy/wire/writer.ts";
import { loadAddon } from "../../native/addon.ts";
import { LyingBus, type LyingEnd } from "../dbus-proxy/live/lying-bus.ts";
import { Peer } from "../dbus-proxy/live/peer.ts";
import { isAlive, startProcess, waitFor } from "../support/process.ts";
import { COVERAGE_ENVIRONMENT, PROXY_ENTRY } from "../support/proxy-entry.ts";
import { mutate, Random, validMessages } from "./message-makers.ts";

const ROUNDS = Number(process.env["TSBOX_INTERLEAVINGS"] ?? 600);
const STEPS = 40;
const LIMIT = 1_800_000;
const BUS_NAME = "org.freedesktop.DBus";
const TALK = "org.test.Talk";
const TARGET = { path: "/test", interface: "org.test.I", member: "M" } as const;
/** In what may never reach the app. */
const LIE = "a lie";
const POLICIES: Readonly<Record<string, readonly string[]>> = {
  "a filter with single names": ["--filter", `--talk=${TALK}`, "--own=org.test.Own", "--see=org.test.See"],
  "a filter with subtrees and rules": ["--filter", "--talk=org.test.Talk.*", "--own=org.test.Own.*", "--call=org.test.Rule=org.test.I.*@/test/* arg0=x"],
  "no filter": [],
};

/** One app behind the filter, and the end that it has on the bus. */
class Round {
  readonly app: Peer;
  readonly end: LyingEnd;
  readonly #random: Random;
  readonly #noise: () => Uint8Array;
  readonly #asked = new Set<number>();
  readonly #answered: MessageOf[] = [];
  /** Of the app, not sent yet. */
  #waiting = Buffer.alloc(0);
  #paused = false;

  constructor(app: Peer, end: LyingEnd, random: Random, noise: () => Uint8Array) {
    this.app = app;
    this.end = end;
    this.#random = random;
    this.#noise = noise;
  }

  step(): void {
    const { app, end } = this;
    const random = this.#random;
    if (app.closed || end.closed) return;
    if (random.below(2) === 0) this.#flush();
    switch (random.below(22)) {
      case 0:
      case 1:
      case 2:
        this.#call(random.pick([TALK, "org.test.Hidden", "org.test.Rule", ":1.77", ""]), random.below(2));
        return;
      case 3:
        this.#asked.add(this.#send({ type: 1, path: "/", interface: BUS_NAME, destination: BUS_NAME, ...random.pick(BUS_CALLS) }, ["org.test.See"]));
        return;
      case 4:
        this.#send({ type: 4, ...TARGET, signature: "s" }, ["x".repeat(random.below(200_000))]);
        return;
      case 5:
        this.#send({ type: 2, replySerial: 1 + random.below(20), destination: random.pick([":1.77", "org.test.Hidden"]) });
        return;
      case 6:
        this.#flush();
        return;
      case 7:
        if (random.below(8) === 0) this.#queue(this.#remembered(this.#noise()));
        return;
      case 8:
        this.#paused = !this.#paused;
        app.pause(this.#paused);
        return;
      case 9:
        if (random.below(12) === 0) app.close();
        return;
      case 10:
        if (random.below(12) === 0) end.close();
        return;
      default:
        this.#lie();
    }
  }

  #call(destination: string, flags: number): void {
    const text = "x".repeat(this.#random.pick([1, 100, 20_000, 300_000]));
    const serial = this.#send({ type: 1, flags, ...TARGET, destination, signature: "s" }, [text]);
    if (flags === 0) this.#asked.add(serial);
  }

  /** Noise may be a call that is whole, and then expects an answer like any other. */
  #remembered(noise: Uint8Array): Uint8Array {
    const view = new DataView(noise.buffer, noise.byteOffset, noise.byteLength);
    if (noise.length >= 12 && view.getUint8(1) === 1 && (view.getUint8(2) & 1) === 0) this.#asked.add(view.getUint32(8, view.getUint8(0) === 0x6c));
    return noise;
  }

  #send(header: Omit<OutgoingHeader, "serial">, values: readonly Value[] = []): number {
    const serial = this.app.nextSerial();
    this.#queue(encodeMessage({ ...header, serial } as OutgoingHeader, values));
    return serial;
  }

  #queue(bytes: Uint8Array): void {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
  }

  /** Some of what waits goes out, cut anywhere; who does not read is not waited for. */
  #flush(): void {
    const { app } = this;
    const whole = this.#random.below(3) > 0;
    const size = whole ? this.#waiting.length : 1 + this.#random.below(Math.max(1, this.#waiting.length));
    if (this.#waiting.length === 0 || app.closed) return;
    const sent = app.addon.sendmsg(app.fd, this.#waiting, 0, Math.min(size, this.#waiting.length), []);
    if (sent > 0) this.#waiting = this.#waiting.subarray(sent);
  }

  #lie(): void {
    const { end } = this;
    const random = this.#random;
    const serial = end.nextSerial();
    const heard = end.heard.splice(0, 1)[0];
    const destination = end.name;
    switch (random.below(9)) {
      case 0:
      case 1:
      case 2:
        if (heard?.type === 1)
          end.answer(heard, heard.destination === BUS_NAME || heard.destination === "" ? BUS_NAME : heard.destination === TALK ? ":1.50" : heard.destination);
        return;
      case 3:
        // From somebody who was not asked, to a call that still waits; and once more what was answered already.
        if (heard !== undefined) {
          end.heard.unshift(heard);
          if (heard.destination === ":1.77")
            end.say(encodeMessage({ type: 2, serial, replySerial: heard.serial, sender: ":1.66", destination, signature: "s" }, [LIE]));
        }
        end.say(
          encodeMessage({ type: 2, serial: end.nextSerial(), replySerial: 3_000_000 + random.below(1000), sender: BUS_NAME, destination, signature: "s" }, [
            LIE,
          ]),
        );
        return;
      case 4: {
        const header = { type: 4, serial, path: "/", interface: BUS_NAME, member: "NameOwnerChanged", sender: BUS_NAME };
        if (random.below(2) === 0)
          end.say(encodeMessage({ ...header, signature: "sss" }, [random.pick([TALK, "org.test.Hidden", ":1.77"]), "", random.pick([":1.50", ""])]));
        else end.say(encodeMessage({ ...header, signature: "su" }, ["org.test.Hidden", 7]));
        return;
      }
      case 5:
        end.say(
          encodeMessage({ type: 1, serial: 1 + random.below(5), ...TARGET, sender: random.pick([":1.77", ":1.78"]), destination, signature: "s" }, ["call"]),
        );
        return;
      case 6:
        end.say(encodeMessage({ type: 4, serial, ...TARGET, sender: ":1.66", signature: "s" }, [LIE]));
        return;
      case 7:
        if (random.below(8) === 0) end.say(this.#noise());
        return;
      default: {
        const whole = encodeMessage({ type: 4, serial, ...TARGET, sender: ":1.50", destination, signature: "s" }, ["y".repeat(random.below(300_000))]);
        if (random.below(10) === 0) {
          end.say(whole.subarray(0, random.below(whole.length)));
          end.close();
        } else end.say(whole);
      }
    }
  }

  /** Where there is a filter: no answer twice, none that nobody asked for, nothing from who was not asked. */
  check(filtered: boolean): void {
    if (!filtered) return;
    for (const { header, values } of this.app.messages) {
      assert.ok(!values.includes(LIE), `a lie arrived: ${JSON.stringify(header)}`);
      if (header.type === 2 || header.type === 3) this.#answered.push({ serial: header.replySerial });
    }
    const serials = this.#answered.map(({ serial }) => serial);
    assert.equal(new Set(serials).size, serials.length, `answered twice: ${serials.join(" ")}`);
    // 1 is Hello.
    for (const serial of serials) assert.ok(serial === 1 || this.#asked.has(serial), `an answer to ${serial}, which expects none`);
    assert.ok(!this.end.heard.some(({ destination, type }) => destination === "org.test.Hidden" && type !== 2), "a call for a hidden name");
  }
}

interface MessageOf {
  readonly serial: number;
}

const BUS_CALLS = ["GetNameOwner", "NameHasOwner", "AddMatch", "RequestName", "ListNames", "StartServiceByName", "GetId"].map((member) => ({
  member,
  signature: "s",
}));

describe(`${ROUNDS} rounds of a lying bus and a hostile app`, () => {
  const addon = loadAddon(resolve("build/tsbox.node"));
  for (const [name, options] of Object.entries(POLICIES)) {
    it(`leave the filter alive, others served and nobody deceived, with ${name}`, { timeout: LIMIT }, async () => {
      const seed = Number(process.env["TSBOX_SEED"]) || Date.now() % 0x7fff_ffff;
      console.log(`seed ${seed} (TSBOX_SEED)`);
      const random = new Random(seed);
      const valid = validMessages(random, 200, seed);
      const noise = (): Uint8Array => mutate(random, valid(true));
      const folder = mkdtempSync(join(tmpdir(), "tsbox-lies-"));
      const bus = new LyingBus(addon, join(folder, "bus"));
      const socket = join(folder, "proxy");
      const argv = [process.execPath, PROXY_ENTRY, `unix:path=${bus.path}`, socket, ...options] as [string, ...string[]];
      const proxy = startProcess(argv, { environment: { PATH: "/usr/bin:/bin", ...COVERAGE_ENVIRONMENT }, cwd: "/", limit: LIMIT });
      const enter = async (): Promise<{ app: Peer; end: LyingEnd }> => {
        const before = bus.ends.length;
        const app = new Peer(socket);
        app.takesAnyBody = true;
        await app.authenticate();
        const serial = app.send({ type: 1, path: "/", interface: BUS_NAME, destination: BUS_NAME, member: "Hello" });
        const end = await waitFor("Hello", () => bus.ends.slice(before).find(({ heard }) => heard.length > 0), 60_000);
        end.answer(end.heard.shift() as MessageHeader);
        app.name = String((await app.reply(serial)).values[0]);
        return { app, end };
      };
      /** Somebody else behind the same filter, whose bus is honest. */
      const isServed = async (): Promise<void> => {
        const { app, end } = await enter();
        const serial = app.send({ type: 1, path: "/", interface: BUS_NAME, destination: BUS_NAME, member: "GetId" });
        const reply = app.reply(serial);
        await waitFor("its call", () => {
          for (const heard of end.heard.splice(0)) end.answer(heard);
          return app.messages.some(({ header }) => header.replySerial === serial);
        });
        assert.equal((await reply).header.type, 2);
        app.close();
        end.close();
      };
      try {
        await waitFor("the filter", () => {
          try {
            new Peer(socket).close();
            return true;
          } catch {
            return false;
          }
        });
        await sleep(100);
        for (let round = 0; round < Math.ceil(ROUNDS / Object.keys(POLICIES).length); round++) {
          const { app, end } = await enter();
          const one = new Round(app, end, random, noise);
          for (let step = 0; step < STEPS; step++) {
            one.step();
            if (random.below(3) === 0) await sleep(0);
          }
          if (!app.closed) app.pause(false);
          await sleep(5);
          one.check(options.length > 0);
          app.close();
          end.close();
          assert.ok(isAlive(proxy.pid), proxy.stderr());
          if (round % 20 === 0) await isServed();
        }
        await isServed();
        assert.doesNotMatch(proxy.stderr(), /a fault of ours/);
      } finally {
        bus.close();
        proxy.kill("SIGTERM");
        await proxy.ended;
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
