// The system bus and the accessibility bus: when they are given, from where, and with which policy.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FakeRun, goodPlanOf, messageBusOf, noticesOf, problemsOf } from "../plan/fake-host.ts";

const targets = (run: FakeRun): readonly string[] => goodPlanOf(run).operations.map(({ to }) => to);

describe("the system bus", () => {
  const tree = { "/run/dbus": "root:directory", "/run/dbus/system_bus_socket": "socket", "/run/other": "socket" } as const;
  const bus = (run: FakeRun) => messageBusOf(goodPlanOf(run), "system");

  it("is not there for an app that asks for no name on it", () => {
    assert.equal(bus({ tree }), undefined);
    assert.ok(!targets({ tree }).includes("/run/dbus/system_bus_socket"));
  });

  it("is filtered where the manifest names a service, with the names and nothing else", () => {
    const words = { systemBus: { "org.freedesktop.UPower": "talk", "org.freedesktop.login1": "see" } } as const;
    const { policy, address } = bus({ tree, words }) as NonNullable<ReturnType<typeof bus>>;
    assert.equal(address, "/run/dbus/system_bus_socket");
    assert.equal(policy.filter, true);
    assert.deepEqual(
      policy.names.map(({ name, level }) => `${name}=${level}`),
      ["org.freedesktop.UPower=talk", "org.freedesktop.login1=see"],
    );
    assert.deepEqual([policy.calls, policy.broadcasts, policy.hidden], [[], [], []]);
    const plan = goodPlanOf({ tree, words });
    assert.equal(plan.environment.set.get("DBUS_SYSTEM_BUS_ADDRESS")?.value, "unix:path=/run/dbus/system_bus_socket");
  });

  it("is there, and shows no name, where every entry denies, as with Flatpak", () => {
    assert.deepEqual(bus({ tree, words: { systemBus: { "org.freedesktop.UPower": "none" } } })?.policy.names, []);
  });

  it("is whole with sockets=system-bus, and still behind the bus process", () => {
    const run = { tree, words: { sockets: ["system-bus"] } };
    assert.equal(bus(run)?.policy.filter, false);
    assert.ok(goodPlanOf(run).operations.some((one) => one.kind === "listen" && one.name === "system"));
  });

  it("is the one that DBUS_SYSTEM_BUS_ADDRESS names", () => {
    const words = { sockets: ["system-bus"] };
    assert.equal(bus({ tree, words, environment: { DBUS_SYSTEM_BUS_ADDRESS: "unix:path=/run/other" } })?.address, "/run/other");
    assert.equal(bus({ tree, words, environment: { DBUS_SYSTEM_BUS_ADDRESS: "unix:abstract=x" } })?.address, "@x");
    for (const [address, key] of [
      ["unix:path=/run/gone", "plan.system-bus-dead"],
      ["tcp:host=a", "plan.system-bus-unusable"],
    ] as const)
      assert.equal(problemsOf({ tree, words, environment: { DBUS_SYSTEM_BUS_ADDRESS: address } })[0]?.key, key);
  });

  it("that this machine does not have is told, and the app runs without", () => {
    for (const words of [{ sockets: ["system-bus"] }, { systemBus: { "org.freedesktop.UPower": "talk" } }] as const)
      assert.deepEqual(noticesOf({ words }), ["plan.system-bus-absent"]);
    assert.deepEqual(noticesOf({ words: { systemBus: { "org.freedesktop.UPower": "none" } } }), []);
  });
});

describe("rules about single messages", () => {
  const tree = { "/run/user/1000/bus": "socket" } as const;
  const calls = (run: FakeRun) => messageBusOf(goodPlanOf(run), "session")?.policy.calls.map(({ name, rule }) => `${name} ${rule}`) ?? [];

  it("and named sets are part of the bus's policy, each with its line", () => {
    const words = { busRules: ["org.example.A=call i.j.M", "org.example.A=call * arg0=x"], busSets: ["screensaver-inhibit"] } as const;
    const found = calls({ tree, words });
    for (const one of ["org.example.A i.j.M", "org.example.A  arg0=x", "org.freedesktop.ScreenSaver org.freedesktop.ScreenSaver.Inhibit@/ScreenSaver"])
      assert.ok(found.includes(one), one);
    const because = messageBusOf(goodPlanOf({ tree, words }), "session")?.policy.calls.find(({ name }) => name === "org.freedesktop.ScreenSaver")?.because;
    assert.match(because ?? "", /org\.example\.App\.ini:7: sets=screensaver-inhibit$/);
    assert.deepEqual(noticesOf({ tree, words }), []);
  });

  it("on a name that stays hidden are told to give nothing", () => {
    for (const words of [
      { busRules: ["org.freedesktop.systemd1=call i.j.M"] },
      { busSets: ["notifications"], sessionBus: { "org.freedesktop.Notifications": "none" } },
    ] as const)
      assert.deepEqual(noticesOf({ tree, words }), ["plan.bus-rule-hidden"]);
  });
});

describe("the accessibility bus", () => {
  const tree = { "/run/user/1000/at-spi": "directory", "/run/user/1000/at-spi/bus_0": "socket", "/run/user/1000/at-spi/bus": "socket" } as const;
  const bus = (run: FakeRun) => messageBusOf(goodPlanOf(run), "a11y");

  it("is given where assistive technology runs, whatever the manifest says", () => {
    assert.equal(bus({ tree, environment: { DISPLAY: ":0.0" } })?.address, "/run/user/1000/at-spi/bus_0");
    assert.equal(bus({ tree, environment: { DISPLAY: ":7" } })?.address, "/run/user/1000/at-spi/bus");
    assert.equal(bus({ tree, environment: { AT_SPI_BUS_ADDRESS: "unix:abstract=a11y" } })?.address, "@a11y");
    const { set } = goodPlanOf({ tree }).environment;
    assert.equal(set.get("AT_SPI_BUS_ADDRESS")?.value, "unix:path=/run/flatpak/at-spi-bus");
    assert.ok(!set.has("NO_AT_BRIDGE") && !set.has("GTK_A11Y"));
  });

  it("is not given where none runs or --no-a11y-bus says so, and toolkits are told", () => {
    const runs: FakeRun[] = [
      {},
      { tree, options: { accessibilityBus: false } },
      { environment: { AT_SPI_BUS_ADDRESS: "unix:path=/gone" } },
      { environment: { AT_SPI_BUS_ADDRESS: "tcp:host=a" } },
    ];
    for (const run of runs) {
      assert.equal(bus(run), undefined);
      assert.equal(goodPlanOf(run).environment.set.get("NO_AT_BRIDGE")?.value, "1");
    }
  });

  it("lets the app talk to the registry alone, and hear no other program come and go", () => {
    const { policy } = bus({ tree }) as NonNullable<ReturnType<typeof bus>>;
    assert.deepEqual([policy.filter, policy.sloppyNames, policy.names], [true, false, []]);
    assert.deepEqual([...new Set([...policy.calls, ...policy.broadcasts].map(({ name }) => name))], ["org.a11y.atspi.Registry"]);
    assert.ok(policy.calls.every(({ rule }) => /^org\.a11y\.atspi\.[A-Za-z]+\.[A-Za-z]+@\/org\/a11y\/atspi\/[a-z/]+(?: arg0own)?$/.test(rule)));
  });
});
