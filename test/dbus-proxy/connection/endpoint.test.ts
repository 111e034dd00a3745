// One socket of a connection by itself: what is queued, what waits for the middle of a message to pass, how it ends, and who pays for a fault.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Endpoint } from "../../../dbus-proxy/connection/endpoint.ts";
import { waitFor } from "../../support/process.ts";
import { addon, RawEnd } from "./played.ts";

const IDLE = { readable: () => {}, drained: () => {}, broken: () => {} };
const text = (words: string): Uint8Array => Buffer.from(words, "latin1");
const LARGE = text("x".repeat(1_000_000));

function pair(handlers: Partial<typeof IDLE> = {}): {
  readonly endpoint: Endpoint;
  readonly peer: RawEnd;
  readonly use: { queuedBytes: number; descriptors: number };
} {
  const [ours, theirs] = addon.socketpair();
  const use = { queuedBytes: 0, descriptors: 0 };
  return { endpoint: new Endpoint(addon, ours, { ...IDLE, ...handlers }, use), peer: new RawEnd(theirs), use };
}

test("what is said in the middle of another message waits for its end, and both arrive in order", async () => {
  const { endpoint, peer } = pair();
  endpoint.midMessage(true);
  endpoint.say(text("second"));
  endpoint.send(text("first "), 0, 6);
  endpoint.midMessage(false);
  endpoint.say(text(" third"));
  await peer.hears("first second third");
  endpoint.close();
  endpoint.close();
  peer.close();
});

test("what waits for the middle of a message is owed from the start", async () => {
  const { endpoint, peer } = pair();
  endpoint.midMessage(true);
  endpoint.say(text("12345"));
  assert.deepEqual([endpoint.queuedBytes, endpoint.owedBytes], [0, 5]);
  endpoint.midMessage(false);
  assert.deepEqual([endpoint.queuedBytes, endpoint.owedBytes], [0, 0]);
  await peer.hears("12345");
  endpoint.midMessage(true);
  endpoint.say(text("12345"));
  endpoint.close();
  assert.equal(endpoint.owedBytes, 0);
  peer.close();
});

test("one that ends gives what it holds to whoever still reads, and nothing more", async () => {
  let drained = 0;
  const { endpoint, peer, use } = pair({ drained: () => void drained++ });
  const [ours, theirs] = addon.socketpair();
  endpoint.send(LARGE, 0, LARGE.length);
  endpoint.finish();
  endpoint.finish();
  const refused = new RawEnd(ours);
  endpoint.send(text("late"), 0, 4, [theirs]);
  endpoint.forward(0, 0, [], text("late"));
  endpoint.say(text("late"));
  endpoint.read(true);
  await refused.ends();
  refused.close();
  await peer.ends();
  assert.deepEqual([peer.text().length, drained, use.queuedBytes], [LARGE.length, 0, 0]);
  peer.close();
});

test("one whose peer reads nothing is closed after ten seconds", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { endpoint, peer, use } = pair();
    endpoint.send(LARGE, 0, LARGE.length);
    endpoint.finish();
    mock.timers.tick(9999);
    assert.ok(use.queuedBytes > 0);
    mock.timers.tick(1);
    assert.equal(use.queuedBytes, 0);
    peer.close();
  } finally {
    mock.timers.reset();
  }
});

test("a peer that leaves with bytes on their way to it is told as gone, also while it ends", async () => {
  for (const finishing of [false, true]) {
    let broken = 0;
    const { endpoint, peer } = pair({
      broken: () => {
        broken++;
        endpoint.close();
      },
    });
    endpoint.send(LARGE, 0, LARGE.length);
    if (finishing) endpoint.finish();
    peer.close();
    await waitFor("the news", () => broken > 0);
    assert.equal(broken, 1);
  }
});

test("a fault while handling what came is told to its own connection", async () => {
  const faults: unknown[] = [];
  const { endpoint, peer } = pair({
    readable: () => {
      throw new Error("planted");
    },
    broken: (fault?: unknown) => {
      faults.push(fault);
      endpoint.close();
    },
  });
  endpoint.read(true);
  peer.say("x");
  await waitFor("the fault", () => faults.length > 0);
  assert.match(String(faults[0]), /planted/);
  await peer.ends();
  peer.close();
});
