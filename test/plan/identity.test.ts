// The text of /.flatpak-info, and the policy of the session bus.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseKeyfile } from "../../launcher/manifest/keyfile.ts";
import { goodPlanOf, messageBusOf, GUARDED_HOME } from "./fake-host.ts";

const BUS = { "/run/user/1000/bus": "socket" };

function value(text: string, group: string, key: string): string | undefined {
  const lines = text.split("\n");
  const start = lines.indexOf(`[${group}]`);
  const end = lines.findIndex((line, index) => index > start && line.startsWith("["));
  const found = start < 0 ? undefined : lines.slice(start, end < 0 ? undefined : end).find((line) => line.startsWith(`${key}=`));
  return found?.slice(key.length + 1);
}

describe("/.flatpak-info", () => {
  it("names the app, and leaves the instance's number open", () => {
    const { identity } = goodPlanOf({});
    assert.equal(value(identity, "Application", "name"), "org.example.App");
    assert.equal(value(identity, "Instance", "instance-id"), "@INSTANCE@");
    assert.equal(value(identity, "Instance", "instance-path"), "/home/ada/.var/app/org.example.App");
  });

  it("holds the context flattened: denials dropped, conditions kept", () => {
    const { identity } = goodPlanOf({
      words: { shared: ["network", "!ipc"], sockets: ["if:x11:!has-wayland"], devices: ["dri"], filesystems: ["home-all", "xdg-music:ro", "!~/x"] },
      tree: { ...GUARDED_HOME, "/run/user/1000/wayland-0": "socket" },
    });
    assert.equal(value(identity, "Context", "shared"), "network;");
    assert.equal(value(identity, "Context", "sockets"), "x11;if:x11:!has-wayland;");
    assert.equal(value(identity, "Context", "filesystems"), "home;xdg-music:ro;");
  });

  it("says whether the session bus is filtered", () => {
    assert.equal(value(goodPlanOf({ tree: BUS }).identity, "Instance", "session-bus-proxy"), "true");
    assert.equal(value(goodPlanOf({ tree: BUS, words: { sockets: ["session-bus"] } }).identity, "Instance", "session-bus-proxy"), "false");
  });

  it("survives values with line breaks, backslashes and semicolons as a keyfile", () => {
    const { identity } = goodPlanOf({
      words: { environment: { ODD: "a\nb\\c;[Group]\nname=evil", EMPTY: "" }, persistent: ["a;b"] },
      tree: { "/home/ada/.var/app/org.example.App/a;b": "directory" },
    });
    assert.equal(value(identity, "Environment", "ODD"), "a\\nb\\\\c;[Group]\\nname=evil");
    assert.equal(value(identity, "Context", "persistent"), "a\\;b;");
    const parsed = parseKeyfile("/.flatpak-info", new TextEncoder().encode(identity));
    assert.ok(parsed.ok);
  });
});

describe("the policy of the session bus", () => {
  const policyOf = (sessionBus: Record<string, "none" | "see" | "talk" | "own">, caller = {}) => {
    const bus = messageBusOf(goodPlanOf({ tree: BUS, words: { sessionBus }, caller }), "session");
    assert.ok(bus !== undefined);
    return bus.policy;
  };

  it("lets the app own its id and its media player's name", () => {
    assert.deepEqual(
      policyOf({}).names.map(({ name, level }) => `${level} ${name}`),
      ["own org.example.App.*", "own org.mpris.MediaPlayer2.org.example.App.*"],
    );
  });

  it("gives what the manifest names, with its line, and makes no rule of `none`", () => {
    const { names } = policyOf({ "org.a.See": "see", "org.a.Talk": "talk", "org.a.None": "none" });
    assert.deepEqual(
      names.slice(2).map(({ name, level }) => `${level} ${name}`),
      ["see org.a.See", "talk org.a.Talk"],
    );
    assert.match(names[2]?.because ?? "", /org\.example\.App\.ini:7: org\.a\.See=see$/);
  });

  it("hides what runs programs outside, unless the manifest names it itself", () => {
    const hidden = (names: Record<string, "see" | "talk">) => policyOf(names).hidden.map(({ name }) => name);
    assert.ok(hidden({ "org.freedesktop.*": "talk" }).includes("org.freedesktop.Flatpak.*"));
    assert.ok(!hidden({ "org.freedesktop.Flatpak": "talk" }).includes("org.freedesktop.Flatpak.*"));
    assert.ok(hidden({ "org.freedesktop.*": "talk", "org.freedesktop.systemd1": "see" }).includes("org.freedesktop.systemd1"), "to see it is not to use it");
    assert.ok(hidden({ "org.freedesktop.portal.Flatpak": "talk" }).includes("org.freedesktop.portal.Flatpak"), "this one always");
  });

  it("knows no portals without a runtime directory, as they could not tell who calls", () => {
    const policy = policyOf({}, { runtimeDirectoryIsFallback: true });
    assert.deepEqual([policy.calls, policy.broadcasts], [[], []]);
    assert.ok(policy.hidden.some(({ name }) => name === "org.freedesktop.portal.*"));
  });

  it("filters nothing with sockets=session-bus, and still goes through the connector", () => {
    const plan = goodPlanOf({ tree: BUS, words: { sockets: ["session-bus"] } });
    assert.equal(messageBusOf(plan, "session")?.policy.filter, false);
    assert.ok(plan.operations.some(({ kind }) => kind === "listen"));
  });

  it("is absent with --no-session-bus, and so is the variable", () => {
    const plan = goodPlanOf({ tree: BUS, options: { sessionBus: false }, environment: { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" } });
    assert.deepEqual(plan.buses, []);
    assert.ok(!plan.environment.set.has("DBUS_SESSION_BUS_ADDRESS") && !plan.environment.pass.has("DBUS_SESSION_BUS_ADDRESS"));
  });
});

describe("a denied bus name", () => {
  const hiddenOf = (sessionBus: Readonly<Record<string, "none" | "see" | "talk" | "own">>): readonly string[] =>
    (messageBusOf(goodPlanOf({ tree: BUS, words: { sessionBus } }), "session")?.policy.hidden ?? []).map(({ name }) => name);

  it("stays hidden below a granted wildcard", () => {
    assert.ok(hiddenOf({ "org.example.Service.*": "talk", "org.example.Service.Secret": "none" }).includes("org.example.Service.Secret"));
  });

  it("is hidden where only the portals' own rule would show it", () => {
    assert.ok(hiddenOf({ "org.freedesktop.portal.*": "none" }).includes("org.freedesktop.portal.*"));
  });

  it("gives way, as a wildcard, to a name below it that the same layer grants, and to the app's own id", () => {
    assert.ok(!hiddenOf({ "org.example.Service.*": "none", "org.example.Service.One": "talk" }).includes("org.example.Service.*"));
    assert.ok(!hiddenOf({ "org.example.*": "none" }).includes("org.example.*"));
  });
});
