// Devices by what they are for, by Flatpak's words, and the sockets of helpers: what each gives, and what it says where there is none.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DeviceFact, DeviceUse } from "../../launcher/host/facts.ts";
import { type FakeRun, goodPlanOf, noticesOf } from "../plan/fake-host.ts";

const targets = (run: FakeRun): readonly string[] => goodPlanOf(run).operations.map(({ to }) => to);

describe("[X-Tsbox Devices] allow=", () => {
  const device = (use: DeviceUse, node: string, id = ""): DeviceFact => ({
    use,
    node,
    id,
    name: "",
    source: { path: node, type: "character", dev: 5n, ino: BigInt(node.length), mode: 0o660, uid: 0, target: null, writable: true },
  });
  const devices = [
    device("camera", "/dev/video0"),
    device("gamepad", "/dev/input/event7"),
    device("gamepad", "/dev/input/js0"),
    device("fido", "/dev/hidraw3"),
    device("serial", "/dev/ttyUSB0", "ttyUSB0"),
    device("serial", "/dev/ttyUSB1", "ttyUSB1"),
    device("usb", "/dev/bus/usb/001/002", "1050:0407"),
    device("usb", "/dev/bus/usb/001/003", "046d:c52b"),
    device("compute", "/dev/kfd"),
  ];
  const nodes = (deviceUses: readonly string[], more: FakeRun["words"] = {}): readonly string[] =>
    goodPlanOf({ devices, words: { deviceUses, ...more } }).operations.flatMap((one) => (one.kind === "bind" && one.access === "dev" ? [one.to] : []));

  it("gives each use just its own nodes", () => {
    assert.deepEqual(nodes(["camera"]), ["/dev/video0"]);
    assert.deepEqual(nodes(["gamepad"]), ["/dev/input/event7", "/dev/input/js0"]);
    assert.deepEqual(nodes(["fido"]), ["/dev/hidraw3"]);
    assert.deepEqual(nodes(["compute"]), ["/dev/kfd"]);
    assert.deepEqual(nodes(["serial:ttyUSB1"]), ["/dev/ttyUSB1"]);
    assert.deepEqual(nodes(["usb:1050:0407"]), ["/dev/bus/usb/001/002"]);
    assert.deepEqual(nodes(["usb:1050:0407", "usb:046d:c52b", "camera"]), ["/dev/video0", "/dev/bus/usb/001/002", "/dev/bus/usb/001/003"]);
    assert.deepEqual(nodes(["!camera"]), []);
    assert.deepEqual(nodes([]), []);
  });

  it("tells what is not here, and starts", () => {
    assert.deepEqual(noticesOf({ devices, words: { deviceUses: ["usb:dead:beef", "camera"] } }), ["plan.device-use-absent"]);
  });

  it("smartcard is the daemon's socket, once", () => {
    const tree = { "/run/pcscd/pcscd.comm": "root:socket" };
    const binds = (words: FakeRun["words"]): number => targets({ tree, words: words ?? {} }).filter((to) => to === "/run/pcscd/pcscd.comm").length;
    assert.deepEqual(
      [binds({ deviceUses: ["smartcard"] }), binds({ sockets: ["pcsc"] }), binds({ deviceUses: ["smartcard"], sockets: ["pcsc"] }), binds({})],
      [1, 1, 1, 0],
    );
  });
});

describe("devices=kvm, input and usb", () => {
  it("give one node or folder each, and a notice where it is not there", () => {
    const tree = { "/dev/kvm": "root:character", "/dev/input": "root:directory", "/dev/bus/usb": "root:directory" };
    for (const [name, path] of [
      ["kvm", "/dev/kvm"],
      ["input", "/dev/input"],
      ["usb", "/dev/bus/usb"],
    ] as const) {
      assert.deepEqual(
        targets({ tree, words: { devices: [name] } }).filter((to) => to in tree),
        [path],
      );
      assert.deepEqual(noticesOf({ words: { devices: [name] } }), ["plan.device-here-absent"]);
    }
  });
});

describe("sockets of helpers", () => {
  it("show the caller's agent, print server and card daemon at one place inside", () => {
    const tree = {
      "/tmp/ssh-x/agent.1": "socket",
      "/run/user/1000/gnupg/S.gpg-agent": "socket",
      "/run/cups/cups.sock": "root:socket",
      "/run/pcscd/pcscd.comm": "root:socket",
    };
    const plan = goodPlanOf({ tree, environment: { SSH_AUTH_SOCK: "/tmp/ssh-x/agent.1" }, words: { sockets: ["ssh-auth", "gpg-agent", "cups", "pcsc"] } });
    const places = plan.operations.flatMap((one) => (one.kind === "bind" && one.from in tree ? [[one.from, one.to, one.access]] : []));
    assert.deepEqual(places, [
      ["/run/cups/cups.sock", "/run/cups/cups.sock", "ro"],
      ["/tmp/ssh-x/agent.1", "/run/flatpak/ssh-auth", "ro"],
      ["/run/user/1000/gnupg/S.gpg-agent", "/run/user/1000/gnupg/S.gpg-agent", "ro"],
      ["/run/pcscd/pcscd.comm", "/run/pcscd/pcscd.comm", "ro"],
    ]);
    assert.deepEqual(
      [plan.environment.set.get("SSH_AUTH_SOCK")?.value, plan.environment.set.get("CUPS_SERVER")?.value],
      ["/run/flatpak/ssh-auth", "/run/cups/cups.sock"],
    );
    const none = goodPlanOf({ tree, environment: { SSH_AUTH_SOCK: "/tmp/ssh-x/agent.1" }, words: {} });
    assert.ok(!none.environment.set.has("SSH_AUTH_SOCK") && !none.environment.pass.has("SSH_AUTH_SOCK"));
    assert.deepEqual(
      none.operations.filter((one) => one.kind === "bind" && one.from in tree),
      [],
    );
  });

  it("are not given through a link that an app could have made, which might lead to the session bus", () => {
    const bus = "/run/user/1000/bus";
    for (const [variable, link] of [
      ["GNUPGHOME", "/home/ada/.gnupg/S.gpg-agent"],
      ["SSH_AUTH_SOCK", "/tmp/ssh-x/agent.1"],
    ] as const) {
      const environment = variable === "SSH_AUTH_SOCK" ? { SSH_AUTH_SOCK: link } : {};
      const words = { sockets: [variable === "SSH_AUTH_SOCK" ? "ssh-auth" : "gpg-agent"] };
      const tree = { [bus]: "socket", [link]: `-> ${bus}` };
      const plan = goodPlanOf({ tree, environment, words });
      assert.deepEqual(
        plan.operations.filter((one) => one.kind === "bind" && one.from === bus),
        [],
        link,
      );
      assert.deepEqual(noticesOf({ tree, environment, words }), ["plan.helper-behind-a-link"]);
    }
  });

  it("are told where they are not, and the program starts", () => {
    assert.deepEqual(noticesOf({ words: { sockets: ["ssh-auth", "gpg-agent", "cups", "pcsc"] } }), [
      "plan.helper-absent",
      "plan.helper-unnamed",
      "plan.helper-absent",
      "plan.helper-absent",
    ]);
  });
});
