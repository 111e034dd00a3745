// Our client of the host's buses beside a real bus: a signal counts as a service's where the service's owner sent it, not where somebody gave it its path and interface.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { it } from "node:test";
import { loadAddon } from "../../native/addon.ts";
import { connectBusClient, type HeardSignal } from "../../portals/host-bus/bus-client.ts";
import { startProcess, waitFor } from "../support/process.ts";

const NAME = "org.example.Service";
/** Sends its own signal to everybody, or one of the same looks to each connection alone, which no match rule keeps away. */
const SPEAKER = `
import dbus, dbus.lowlevel as low, sys
bus = dbus.bus.BusConnection(sys.argv[1])
if sys.argv[2] == "owner": bus.request_name("${NAME}"); print("owns", flush=True)
for line in sys.stdin:
    for name in [None] if line.strip() == "all" else [n for n in bus.list_names() if n.startswith(":")]:
        signal = low.SignalMessage("/", "${NAME}", "Said")
        if name is not None: signal.set_destination(name)
        signal.append(sys.argv[2]); bus.send_message(signal)
    bus.flush(); print("sent", flush=True)
`;

it("a signal that somebody else forged is not heard, also where it was sent to us alone (CVE-2024-34397)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-forged-"));
  const path = join(folder, "bus");
  const environment = { PATH: "/usr/bin:/bin" };
  const started = (argv: readonly [string, ...string[]]) => startProcess(argv, { environment, cwd: "/", limit: 60_000, input: "pipe" });
  const daemon = started(["dbus-daemon", "--session", "--nofork", "--nopidfile", `--address=unix:path=${path}`, "--print-address"]);
  await waitFor("the bus", () => daemon.stdout().includes(path));
  const [owner, forger] = ["owner", "forger"].map((who) => started(["python3", "-c", SPEAKER, `unix:path=${path}`, who]));
  try {
    assert.ok(owner && forger);
    await waitFor("the service", () => owner.stdout().includes("owns"));
    const client = await connectBusClient(loadAddon(resolve("build/tsbox.node")), path, process.getuid?.() ?? 0);
    const heard: HeardSignal[] = [];
    await client.listen({ sender: NAME, interface: NAME }, (signal) => heard.push(signal));
    for (const line of ["alone\n", "all\n"]) {
      forger.write(line);
      await waitFor("the forged ones", () => forger.stdout().split("sent").length > (line === "alone\n" ? 1 : 2));
    }
    owner.write("all\n");
    await waitFor("the service's own", () => heard.some(({ args }) => args[0] === "owner"));
    assert.deepEqual(
      heard.map(({ args }) => args[0]),
      ["owner"],
    );
    client.close();
  } finally {
    for (const one of [owner, forger, daemon]) one?.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
});
