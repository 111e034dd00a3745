// The checks of `tsbox doctor` about a session, on machines that are literal objects: each thing that is there, dead, or missing, with its fix.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CHECKS, type Finding, type Look, type Machine } from "../../launcher/doctor/door.ts";
import { MESSAGES } from "../../launcher/messages/messages.ts";

const FOLDER: Look = { kind: "folder", uid: 1000, mode: 0o700, writable: true };
const SOCKET: Look = { kind: "socket", uid: 1000, mode: 0o600, writable: true };
const FILE: Look = { kind: "file", uid: 0, mode: 0o644, writable: false };
const RUN = "/run/user/1000";

interface World {
  readonly looks?: Readonly<Record<string, Look>>;
  readonly texts?: Readonly<Record<string, string>>;
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Sockets on which a server listens. */
  readonly listens?: readonly string[];
  readonly runtimeDirectory?: string | null;
  readonly exportStatus?: number;
  /** A folder whose file system has no room. */
  readonly full?: string;
}

function finding(name: string, world: World): Finding {
  const sockets = (world.listens ?? []).map((path) => `ffff: 00000002 00000000 00010000 0001 01 42 ${path}`);
  const machine: Machine = {
    environment: new Map(Object.entries({ HOME: "/home/u", ...world.environment })),
    uid: 1000,
    kernelRelease: "6.12.1",
    runtimeDirectory: world.runtimeDirectory === undefined ? RUN : world.runtimeDirectory,
    installation: "/usr/lib/tsbox",
    readText: (path) => (path === "/proc/net/unix" ? sockets.join("\n") : (world.texts?.[path] ?? null)),
    look: (path) => world.looks?.[path] ?? ((world.listens ?? []).includes(path) ? SOCKET : path === "/home/u" ? FOLDER : null),
    list: (path) => world.lists?.[path] ?? [],
    isFull: (path) => path === world.full,
    run: () => ({ status: world.exportStatus ?? 0, stdout: "org.example.App: changed\n", stderr: "" }),
  };
  const check = CHECKS.find((one) => one.name === name);
  assert.ok(check !== undefined, name);
  return check.examine(machine);
}

