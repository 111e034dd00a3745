// sockets=pulseaudio: which server is found, what the app gets of it, and what it is told where there is none.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FakeRun, goodPlanOf, planOf } from "../plan/fake-host.ts";

const OWN = "/run/user/1000/pulse/native";
const words = { sockets: ["pulseaudio"] };
const soundOf = (run: FakeRun) => goodPlanOf({ words, ...run }).buses.find(({ name }) => name === "pulse");

function noticesOf(run: FakeRun): readonly string[] {
  const planned = planOf({ words, ...run });
  assert.ok(planned.ok);
  return planned.value.notices;
}

describe("the sound server", () => {
  it("is not there without a grant, and neither are the host's variables", () => {
    const plan = goodPlanOf({ tree: { [OWN]: "socket" }, environment: { PULSE_SERVER: `unix:${OWN}` } });
    assert.deepEqual(plan.buses, []);
    assert.ok(!plan.environment.set.has("PULSE_SERVER") && !plan.environment.pass.has("PULSE_SERVER"));
  });

  it("is a listening socket, a client file without shared memory, and never the host's socket or /dev/snd", () => {
    const plan = goodPlanOf({ words, tree: { [OWN]: "socket", "/dev/snd": "root:directory" } });
    const targets = plan.operations.map((operation) => `${operation.kind} ${operation.to}`);
    assert.ok(targets.includes("listen /run/flatpak/pulse/native") && targets.includes("symlink /run/user/1000/pulse"));
    assert.ok(!plan.operations.some((operation) => operation.kind === "bind" && (operation.from === OWN || operation.from === "/dev/snd")));
    const file = plan.operations.find(({ to }) => to === "/run/flatpak/pulse/config");
    assert.ok(file?.kind === "data" && Buffer.from(file.bytes).toString().includes("enable-shm=no"));
    assert.equal(plan.environment.set.get("PULSE_SERVER")?.value, "unix:/run/flatpak/pulse/native");
  });

  it("is playback alone unless more is said", () => {
    const tree = { [OWN]: "socket" };
    const appId = "org.example.App";
    assert.deepEqual(soundOf({ tree })?.policy, { appId, playback: true, microphone: false, monitor: false });
    const audio = { playback: false, monitor: true };
    assert.deepEqual(soundOf({ tree, words: { ...words, audio } })?.policy, { appId, playback: false, microphone: false, monitor: true });
  });

  it("is found where libpulse finds it", () => {
    const tree = { "/run/other": "socket", [OWN]: "socket", "/run/pulse/native": "socket", "/tmp/pr/native": "socket" };
    const at = (run: FakeRun) => soundOf({ tree, ...run })?.address;
    assert.equal(at({}), OWN);
    assert.equal(at({ environment: { PULSE_SERVER: "{abc}/run/other" } }), "/run/other");
    assert.equal(at({ environment: { PULSE_RUNTIME_PATH: "/tmp/pr" } }), "/tmp/pr/native");
    assert.equal(at({ tree: { "/run/pulse/native": "socket" } }), "/run/pulse/native");
    const configured = { ...tree, "/home/ada/.config/pulse/client.conf": "file:; mine\ndefault-server = unix:/run/pulse/native\n" };
    assert.equal(at({ tree: configured }), "/run/pulse/native");
  });

  it("that is missing or another machine's is told in one line, and the app runs", () => {
    assert.match(noticesOf({})[0] ?? "", /no sound server at `\/run\/user\/1000\/pulse\/native`/);
    assert.match(noticesOf({ environment: { PULSE_SERVER: "tcp:far" } })[0] ?? "", /`tcp:far` is no sound server of this machine/);
  });

  it("cannot be had by granting the folder of its socket", () => {
    const plan = goodPlanOf({ words: { filesystems: ["xdg-run/pulse"] }, tree: { [OWN]: "socket" } });
    assert.ok(!plan.operations.some((operation) => operation.to.startsWith("/run/user/1000/pulse")));
  });
});

describe("PipeWire's own socket", () => {
  const [SOCKET, MANAGER] = ["/run/user/1000/pipewire-0", "/run/user/1000/pipewire-0-manager"];
  const tree = { [SOCKET]: "socket", [MANAGER]: "socket" } as const;
  const granted = { filesystems: ["xdg-run/pipewire-0", SOCKET] };
  const bound = (run: FakeRun): readonly string[] =>
    goodPlanOf({ tree, ...run }).operations.flatMap((operation) => (operation.kind === "bind" && /pipewire/.test(operation.from) ? [operation.from] : []));

  it("is a filter's, once, with what the app may do with sound", () => {
    const plan = goodPlanOf({ words: { ...granted, audio: { microphone: true } }, tree });
    assert.deepEqual(
      plan.buses.map(({ name, address, policy }) => [name, address, policy]),
      [["pipewire", SOCKET, { appId: "org.example.App", playback: true, microphone: true, monitor: false }]],
    );
    assert.ok(plan.operations.some(({ kind, to }) => kind === "listen" && to === "/run/flatpak/pipewire-0"));
    assert.deepEqual(bound({ words: granted }), []);
  });

  it("is there as it is where the user accepted that, and the sockets beside it only then", () => {
    const accepted = { ...granted, accepted: ["pipewire-plain-socket"] };
    assert.deepEqual(bound({ words: accepted }), [SOCKET]);
    assert.deepEqual(goodPlanOf({ words: accepted, tree }).buses, []);
    const manager = { filesystems: ["xdg-run/pipewire-0-manager"] };
    assert.match(noticesOf({ words: manager, tree })[0] ?? "", /pipewire-0-manager` is not given/);
    assert.deepEqual([bound({ words: manager }), goodPlanOf({ words: manager, tree }).buses], [[], []]);
  });

  it("is told from the other servers by its place among them, which listening sockets and policies share", () => {
    const words = { ...granted, sockets: ["pulseaudio"], systemBus: { "org.freedesktop.UPower": "talk" } } as const;
    const others = {
      "/run/user/1000/pulse/native": "socket",
      "/run/dbus": "root:directory",
      "/run/dbus/system_bus_socket": "socket",
      "/run/user/1000/bus": "socket",
    } as const;
    const plan = goodPlanOf({ words, tree: { ...tree, ...others }, environment: { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" } });
    const listening = plan.operations.flatMap((operation) => (operation.kind === "listen" ? [operation.name] : []));
    assert.deepEqual([...listening].sort(), ["pipewire", "pulse", "session", "system"]);
    assert.deepEqual(
      plan.buses.map(({ name }) => name),
      listening,
    );
  });
});
