// The bus process's parts in this process: connectors and brokers that lie, what a connector kept of another process, and requests that fit nothing.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Brokers } from "../../../dbus-proxy/bus-process/brokers.ts";
import { openConnectorClient } from "../../../dbus-proxy/bus-process/connector-client.ts";
import { Instances } from "../../../dbus-proxy/bus-process/instances.ts";
import type { Upstream } from "../../../dbus-proxy/connection/context.ts";
import { Ledger } from "../../../dbus-proxy/connection/ledger.ts";
import { addCall, helloSent, learnUniqueName, newState } from "../../../dbus-proxy/connection/state.ts";
import type { BusReport, InstanceRequest } from "../../../dbus-proxy/control.ts";
import { describeInstance, encodeInstance } from "../../../dbus-proxy/description.ts";
import { encodePortalFrame } from "../../../dbus-proxy/portal-frame.ts";
import type { Watcher } from "../../../native/addon.ts";
import { type Frame, type FrameStream, openFrameStream } from "../../../native/frame-stream.ts";
import { BusFrame, ConnectorFrame, decodeFields, encodeFields } from "../../../native/frames.ts";
import { waitFor } from "../../support/process.ts";
import { addon, bench, policyOf, RawEnd } from "../connection/played.ts";
import { EVERYTHING } from "../pulse/messages.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbox-parts-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let sockets = 0;
const listen = (): { readonly fd: number; readonly path: string } => {
  const path = join(folder, `socket-${++sockets}`);
  return { fd: addon.listenUnix(path, 16), path };
};
const errno = (name: string): number => -(addon.constants[name] as number);
const id = (frame: Frame | undefined): string => new Map(decodeFields(frame?.payload ?? new Uint8Array()) ?? []).get("id") ?? "";

interface Connector {
  /** For the bus process. */
  readonly socket: number;
  readonly stream: FrameStream;
  readonly frames: Frame[];
  says(type: number, fields: Readonly<Record<string, string>>, fds?: readonly number[]): void;
}

function connector(): Connector {
  const [ours, socket] = addon.socketpair();
  const frames: Frame[] = [];
  const stream = openFrameStream(addon, ours, { frame: (frame) => void frames.push(frame), end: () => {} });
  return { socket, stream, frames, says: (type, fields, fds = []) => void stream.send(type, encodeFields(Object.entries(fields)), fds) };
}

/** A descriptor, and an end that says when it is closed. */
function watched(): { readonly fd: number; readonly end: RawEnd } {
  const [ours, fd] = addon.socketpair();
  return { fd, end: new RawEnd(ours) };
}

async function assertClosed(...ends: readonly RawEnd[]): Promise<void> {
  for (const end of ends) {
    await end.ends();
    end.close();
  }
}

test("a connector answers each question once, and what else it says is nobody's", async () => {
  const one = connector();
  let gone = 0;
  const client = openConnectorClient(addon, one.socket, () => void gone++);
  const answers: (Upstream | number)[] = [];
  const ask = async (): Promise<string> => {
    const before = one.frames.length;
    client.connect("session", (upstream) => void answers.push(upstream));
    await waitFor("CONNECT", () => one.frames.length > before);
    return id(one.frames.at(-1));
  };
  const given = [watched(), watched(), watched(), watched()] as const;
  one.says(ConnectorFrame.CONNECTED, { id: await ask() }, [given[0].fd, given[1].fd]);
  await waitFor("the connection", () => answers.length === 1);
  const upstream = answers[0] as Upstream;
  upstream.released();
  await waitFor("FORGET", () => one.frames.at(-1)?.type === ConnectorFrame.FORGET);
  one.says(ConnectorFrame.REFUSED, { id: await ask() }, [given[2].fd]);
  one.says(ConnectorFrame.CONNECTED, { id: await ask() });
  one.says(ConnectorFrame.REFUSED, { id: await ask(), errno: "13" });
  one.says(ConnectorFrame.REFUSED, { id: await ask() });
  one.says(ConnectorFrame.REFUSED, { id: await ask(), errno: "0" });
  one.says(ConnectorFrame.CONNECTED, { id: "nobody's" }, [given[3].fd]);
  one.stream.send(ConnectorFrame.KEPT_INSTANCE, Buffer.from("no fields"));
  await waitFor("all", () => answers.length === 6);
  assert.deepEqual(answers.slice(1), [errno("ECONNREFUSED"), errno("ECONNREFUSED"), -13, -1, -1]);
  await assertClosed(given[1].end, given[2].end, given[3].end);
  addon.close(upstream.fd);
  await assertClosed(given[0].end);
  await ask();
  one.stream.close();
  await waitFor("its end", () => gone === 1);
  client.connect("session", (late) => void answers.push(late));
  assert.deepEqual(answers.slice(6), [errno("ECONNRESET"), errno("ECONNRESET")]);
});

