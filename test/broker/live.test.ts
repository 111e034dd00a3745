// Reading policies again for what runs: what is sent to the bus process, and when it counts as told.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BusRequest, ServedBus } from "../../dbus-proxy/control.ts";
import type { BusLink } from "../../launcher/broker/bus-link.ts";
import { createLiveInstances, type LiveInstance } from "../../launcher/broker/live.ts";
import { now } from "../../launcher/broker/timing.ts";
import { commandProblem } from "../../launcher/cli/command.ts";
import type { Plan } from "../../launcher/plan/door.ts";

const session = (...names: string[]): ServedBus => ({
  name: "session",
  policy: {
    filter: true,
    sloppyNames: false,
    names: names.map((name) => ({ name, level: "talk", because: "granted" })),
    calls: [],
    broadcasts: [],
    hidden: [{ name: "org.example.Hidden", because: "always" }],
  },
});
const pulse = (playback: boolean): ServedBus => ({ name: "pulse", policy: { appId: "org.example.App", playback, microphone: false, monitor: false } });
const at = (...buses: ServedBus[]): Plan["buses"] => buses.map((bus) => ({ ...bus, address: "unix:path=/bus", source: null })) as unknown as Plan["buses"];

/** A bus process that knows each instance from that question on, and what it was sent. */
function rig(knowsFrom = 0) {
  const sent: BusRequest[] = [];
  let asked = 0;
  let wanted: Plan["buses"] | null = at(session());
  const bus = {
    status: () => Promise.resolve(asked++ < knowsFrom ? null : { connections: 1, outstandingCalls: 0 }),
    send: (request: BusRequest) => Promise.resolve(void sent.push(request)),
  } as unknown as BusLink;
  const live = createLiveInstances({
    bus: () => bus,
    planAnew: () =>
      Promise.resolve(
        wanted === null
          ? { ok: false, problems: [commandProblem("manifest.broken", {})] }
          : { ok: true, value: { buses: wanted } as unknown as Plan, notices: [] },
      ),
    problem: (key) => commandProblem(key, {}),
  });
  const begin = (appId: string, buses: Plan["buses"], begun = now()): (() => void) =>
    live.begin({ id: `1-${appId}`, appId, request: {}, part: undefined, buses, begun } as unknown as LiveInstance);
  return { live, sent, begin, says: (buses: Plan["buses"] | null) => (wanted = buses) };
}

test("only what changed is sent, twice, and once nothing changes any more nothing is", async () => {
  const { live, sent, begin, says } = rig();
  begin("org.example.App", at(session(), pulse(true)));
  says(at(session("org.example.Service"), pulse(true)));
  const [one] = await live.reload("org.example.App");
  assert.deepEqual([one?.changed, one?.later, one?.problems], [["session"], [], []]);
  assert.deepEqual(
    sent.map((request) => (request.type === "policy" ? [request.bus, request.policy] : [])),
    [1, 2].map(() => ["session", session("org.example.Service").policy]),
  );
  assert.deepEqual((await live.reload(null))[0]?.changed, []);
  assert.equal(sent.length, 2);
});

test("a bus that is not asked for any more has nothing left to it, and one that was not there comes with the next start", async () => {
  const { live, sent, begin, says } = rig();
  begin("org.example.App", at(session("org.example.Service"), pulse(true)));
  const system: ServedBus = { ...session(), name: "system" } as ServedBus;
  says(at(system));
  const [one] = await live.reload(null);
  assert.deepEqual([one?.changed, one?.later], [["session", "pulse"], ["system"]]);
  const [first, second] = sent as Extract<BusRequest, { type: "policy" }>[];
  assert.deepEqual([first?.policy, second?.policy], [session().policy, pulse(false).policy]);
});

test("the app's named instances go with it, other apps and one that has ended do not", async () => {
  const { live, begin, says } = rig();
  says(at(session("org.example.Service")));
  begin("org.example.App", at(session()));
  begin("org.example.App--work", at(session()));
  begin("org.example.Other", at(session()));
  begin("org.example.App--ended", at(session()))();
  assert.deepEqual(
    (await live.reload("org.example.App")).map(({ application }) => application),
    ["org.example.App", "org.example.App--work"],
  );
  assert.deepEqual(
    (await live.reload("1-org.example.Other")).map(({ application }) => application),
    ["org.example.Other"],
  );
});

test("a bus process that comes up again is waited for, and files that do not parse leave all as it is", async () => {
  const { live, sent, begin, says } = rig(2);
  begin("org.example.App", at(session()));
  says(at(session("org.example.Service")));
  assert.deepEqual((await live.reload(null))[0]?.changed, ["session"]);
  assert.equal(sent.length, 2);
  says(null);
  const [one] = await live.reload(null);
  assert.deepEqual(
    one?.problems.map(({ key }) => key),
    ["manifest.broken"],
  );
  assert.equal(sent.length, 2);
});

test("what was planned before the last reading is read again as soon as it is served", async () => {
  const { live, sent, begin, says } = rig();
  const before = now();
  await live.reload(null);
  says(at(session("org.example.Service")));
  begin("org.example.Late", at(session()), before);
  begin("org.example.Later", at(session()));
  await live.reload("nobody");
  assert.deepEqual(
    sent.map((request) => (request.type === "policy" ? request.instance : "")),
    ["1-org.example.Late", "1-org.example.Late"],
  );
});

test("which portals are withheld stays as it was at the start, and that is told", async () => {
  const { live, sent, begin, says } = rig();
  begin("org.example.App", at(session()));
  const changed = session("org.example.Service");
  if (changed.name !== "session") throw new Error("no session bus");
  says(at({ name: "session", policy: { ...changed.policy, withheld: [{ portal: "Camera", because: "the override" }] } }));
  const [one] = await live.reload(null);
  assert.deepEqual([one?.changed, one?.later], [["session"], ["portals"]]);
  assert.deepEqual(
    sent.map((request) => (request.type === "policy" ? request.policy : null)),
    [changed.policy, changed.policy],
  );
});
