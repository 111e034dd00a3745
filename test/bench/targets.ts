// What is to be reached, as data. Only `--check` asserts it.

import { LISTING_TARGETS } from "./listings.ts";

export interface Target {
  readonly says: string;
  /** Name and peer of the comparison that shows it. */
  readonly case: string;
  readonly peer: string;
  /** Ours may be at most `factor` times theirs, `plus` the same unit. */
  readonly factor: number;
  readonly plus: number;
}

export const TARGETS: readonly Target[] = [
  { says: "app's main at most 0.35 of bwrap with the same mounts", case: "main-57-mounts", peer: "bwrap", factor: 0.35, plus: 0 },
  { says: "app's main at most 0.35 of bwrap with exactly 57 mounts, ours with its least", case: "main-57-mounts", peer: "bwrap-fewer", factor: 0.35, plus: 0 },
  { says: "app's main at most 0.15 of Flatpak", case: "main-57-mounts", peer: "flatpak", factor: 0.15, plus: 0 },
  { says: "first bus reply at most 0.35 of bwrap with xdg-dbus-proxy", case: "reply-57-mounts", peer: "bwrap-with-proxy", factor: 0.35, plus: 0 },
  { says: "cold broker: app's main at most Flatpak's time", case: "main-57-mounts-cold", peer: "flatpak", factor: 1, plus: 0 },
  { says: "cold broker: first bus reply at most Flatpak's time", case: "reply-57-mounts-cold", peer: "flatpak", factor: 1, plus: 0 },
  { says: "what 60 binds add at most 0.15 of what they add to bwrap", case: "binds-60-alone", peer: "bwrap", factor: 0.15, plus: 0 },
  { says: "a sandbox with 300 binds at most 0.05 of bwrap's time", case: "binds-300-set-up", peer: "bwrap", factor: 0.05, plus: 0 },
  { says: "first window of an Xlib program at most 1.05 of the bare one and 15 ms", case: "window-xeyes", peer: "plain", factor: 1.05, plus: 15 },
  { says: "first window of a GTK 3 program at most 1.05 of the bare one and 15 ms", case: "window-gtk", peer: "plain", factor: 1.05, plus: 15 },
  { says: "first window of the smallest program at most 1.05 of the bare one and 15 ms", case: "window-smallest", peer: "plain", factor: 1.05, plus: 15 },
  { says: "first window of a GTK 4 program at most 1.05 of the bare one and 15 ms", case: "window-gtk4", peer: "plain", factor: 1.05, plus: 15 },
  { says: "first window of a Qt program at most 1.05 of the bare one and 15 ms", case: "window-qt", peer: "plain", factor: 1.05, plus: 15 },
  { says: "first window of Firefox at most 1.05 of the bare one and 15 ms", case: "window-firefox", peer: "plain", factor: 1.05, plus: 15 },
  { says: "a frame of OpenGL in software at most 1.03 of outside", case: "frames-software-gl", peer: "plain", factor: 1.03, plus: 0 },
  { says: "sound at the output at most 1.03 of the time without the filter", case: "sound-latency", peer: "socket", factor: 1.03, plus: 0 },
  ...busTargets("processor", "processor time", [
    ["rt-64", 0.8],
    ["pipe-64", 0.6],
    ["rt-65536", 1],
    ["pipe-65536", 1],
    ["rt-1048576", 1.2],
    ["pipe-1048576", 1.2],
  ]),
  ...busTargets("p50", "round trip", [
    ["rt-64", 1],
    ["rt-4096", 1],
  ]),
  ...LISTING_TARGETS,
  { says: "Settings.ReadAll at most the time of xdg-desktop-portal", case: "portal-settings-read-all", peer: "xdg-desktop-portal", factor: 1, plus: 0 },
  { says: "NetworkMonitor.GetStatus at most the time of xdg-desktop-portal", case: "portal-network-status", peer: "xdg-desktop-portal", factor: 1, plus: 0 },
  {
    says: "broker and bus process with all portals loaded: private memory at most 40 MiB",
    case: "portal-memory-all-loaded",
    peer: "limit",
    factor: 1,
    plus: 0,
  },
  { says: "quiet app beside noisy ones: p99 at most ten times its own", case: "bus-fair-p99-tsbox", peer: "undisturbed", factor: 10, plus: 0 },
  { says: "quiet app beside noisy ones: p99 below 5 ms", case: "bus-fair-p99-tsbox", peer: "limit", factor: 1, plus: 0 },
];

function busTargets(of: string, says: string, cases: readonly (readonly [string, number])[]): readonly Target[] {
  return cases.map(([name, factor]) => ({
    says: `bus, ${name}: ${says} at most ${factor} of xdg-dbus-proxy`,
    case: `bus-${of}-${name}`,
    peer: "xdg-dbus-proxy",
    factor,
    plus: 0,
  }));
}

export function isMet(target: Target, ours: number, theirs: number): boolean {
  return ours <= theirs * target.factor + target.plus;
}