test("whoever waits for a connector hears when it is given up", async () => {
  const one = connector();
  const client = openConnectorClient(addon, one.socket, () => assert.fail("not by itself"));
  const answers: unknown[] = [];
  client.connect("system", (upstream) => void answers.push(upstream));
  client.close();
  assert.deepEqual(answers, [errno("ECONNRESET")]);
  one.stream.close();
});

interface Serving {
  readonly instances: Instances;
  readonly reports: BusReport[];
  readonly warnings: string[];
  empty: number;
}

function serving(): Serving {
  const reports: BusReport[] = [];
  const warnings: string[] = [];
  const all = { reports, warnings, empty: 0 };
  const instances = new Instances(bench, {
    report: (report) => reports.push(report) > 0,
    empty: () => void all.empty++,
    warn: (text) => void warnings.push(text),
    toPortals: () => false,
  });
  return Object.assign(all, { instances });
}

const request = (instance: string, more: Partial<InstanceRequest> = {}): InstanceRequest => ({
  type: "instance",
  instance,
  appId: "org.test.App",
  buses: [{ name: "session", policy: policyOf() }],
  ...more,
});

test("a connector that kept nothing that can be served is given up, and what it held is closed", async () => {
  const one = serving();
  const kept: readonly (() => readonly number[])[] = [
    () => [],
    () => [listen().fd, addon.memfd("none", Buffer.from("{"))],
    () => [describeInstance(addon, encodeInstance(request("few")))],
    () => [listen().fd, describeInstance(addon, encodeInstance(request("twice")))],
  ];
  assert.ok(one.instances.add(request("twice"), [listen().fd, connector().socket]));
  for (const descriptors of kept) {
    const from = connector();
    one.instances.resume(from.socket);
    await waitFor("TAKE", () => from.frames.at(-1)?.type === ConnectorFrame.TAKE);
    from.says(ConnectorFrame.KEPT_INSTANCE, {}, descriptors());
    await waitFor("its end", () => from.stream.closed);
  }
  assert.deepEqual(one.warnings, Array(kept.length).fill("a connector kept nothing that can be served"));
  assert.equal(one.instances.size, 1);
  // One that leaves without a word is forgotten.
  const silent = connector();
  one.instances.resume(silent.socket);
  silent.stream.close();
  one.instances.close("twice");
  assert.deepEqual([one.instances.size, one.empty], [0, 1]);
});

test("connections of another process go on where all checks, and else end on both sides with the reason", async () => {
  const one = serving();
  const from = connector();
  one.instances.resume(from.socket);
  const memory = (busIndex: number, work: (state: ReturnType<typeof newState>) => void): number => {
    const ledger = Ledger.create(addon);
    ledger.begin(busIndex);
    const state = newState(16, ledger.record);
    ledger.keepState(state);
    work(state);
    ledger.settle();
    const copy = ledger.copy();
    ledger.close();
    return copy;
  };
  const named = (state: ReturnType<typeof newState>): void => {
    helloSent(state);
    learnUniqueName(state, ":1.7");
    addCall(state, 5, { kind: "own-names" });
    addCall(state, 6, { kind: "portal" });
  };
  const keep = (fd: number): readonly [RawEnd, RawEnd] => {
    const [app, upstream] = [watched(), watched()];
    from.says(ConnectorFrame.KEPT, { id: "k" }, [app.fd, fd, upstream.fd]);
    return [app.end, upstream.end];
  };
  // Before the instance nobody knows whose it is.
  const early = keep(memory(0, named));
  await assertClosed(...early);
  const described = request("back", {
    portals: {},
    buses: [
      { name: "pulse", policy: EVERYTHING },
      { name: "session", policy: policyOf() },
    ],
  });
  from.says(ConnectorFrame.KEPT_INSTANCE, {}, [listen().fd, listen().fd, describeInstance(addon, encodeInstance(described))]);
  await waitFor("the instance", () => one.instances.size === 1);
  for (const fd of [memory(0, named), memory(5, named), addon.sharedMemory("small", 4096)]) await assertClosed(...keep(fd));
  const reasons = one.warnings.map((text) => text.split(": ").at(-1));
  assert.deepEqual(reasons, ["a bus that is not there", "a bus that is not there", "a bus that is not there", "memory of another size"]);
  const alive = keep(memory(1, named));
  await waitFor("the connection", () => JSON.stringify(one.instances.status()).includes('"connections":1'));
  assert.deepEqual(one.instances.status(), { type: "status", instances: [{ instance: "back", connections: 1, calls: 2 }] });
  // The broker is asked about the call that waits for it.
  one.instances.setPortals({ type: "portals", instance: "back", owner: ":0.1", names: [], interfaces: [], paths: [] });
  assert.ok(one.reports.some((report) => report.type === "portal-calls" && report.client === ":1.7" && report.serials[0] === 6));
  // Where its bus is not filtered any more, one that was ends.
  one.instances.setPolicy({ type: "policy", instance: "back", bus: "session", policy: { ...policyOf(), filter: false } });
  one.instances.setPolicy({ type: "policy", instance: "back", bus: "pulse", policy: { ...EVERYTHING, microphone: false } });
  const free = keep(memory(1, named));
  await assertClosed(...free);
  one.instances.close("back");
  await assertClosed(...alive);
  from.stream.close();
});

