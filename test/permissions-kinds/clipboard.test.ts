// The clipboard of an X server of the app's own, in the plan: what each word adds, and where it says nothing. What it does is shown by test/boundary/x11-modes.test.ts.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goodPlanOf } from "../plan/fake-host.ts";

const SERVERS = { "/usr/bin/Xephyr": "file", "/usr/bin/Xwayland": "file" } as const;
const X11 = { "/tmp/.X11-unix/X0": "socket" } as const;

function planOf(settings: Readonly<Record<string, string>>, desktop: "X11" | "Wayland") {
  const environment = desktop === "X11" ? { DISPLAY: ":0" } : { WAYLAND_DISPLAY: "wayland-0" };
  const tree = desktop === "X11" ? { ...SERVERS, ...X11 } : { ...SERVERS, "/run/user/1000/wayland-0": "socket" as const };
  return goodPlanOf({ tree, environment, words: { sockets: ["x11"], settings } });
}

describe("[X-Tsbox Display] clipboard=", () => {
  const waysOf = (clipboard: string): string | undefined => {
    const found = planOf({ x11: "nested", clipboard }, "X11").operations.find(({ kind }) => kind === "x11-clipboard");
    return found?.kind === "x11-clipboard" ? found.ways : undefined;
  };

  it("starts a carrier for `in` and `both`, and none else", () => {
    assert.deepEqual(["none", "in", "both"].map(waysOf), [undefined, "in", "both"]);
    const without = planOf({ x11: "nested" }, "X11").operations.some(({ kind }) => kind === "x11-clipboard");
    assert.equal(without, false);
  });

  it("is told to say nothing on the host's own server, and on a desktop that has no X server", () => {
    const host = planOf({ clipboard: "in" }, "X11");
    assert.ok(!host.operations.some(({ kind }) => kind === "x11-clipboard"));
    assert.match(host.notices.join(), /`clipboard=in` says nothing here/);
    const wayland = planOf({ x11: "nested", clipboard: "in" }, "Wayland");
    assert.ok(!wayland.operations.some(({ kind }) => kind === "x11-clipboard"));
    assert.match(wayland.notices.join(), /carried between X servers alone/);
  });
});
