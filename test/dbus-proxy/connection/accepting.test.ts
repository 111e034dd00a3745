// Listening sockets of one app, of a bus and of the sound server: who is let in, and what a process without descriptors does.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ProxiedBus } from "../../../dbus-proxy/connection/proxied-bus.ts";
import { newAppUse } from "../../../dbus-proxy/connection/state.ts";
import type { Workbench } from "../../../dbus-proxy/connection/workbench.ts";
import { SoundConnection } from "../../../dbus-proxy/pulse/connection.ts";
import { ProxiedSound } from "../../../dbus-proxy/pulse/proxied-sound.ts";
import { waitFor } from "../../support/process.ts";
import { EVERYTHING } from "../pulse/messages.ts";
import { addon, bench, policyOf, RawEnd } from "./played.ts";

interface Served {
  readonly connections: number;
  close(): void;
}

/** Of both kinds alike. `accept` may fail. */
type Making = { readonly admit: () => boolean; readonly warn: (text: string) => void; readonly bench: Workbench };

const KINDS: readonly (readonly [string, (listener: number, making: Making) => Served])[] = [
  [
    "a bus",
    (listener, making) =>
      new ProxiedBus(listener, {
        ...making,
        uid: 0,
        policy: policyOf(),
        busIndex: 0,
        use: newAppUse(),
        connectUpstream: () => {},
        report: () => {},
        log: undefined,
      }),
  ],
  [
    "the sound server",
    (listener, making) =>
      new ProxiedSound(listener, {
        ...making,
        serve: (...words) => new SoundConnection(...words),
        policy: EVERYTHING,
        connectUpstream: () => {},
        report: () => {},
      }),
  ],
];

for (const [what, serve] of KINDS) {
  test(`${what} lets no more in than the app may have, takes up again when descriptors are free, and ends once`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsbox-accept-"));
    const path = join(folder, "socket");
    const warnings: string[] = [];
    let failing = false;
    let admitted = 1;
    const failingAddon = Object.assign(Object.create(addon) as typeof addon, {
      accept: (fd: number): number => {
        if (failing) throw new Error("EMFILE");
        return addon.accept(fd);
      },
    });
    const served = serve(addon.listenUnix(path, 16), {
      bench: { ...bench, addon: failingAddon },
      admit: () => admitted-- > 0,
      warn: (text) => void warnings.push(text),
    });
    const [first, second] = [new RawEnd(addon.connectUnix(path)), new RawEnd(addon.connectUnix(path))];
    await second.ends();
    assert.deepEqual([served.connections, warnings], [1, ["too many connections"]]);
    failing = true;
    admitted = 1;
    const third = new RawEnd(addon.connectUnix(path));
    await waitFor("the warning", () => warnings.length === 2);
    assert.equal(warnings[1], "accept: EMFILE");
    failing = false;
    await waitFor("the third", () => served.connections === 2);
    served.close();
    served.close();
    for (const end of [first, third]) await end.ends();
    assert.equal(served.connections, 0);
    for (const end of [first, second, third]) end.close();
    rmSync(folder, { recursive: true });
  });
}