const CASES: readonly (readonly [check: string, key: string, state: Finding["state"], world: World])[] = [
  ["runtime-directory", "doctor.runtime-directory", "good", {}],
  ["runtime-directory", "doctor.runtime-directory-made", "weaker", { runtimeDirectory: "/tmp/tsbox-1000" }],
  ["runtime-directory", "doctor.runtime-directory-unfit", "bad", { runtimeDirectory: null }],
  ["folders", "doctor.folders", "good", { looks: { "/home/u/.var/app": FOLDER } }],
  ["folders", "doctor.no-home", "bad", { environment: { HOME: "/gone" } }],
  ["folders", "doctor.folder-is-file", "bad", { looks: { "/home/u/.var": FILE } }],
  ["folders", "doctor.folder-foreign", "bad", { looks: { "/home/u/.var/app": { ...FOLDER, uid: 0 } } }],
  ["folders", "doctor.folder-read-only", "bad", { looks: { "/home/u/.local/state/tsbox": { ...FOLDER, writable: false } } }],
  ["folders", "doctor.folder-full", "bad", { full: "/home/u/.var/app", looks: { "/home/u/.var/app": FOLDER } }],
  ["session-bus", "doctor.session-bus-listens", "good", { listens: [`${RUN}/bus`] }],
  [
    "session-bus",
    "doctor.session-bus-listens",
    "good",
    { environment: { DBUS_SESSION_BUS_ADDRESS: "unix:abstract=/tmp/dbus-x,guid=1" }, listens: ["@/tmp/dbus-x"] },
  ],
  ["session-bus", "doctor.session-bus-dead", "weaker", { looks: { [`${RUN}/bus`]: SOCKET } }],
  ["session-bus", "doctor.session-bus-absent", "weaker", {}],
  ["session-bus", "doctor.bus-address", "weaker", { environment: { DBUS_SESSION_BUS_ADDRESS: "tcp:host=x" } }],
  ["system-bus", "doctor.system-bus-listens", "good", { listens: ["/run/dbus/system_bus_socket"] }],
  ["system-bus", "doctor.system-bus-dead", "weaker", { looks: { "/run/dbus/system_bus_socket": SOCKET } }],
  ["system-bus", "doctor.system-bus-absent", "weaker", {}],
  ["display", "doctor.wayland", "good", { listens: [`${RUN}/wayland-0`] }],
  ["display", "doctor.wayland-dead", "weaker", { environment: { WAYLAND_DISPLAY: "wayland-1" } }],
  ["display", "doctor.x11", "good", { environment: { DISPLAY: ":0" }, listens: ["/tmp/.X11-unix/X0"] }],
  ["display", "doctor.x11-dead", "weaker", { environment: { DISPLAY: ":0" } }],
  ["display", "doctor.x11-far", "weaker", { environment: { DISPLAY: "far:0" } }],
  ["display", "doctor.no-display", "weaker", {}],
  ["sound", "doctor.sound", "good", { listens: [`${RUN}/pulse/native`] }],
  ["sound", "doctor.sound-pipewire-alone", "weaker", { listens: [`${RUN}/pipewire-0`] }],
  ["sound", "doctor.no-sound", "weaker", {}],
  ["portal", "doctor.no-portal", "weaker", {}],
  ["portal", "doctor.no-portal-back-end", "weaker", { looks: { "/usr/share/dbus-1/services/org.freedesktop.portal.Desktop.service": FILE } }],
  [
    "portal",
    "doctor.portal",
    "good",
    {
      looks: { "/usr/share/dbus-1/services/org.freedesktop.portal.Desktop.service": FILE },
      lists: { "/usr/share/xdg-desktop-portal/portals": ["gtk.portal"] },
    },
  ],
  ["fuse", "doctor.no-fuse", "weaker", {}],
  ["fuse", "doctor.fuse-closed", "weaker", { looks: { "/dev/fuse": FILE } }],
  ["fuse", "doctor.no-fusermount", "weaker", { looks: { "/dev/fuse": { ...FILE, writable: true } } }],
  ["fuse", "doctor.fusermount-plain", "weaker", { looks: { "/dev/fuse": { ...FILE, writable: true }, "/usr/bin/fusermount3": FILE } }],
  ["fuse", "doctor.fuse", "good", { looks: { "/dev/fuse": { ...FILE, writable: true }, "/usr/bin/fusermount3": { ...FILE, mode: 0o4755 } } }],
  ["cgroup", "doctor.no-cgroup", "weaker", {}],
  ["cgroup", "doctor.cgroup-not-delegated", "weaker", { texts: { "/sys/fs/cgroup/cgroup.controllers": "cpu memory\n", "/proc/self/cgroup": "0::/user\n" } }],
  [
    "cgroup",
    "doctor.cgroup",
    "good",
    { texts: { "/sys/fs/cgroup/cgroup.controllers": "cpu memory\n", "/proc/self/cgroup": "0::/user\n" }, looks: { "/sys/fs/cgroup/user": FOLDER } },
  ],
  ["exports", "doctor.exports", "good", {}],
  ["exports", "doctor.exports-stale", "weaker", { exportStatus: 1 }],
];

for (const [check, key, state, world] of CASES)
  test(`${check} tells ${key.replace("doctor.", "")}`, () => {
    const found = finding(check, world);
    assert.deepEqual([found.key, found.state], [key, state]);
  });

test("what is not good has a fix, each text of these checks is reached by a case, and no value of a text is left open", () => {
  for (const [check, key, state, world] of CASES) {
    const message = MESSAGES[key];
    if (state !== "good") assert.ok(message?.hint !== undefined, key);
    const { values } = finding(check, world);
    for (const [, name = ""] of `${message?.text} ${message?.hint ?? ""}`.matchAll(/\{([a-z]+)\}/g)) assert.ok(name in values, `${key}: {${name}}`);
  }
  const told = new Set(CASES.map(([, key]) => key));
  const elsewhere = /^doctor\.(?:check-unknown|kernel|user-namespaces|sandbox-refused|instance-|waits-|on-)/;
  assert.deepEqual(
    Object.keys(MESSAGES).filter((key) => key.startsWith("doctor.") && !elsewhere.test(key) && !told.has(key)),
    [],
  );
});
