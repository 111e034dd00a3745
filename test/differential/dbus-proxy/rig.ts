// Both proxies with scripted buses behind them, in a folder of their own.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadAddon } from "../../../native/addon.ts";
import { COVERAGE_ENVIRONMENT, PROXY_ENTRY } from "../../support/proxy-entry.ts";
import { type Running, startProcess, waitFor } from "../../support/process.ts";
import { Side } from "./side.ts";

export interface Pair {
  readonly theirs: Side;
  readonly ours: Side;
  close(): Promise<void>;
}

const COMMANDS = { theirs: ["xdg-dbus-proxy"], ours: [process.execPath, PROXY_ENTRY] } as const;

/** `limit`: milliseconds that the proxies may live. */
export async function startPair(options: readonly string[], limit: number): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-differential-"));
  const addon = loadAddon(resolve("build/tsbox.node"));
  const running: Running[] = [];
  const start = async (name: keyof typeof COMMANDS): Promise<Side> => {
    const [bus, proxy] = [join(folder, `${name}-bus`), join(folder, name)];
    const side = new Side(addon, proxy, bus);
    const argv = [...COMMANDS[name], `unix:path=${bus}`, proxy, ...options] as unknown as [string, ...string[]];
    running.push(startProcess(argv, { environment: { PATH: "/usr/bin:/bin", ...COVERAGE_ENVIRONMENT }, cwd: "/", limit }));
    await waitFor(`the proxy ${name}`, () => existsSync(proxy));
    return side;
  };
  const [theirs, ours] = [await start("theirs"), await start("ours")];
  return {
    theirs,
    ours,
    async close() {
      theirs.close();
      ours.close();
      for (const one of running) one.kill("SIGTERM");
      await Promise.all(running.map((one) => one.ended));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
