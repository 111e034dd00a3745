// Memory of the bus process: what one more idle connection takes, and the whole with ten apps.
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client, type Line, openLine } from "./bus-lines.ts";
import type { Result } from "./comparisons.ts";
import type { Installed } from "./ours.ts";
import type { Place } from "./place.ts";

/** In KiB. The ledgers' memory is mapped twice and so counts as shared: `pss` holds it, `private` does not. */
interface Memory {
  readonly private: number;
  readonly pss: number;
}

export function memoryOf(place: Place, processes: readonly number[]): Memory {
  const ran = place.run([join(place.tools, "memory"), ...processes.map((pid) => `p=${pid}`)]);
  const rows = ran.stdout
    .trim()
    .split("\n")
    .map((line) => line.split(" "));
  const sum = (column: number): number => rows.reduce((total, row) => total + Number(row[column] ?? 0), 0);
  return { private: sum(3), pss: sum(5) };
}

const IDLE_CONNECTIONS = 20;
const SETTLED_MS = 2000;

const short = (value: number): number => Number(value.toFixed(2));

export async function measureBusMemory(place: Place, installed: Installed | undefined): Promise<readonly Result[]> {
  const results: Result[] = [];
  const lines: Line[] = [];
  const service = new Client(place.start([join(place.tools, "bus-load"), "service"], { input: true }));
  try {
    await service.line();
    for (const way of ["tsbox", "xdg-dbus-proxy"] as const) {
      const line = await openLine(place, installed, way, 10, { name: "Memory", rules: 0 });
      if (line !== undefined) lines.push(line);
    }
    const [ours, theirs] = lines;
    if (ours === undefined || theirs === undefined) return [];
    for (const line of lines) await Promise.all(line.clients.map((client) => client.ask("rt 64 300")));
    await wait(SETTLED_MS);
    const before = lines.map((line) => memoryOf(place, line.processes()));
    for (const of of ["private", "pss"] as const) {
      const [mine = 0, peer = 0] = before.map((memory) => memory[of] / 1024);
      results.push({
        case: `bus-memory-${of}-10-apps`,
        peer: "10 xdg-dbus-proxy",
        ours: short(mine),
        theirs: short(peer),
        unit: "MiB",
        ratio: short(mine / peer),
        n: 1,
      });
    }
    for (const line of lines) await Promise.all(line.clients.map((client) => client.ask(`idle ${IDLE_CONNECTIONS}`)));
    await wait(SETTLED_MS);
    const after = lines.map((line) => memoryOf(place, line.processes()));
    const each = lines.map((_, index) => ((after[index]?.pss ?? 0) - (before[index]?.pss ?? 0)) / (10 * IDLE_CONNECTIONS));
    const [mine = 0, peer = 0] = each;
    results.push({
      case: "bus-memory-idle-connection",
      peer: "xdg-dbus-proxy",
      ours: short(mine),
      theirs: short(peer),
      unit: "KiB",
      ratio: short(mine / peer),
      n: 10 * IDLE_CONNECTIONS,
    });
    return results;
  } finally {
    for (const line of lines) line.end();
    service.end();
    await wait(300);
  }
}
