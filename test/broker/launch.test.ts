// One launch whose front goes away at a step of it: what was made for it is given back.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Broker } from "../../launcher/broker/broker.ts";
import type { FrontLink, FrontReport } from "../../launcher/broker/front-link.ts";
import { type ReadyRun, startLaunch } from "../../launcher/broker/launch.ts";
import { createLaunches } from "../../launcher/broker/launches.ts";
import { loadAddon } from "../../native/addon.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";

const root = mkdtempSync(join(tmpdir(), "tsbox-launch-"));
after(() => rmSync(root, { recursive: true, force: true }));
const launches = createLaunches(() => 0);

/** Starts a run with a bus; `gone`: its front has ended when that is sent. */
function launch(gone: "plan" | "go" | null): { readonly asked: () => number; readonly end: () => void } {
  let asked = 0;
  let receive: (report: FrontReport) => void = () => {};
  const end = (): void => receive({ kind: "gone" });
  const link: Partial<FrontLink> = {
    closed: false,
    plan: () => gone === "plan" && end(),
    go: () => gone === "go" && end(),
    write: () => {},
    exit: () => {},
    onReport: (next) => (receive = next),
  };
  const broker = {
    addon: loadAddon(resolve("build/tsbox.node")),
    runtimeDirectory: root,
    launches,
    bus: { connected: true },
    log: { note: () => {} },
    installation: {},
    plans: { keep: () => {} },
    tellUser: () => {},
  };
  const policy = { filter: false };
  const plan = {
    appId: "org.example.App",
    followed: [],
    operations: [],
    namespaces: {},
    identity: "",
    buses: [{ name: "session", address: "", source: "", policy }],
  };
  const whyNot = async (): Promise<undefined> => void asked++;
  const run = {
    plan,
    notices: [],
    timing: { mark: () => {}, steps: [] },
    printTiming: false,
    whyNot,
    appAt: 1,
    encoding: { payloadFor: () => new Uint8Array(), keep: () => {} },
  };
  startLaunch(
    broker as unknown as Broker,
    link as FrontLink,
    run as unknown as ReadyRun,
    { argv: ["run", "org.example.App"], environment: new Map() } as unknown as FrontRequest,
  );
  return { asked: () => asked, end };
}

/** Descriptors of this process on what an instance is told by. */
function descriptions(): number {
  const to = (fd: string): string => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  };
  return readdirSync("/proc/self/fd").filter((fd) => to(fd).includes("tsbox-instance")).length;
}

test("a front that ends while the sandbox is built leaves nothing of its launch behind", async () => {
  const { asked, end } = launch(null);
  await turn();
  assert.deepEqual([asked(), descriptions(), launches.count], [1, 1, 1]);
  end();
  assert.deepEqual([descriptions(), launches.count], [0, 0]);
});

test("a front that is gone when its plan is sent leaves nothing either, and no bus is asked for it", async () => {
  const { asked } = launch("plan");
  await turn();
  assert.deepEqual([asked(), descriptions(), launches.count], [0, 0, 0]);
});

test("a front that is gone before the bus has answered, or when it is let go, leaves nothing either", async () => {
  const before = launch(null);
  before.end();
  await turn();
  assert.deepEqual([before.asked(), descriptions(), launches.count], [1, 0, 0]);
  const then = launch("go");
  await turn();
  assert.deepEqual([then.asked(), descriptions(), launches.count], [1, 0, 0]);
});
