// Every permission kind: what it gives, what its absence gives, and what it says.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PERMISSION_KINDS } from "../../launcher/permissions/list.ts";
import { NOT_GIVEN } from "../../launcher/permissions/not-given.ts";
import { type FakeRun, goodPlanOf, noticesOf, planOf, problemsOf } from "../plan/fake-host.ts";

const targets = (run: FakeRun): readonly string[] => goodPlanOf(run).operations.map(({ to }) => to);

describe("every permission kind", () => {
  for (const kind of PERMISSION_KINDS) {
    it(`${kind.key}=${kind.name} says in one plain sentence what it gives`, () => {
      assert.ok(kind.words.length <= 120, String(kind.words.length));
      assert.match(kind.words, /^[A-Z].*\.$/);
    });
  }

  it("has a name of its own in its list", () => {
    const names = [...PERMISSION_KINDS.map(({ key, name }) => `${key}=${name}`), ...NOT_GIVEN.map(({ key, name }) => `${key}=${name}`)];
    assert.equal(new Set(names).size, names.length);
  });

  it("adds nothing to a plan that does not ask for it", () => {
    const plan = goodPlanOf({
      environment: { DISPLAY: ":0", WAYLAND_DISPLAY: "wayland-0" },
      tree: { "/tmp/.X11-unix/X0": "socket", "/run/user/1000/wayland-0": "socket", "/dev/dri": "root:directory" },
    });
    assert.deepEqual(plan.namespaces, { network: true, ipc: true });
    for (const path of ["/tmp/.X11-unix/X99", "/run/flatpak/wayland-0", "/dev/dri", "/run/flatpak/bus", "/dev/shm"])
      assert.ok(!plan.operations.some(({ to }) => to === path), path);
    for (const name of ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"]) assert.ok(!plan.environment.set.has(name) && !plan.environment.pass.has(name), name);
  });
});

describe("shared=", () => {
  it("network keeps the host's network, its name servers and its view of devices", () => {
    const plan = goodPlanOf({ words: { shared: ["network"] } });
    assert.equal(plan.namespaces.network, false);
    const paths = plan.operations.map(({ to }) => to);
    assert.ok(paths.includes("/etc/resolv.conf") && paths.includes("/sys/class"));
  });

  it("without network shows no name servers, and a fresh /sys", () => {
    const paths = targets({});
    assert.ok(!paths.includes("/etc/resolv.conf") && paths.includes("/sys"));
  });

  it("ipc keeps the host's queues and segments", () => {
    assert.equal(goodPlanOf({ words: { shared: ["ipc"] } }).namespaces.ipc, false);
  });

  it("network closes abstract sockets by a scope, or is refused on kernels without", () => {
    assert.deepEqual(goodPlanOf({ words: { shared: ["network"] } }).scopes, ["abstract-unix-socket", "signal"]);
    const old = { kernel: { major: 6, minor: 11 } };
    assert.equal(problemsOf({ words: { shared: ["network"] }, caller: old })[0]?.key, "plan.abstract-sockets-reachable");
    assert.deepEqual(
      goodPlanOf({ words: { shared: ["network"], accepted: ["abstract-sockets-reachable"] }, caller: old }).lowerLevels.map(({ name }) => name),
      ["abstract-sockets-reachable"],
    );
  });
});

describe("sockets=x11", () => {
  const tree = { "/tmp/.X11-unix/X0": "socket", "/tmp/.X11-unix/X99": "socket" };

  it("shows the host's display under number 99", () => {
    const plan = goodPlanOf({ tree, environment: { DISPLAY: ":0.1" }, words: { sockets: ["x11"] } });
    const bind = plan.operations.find(({ to }) => to === "/tmp/.X11-unix/X99");
    assert.ok(bind?.kind === "bind" && bind.from === "/tmp/.X11-unix/X0" && bind.access === "ro");
    assert.equal(plan.environment.set.get("DISPLAY")?.value, ":99.1");
    assert.equal(plan.environment.set.get("XAUTHORITY")?.value, "/run/flatpak/Xauthority");
  });

  it("takes the next number where 99 is the host's own or somebody listens on it", () => {
    const number = (display: string, abstractSockets: readonly string[]): string | undefined =>
      goodPlanOf({ tree, environment: { DISPLAY: display }, words: { sockets: ["x11"] }, abstractSockets }).environment.set.get("DISPLAY")?.value;
    assert.equal(number(":99", []), ":100");
    assert.equal(number(":0", ["/tmp/.X11-unix/X99", "/tmp/.X11-unix/X100"]), ":101");
  });

  it("keeps a display behind the network under its own name, with the network only", () => {
    const environment = { DISPLAY: "localhost:10.0" };
    const plan = goodPlanOf({ environment, words: { sockets: ["x11"], shared: ["network"] } });
    assert.equal(plan.environment.set.get("DISPLAY")?.value, "localhost:10.0");
    assert.ok(!plan.operations.some(({ to }) => to.startsWith("/tmp/.X11-unix/")));
    assert.equal(problemsOf({ environment, words: { sockets: ["x11"] } })[0]?.key, "plan.x11-not-local");
  });

  it("is an error naming the line where there is no display, a foreign one, or no server", () => {
    const keyOf = (environment: Record<string, string>): string | undefined => {
      const [problem] = problemsOf({ tree, environment, words: { sockets: ["x11"] } });
      assert.equal(problem?.line, 7);
      return problem?.key;
    };
    assert.equal(keyOf({}), "plan.x11-no-display");
    assert.equal(keyOf({ DISPLAY: "other.host:0" }), "plan.x11-not-local");
    assert.equal(keyOf({ DISPLAY: ":7" }), "plan.x11-absent");
  });
});

describe("sockets=wayland and fallback-x11", () => {
  const x11 = { "/tmp/.X11-unix/X0": "socket" };
  const wayland = { "/run/user/1000/wayland-1": "socket" };

  it("wayland gives the compositor's socket, and tells that it is the plain one", () => {
    const plan = goodPlanOf({ tree: wayland, environment: { WAYLAND_DISPLAY: "wayland-1" }, words: { sockets: ["wayland"] } });
    assert.ok(plan.operations.some((one) => one.kind === "bind" && one.from === "/run/user/1000/wayland-1" && one.to === "/run/flatpak/wayland-0"));
    assert.equal(plan.environment.set.get("WAYLAND_DISPLAY")?.value, "wayland-0");
    assert.deepEqual(
      plan.lowerLevels.map(({ name }) => name),
      ["wayland-plain-socket"],
    );
  });

  it("wayland gives a socket of the app's own where the compositor serves one, and never the plain one beside it", () => {
    const plan = goodPlanOf({
      tree: wayland,
      environment: { WAYLAND_DISPLAY: "wayland-1" },
      words: { sockets: ["wayland"] },
      compositor: "security-context",
    });
    assert.ok(
      plan.operations.some((one) => one.kind === "wayland-context" && one.compositor === "/run/user/1000/wayland-1" && one.to === "/run/flatpak/wayland-0"),
    );
    assert.ok(!plan.operations.some((one) => one.kind === "bind" && one.from === "/run/user/1000/wayland-1"));
    assert.deepEqual(plan.lowerLevels, []);
  });

  it("a compositor that died is none, and one that says nothing is told", () => {
    const run = (compositor: "dead" | "silent", sockets: readonly string[]): FakeRun => ({
      tree: { ...x11, ...wayland },
      environment: { DISPLAY: ":0", WAYLAND_DISPLAY: "wayland-1" },
      words: { sockets },
      compositor,
    });
    assert.ok(targets(run("dead", ["wayland", "fallback-x11"])).includes("/tmp/.X11-unix/X99"));
    assert.deepEqual(
      problemsOf(run("dead", ["wayland"])).map(({ key }) => key),
      ["plan.wayland-absent"],
    );
    assert.deepEqual(
      problemsOf(run("silent", ["wayland"])).map(({ key }) => key),
      ["plan.wayland-silent"],
    );
  });

  it("fallback-x11 gives X11 only where the host has no Wayland, also beside a plain x11", () => {
    const has = (tree: FakeRun["tree"], sockets: readonly string[]): boolean =>
      targets({ ...(tree === undefined ? {} : { tree }), environment: { DISPLAY: ":0", WAYLAND_DISPLAY: "wayland-1" }, words: { sockets } }).includes(
        "/tmp/.X11-unix/X99",
      );
    assert.equal(has({ ...x11, ...wayland }, ["wayland", "fallback-x11"]), false);
    assert.equal(has(x11, ["wayland", "fallback-x11"]), true);
    assert.equal(has({ ...x11, ...wayland }, ["wayland", "fallback-x11", "x11"]), false);
  });

  it("start with one of them, and tell nothing of the other", () => {
    assert.deepEqual(noticesOf({ tree: x11, environment: { DISPLAY: ":0" }, words: { sockets: ["wayland", "x11"] } }), []);
    assert.deepEqual(noticesOf({ tree: { "/run/user/1000/wayland-0": "socket" }, words: { sockets: ["wayland", "x11"] } }), []);
  });

  it("do not start with neither", () => {
    assert.deepEqual(
      problemsOf({ words: { sockets: ["wayland", "fallback-x11"] } })
        .map(({ key }) => key)
        .sort(),
      ["plan.wayland-absent", "plan.x11-no-display"],
    );
  });

  it("follow conditions: x11 if not has-wayland", () => {
    const words = { sockets: ["if:x11:!has-wayland"] };
    assert.ok(targets({ tree: x11, environment: { DISPLAY: ":0" }, words }).includes("/tmp/.X11-unix/X99"));
    assert.ok(!targets({ tree: { ...x11, "/run/user/1000/wayland-0": "socket" }, environment: { DISPLAY: ":0" }, words }).includes("/tmp/.X11-unix/X99"));
  });

  it("take an unknown condition for one that does not hold, negated or not", () => {
    for (const condition of ["has-tea", "!has-tea"])
      assert.ok(!targets({ tree: x11, environment: { DISPLAY: ":0" }, words: { sockets: [`if:x11:${condition}`] } }).includes("/tmp/.X11-unix/X99"));
  });
});

describe("devices=", () => {
  it("dri gives what there is of graphics devices, and a line where there is none", () => {
    assert.deepEqual(
      targets({ tree: { "/dev/dri": "root:directory", "/dev/nvidiactl": "root:character" }, words: { devices: ["dri"] } }).filter((to) =>
        to.startsWith("/dev/"),
      ),
      ["/dev/dri", "/dev/nvidiactl"],
    );
    assert.deepEqual(noticesOf({ words: { devices: ["dri"] } }), ["plan.dri-absent"]);
  });

  it("all gives the host's /dev without its shared memory and message queues", () => {
    const plan = goodPlanOf({ tree: { "/dev/mqueue": "root:directory" }, words: { devices: ["all"] } });
    const devices = plan.operations.filter(({ to }) => to === "/dev" || to.startsWith("/dev/")).map(({ kind, to }) => `${kind} ${to}`);
    assert.deepEqual(devices, ["bind /dev", "tmpfs /dev/shm", "tmpfs /dev/mqueue"]);
  });

  it("shm gives the host's shared memory, also beside all", () => {
    for (const devices of [["shm"], ["all", "shm"]]) {
      const last = goodPlanOf({ words: { devices } })
        .operations.filter(({ to }) => to === "/dev/shm")
        .at(-1);
      assert.ok(last?.kind === "bind" && last.access === "rw");
    }
  });

  it("denied after being granted gives nothing", () => {
    assert.ok(!targets({ tree: { "/dev/dri": "root:directory" }, words: { devices: ["!dri"] } }).includes("/dev/dri"));
  });
});

describe("filesystems=", () => {
  it("is refused to root where it would make the host writable", () => {
    const caller = { uid: 0, gid: 0 };
    for (const word of ["host", "host-root", "host-etc", "host-os"]) {
      assert.ok(
        problemsOf({ caller, words: { filesystems: [word] } }).some(({ key }) => key === "plan.root-writable-host"),
        word,
      );
    }
  });

  it("never gives the runtime directory, a parent of it, or the private places in it", () => {
    const tree = {
      "/run/user/1000/gnupg": "directory",
      "/run/user/1000/tsbox": "directory",
      "/run/user/1000/keyring": "directory",
      "/run/user/1000/fine": "socket",
    };
    for (const place of ["/run/user/1000", "/run/user", "/run", "xdg-run/gnupg", "xdg-run/tsbox/broker-1", "xdg-run/keyring:ro"]) {
      assert.deepEqual(
        noticesOf({ tree, words: { filesystems: [place] } }).filter((key) => key === "plan.reserved"),
        ["plan.reserved"],
        place,
      );
    }
    assert.ok(targets({ tree, words: { filesystems: ["xdg-run/fine"] } }).includes("/run/user/1000/fine"));
  });

  it("covers X11's sockets where the host's /tmp is granted", () => {
    const { operations } = goodPlanOf({
      tree: {
        "/tmp/.X11-unix/X0": "socket",
        ...Object.fromEntries(
          ["share/tsbox", "share/flatpak", "share/applications", "share/dbus-1", "bin", "state/tsbox"].map((name) => [`/home/ada/.local/${name}`, "directory"]),
        ),
        "/home/ada/.config/tsbox": "directory",
        "/home/ada/.cache/tsbox": "directory",
      },
      words: { filesystems: ["/tmp"] },
    });
    const at = (kind: string, to: string): number => operations.findIndex((one) => one.kind === kind && one.to === to);
    assert.ok(at("bind", "/tmp") >= 0 && at("tmpfs", "/tmp/.X11-unix") > at("bind", "/tmp"));
  });
});

describe("what Flatpak knows and is not given yet", () => {
  it("is told in one line each, with the place it stands", () => {
    const words = { sockets: ["inherit-wayland-socket"], features: ["multiarch", "per-app-dev-shm"] };
    assert.deepEqual(
      noticesOf({ words }),
      Array.from({ length: 3 }, () => "plan.not-given"),
    );
  });

  it("is not told where it is denied: that holds by itself", () => {
    assert.deepEqual(noticesOf({ words: { sockets: ["!pulseaudio"], systemBus: { "org.freedesktop.UPower": "none" } } }), []);
  });
});

describe("a manifest", () => {
  it("that names no command or a runtime that is not here is refused", () => {
    assert.equal(problemsOf({ manifest: { command: null } })[0]?.key, "plan.no-command");
    assert.equal(
      problemsOf({
        manifest: { runtime: { value: "org.gnome.Platform/x86_64/47", origin: { layer: "manifest", file: "/m.ini", line: 3, column: 1, text: "" } } },
      })[0]?.line,
      3,
    );
  });

  it("that names a snap or a set-uid program is refused, with its line", () => {
    const keyOf = (tree: FakeRun["tree"]): string | undefined => problemsOf({ tree: tree ?? {} })[0]?.key;
    assert.equal(
      keyOf({ "/usr/bin/app": "root:-> /snap/bin/app", "/snap/bin/app": "root:-> /usr/bin/snap", "/usr/bin/snap": "root:file" }),
      "plan.snap-program",
    );
    assert.equal(keyOf({ "/usr/bin/app": "root:set-uid" }), "plan.set-uid-program");
    assert.ok(planOf({ tree: { "/usr/bin/app": "root:file" } }).ok);
  });
});