test("requests about an instance or a bus that is not there change nothing", () => {
  const one = serving();
  one.instances.setPolicy({ type: "policy", instance: "none", bus: "session", policy: policyOf() });
  one.instances.setPortals({ type: "portals", instance: "none", owner: "", names: [], interfaces: [], paths: [] });
  one.instances.fromPortals({ head: { instance: "none", client: "" }, message: new Uint8Array(1) });
  one.instances.close("none");
  const only = connector();
  assert.ok(one.instances.add(request("some"), [listen().fd, only.socket]));
  one.instances.setPolicy({ type: "policy", instance: "some", bus: "system", policy: policyOf() });
  one.instances.setPolicy({ type: "policy", instance: "some", bus: "pulse", policy: EVERYTHING });
  one.instances.fromPortals({ head: { instance: "some", client: "" }, message: new Uint8Array() });
  one.instances.brokerCame();
  one.instances.brokersGone();
  assert.deepEqual([one.reports, one.warnings], [[], []]);
  one.instances.close("some");
  only.stream.close();
});

test("an app whose connections break again and again does not fill the log", async () => {
  const one = serving();
  const { fd, path } = listen();
  const from = connector();
  assert.ok(one.instances.add(request("noisy"), [fd, from.socket]));
  for (let round = 0; round < 25; round++) {
    const apps = Array.from({ length: 10 }, () => new RawEnd(addon.connectUnix(path)));
    for (const app of apps) app.say("x");
    await assertClosed(...apps);
  }
  assert.equal(one.warnings.length, 200);
  assert.match(one.warnings.at(-1) ?? "", /no more is said of this app/);
  one.instances.close("noisy");
  from.stream.close();
});

test("a broker that says what nobody understands is cut off, and descriptors without a meaning are closed", async () => {
  const { instances } = serving();
  const { fd, path } = listen();
  const warnings: string[] = [];
  let none = 0;
  let listener: Watcher | undefined;
  const watching = Object.assign(Object.create(addon) as typeof addon, {
    watch: (...words: Parameters<typeof addon.watch>): Watcher => {
      const watcher = addon.watch(...words);
      if (words[0] === fd) listener = watcher;
      return watcher;
    },
  });
  const brokers = new Brokers(watching, fd, { none: () => void none++, warn: (text) => void warnings.push(text) });
  brokers.serve(instances);
  const end = watched();
  assert.equal(brokers.toPortals({ instance: "1", client: "" }, new Uint8Array(), [end.fd]), false);
  await assertClosed(end.end);
  assert.equal(brokers.report({ type: "gone", instance: "1" }), false);
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const talks: readonly (readonly [number, Uint8Array])[] = [
    [BusFrame.MESSAGE, Buffer.from("{")],
    [BusFrame.MESSAGE, json(null)],
    [BusFrame.MESSAGE, json({ type: "something" })],
    [99, json({ type: "status" })],
    // A connector's socket is missing.
    [BusFrame.MESSAGE, json({ type: "resume" })],
  ];
  for (const [type, payload] of talks) {
    const broker = openFrameStream(addon, addon.connectUnix(path), { frame: () => {}, end: () => {} });
    const portal = watched();
    broker.send(BusFrame.PORTAL, encodePortalFrame({ instance: "none", client: "" }), [portal.fd]);
    broker.send(BusFrame.PORTAL, Buffer.from("x"));
    await assertClosed(portal.end);
    const before = none;
    broker.send(type, payload);
    await waitFor("the end", () => broker.closed && none > before);
  }
  assert.deepEqual(warnings, Array(talks.length).fill("a request that is not understood"));
  assert.equal(brokers.size, 0);
  listener?.close();
  addon.close(fd);
});
