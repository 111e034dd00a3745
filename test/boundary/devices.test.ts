// Devices by what they are for, with nodes made in a mount namespace of the test's own: a camera, a game controller beside a keyboard, a security key beside a
// mouse, two USB devices. All nodes are /dev/null's: what is shown is which of them are inside. Made as root, used by the ordinary user.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { ordinaryAccount } from "../support/account.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Namespace, openNamespace } from "../support/namespace.ts";
import { findTsbox, makeApp } from "../support/sandbox.ts";

const NODES = ["video0", "input/event3", "input/event7", "input/js0", "hidraw0", "hidraw1", "bus/usb/001/002", "bus/usb/001/003", "ttyUSB0", "ttyUSB1", "kvm"];
const SYS: Readonly<Record<string, string>> = {
  "class/video4linux/video0/name": "Webcam",
  "class/input/event3/device/name": "Keyboard",
  "class/input/js0/device/name": "Pad",
  "class/input/js0/device/event7/dev": "13:71",
  "class/hidraw/hidraw0/device/report_descriptor": "\\005\\001\\011\\002",
  "class/hidraw/hidraw1/device/report_descriptor": "\\006\\320\\361\\011",
  "bus/usb/devices/1-1/idVendor": "1050",
  "bus/usb/devices/1-1/idProduct": "0407",
  "bus/usb/devices/1-1/busnum": "1",
  "bus/usb/devices/1-1/devnum": "2",
  "bus/usb/devices/1-2/idVendor": "046d",
  "bus/usb/devices/1-2/idProduct": "c52b",
  "bus/usb/devices/1-2/busnum": "1",
  "bus/usb/devices/1-2/devnum": "3",
};

/** A script for root: the made devices over the host's. */
function makeDevices(): string {
  const folders = ["/sys/class/video4linux", "/sys/class/input", "/sys/class/hidraw", "/sys/bus/usb/devices"];
  const lines = [
    "mkdir -p $SCRATCH/dev && mount -t tmpfs -o mode=755 tmpfs $SCRATCH/dev && cd $SCRATCH/dev",
    "for node in null zero full random urandom tty; do : > $node; mount --bind /dev/$node $node; done",
    "mkdir pts shm && mount --bind /dev/pts pts && chmod 1777 shm && ln -s pts/ptmx ptmx && ln -s /proc/self/fd fd",
    ...NODES.map((node) => `mkdir -p $(dirname ${node}); mknod -m 666 ${node} c 1 3`),
    "mount --move $SCRATCH/dev /dev",
    // Where the machine has none of a kind, there is no folder to cover: then the whole of what lies above is.
    "mount -t tmpfs tmpfs /sys/class; mkdir -p /sys/class/net; mount -t tmpfs tmpfs /sys/bus",
    ...folders.map((folder) => `mkdir -p ${folder}`),
    ...Object.entries(SYS).map(([path, text]) => `mkdir -p $(dirname /sys/${path}); printf '${text}' > /sys/${path}`),
  ];
  return lines.join("\n");
}

if (process.getuid?.() === 0 && ordinaryAccount().uid !== 0) {
  inOrdinarySession("made devices", (session) => {
    let tsbox: string;
    let host: Namespace;
    before(async () => {
      tsbox = await findTsbox(session());
      host = await openNamespace(session(), makeDevices());
    });

    /** Which of the nodes an app with this context has, and whether each opens. */
    async function inside(id: string, context: string): Promise<readonly string[]> {
      await makeApp(session(), id, `command=sh\n[Context]\n${context}`);
      return seenBy(id);
    }

    async function seenBy(id: string, ...options: readonly string[]): Promise<readonly string[]> {
      const look = `for node in ${NODES.join(" ")}; do if [ -e /dev/$node ]; then (: <> /dev/$node) && echo $node; fi; done`;
      // With the network shared /sys is the host's, here the made one: the kernel gives no new sysfs where a part of the old one is covered.
      const outcome = await host.run([tsbox, "run", "--share=network", "--command=sh", ...options, id, "-c", look]);
      assert.equal(outcome.status, 0, outcome.stderr);
      return outcome.stdout
        .trim()
        .split("\n")
        .filter((line) => line !== "");
    }

    it("are all there outside", async () => {
      const outcome = await host.run(["sh", "-c", `for node in ${NODES.join(" ")}; do (: <> /dev/$node) && echo $node; done`]);
      assert.deepEqual(outcome.stdout.trim().split("\n"), NODES, outcome.stderr);
    });

    it("are inside one by one, by what they are for", async () => {
      const own = (words: string): string => `[X-Tsbox Devices]\nallow=${words}\n`;
      assert.deepEqual(await inside("org.example.None", ""), []);
      assert.deepEqual(await inside("org.example.Camera", own("camera")), ["video0"]);
      assert.deepEqual(await inside("org.example.Pad", own("gamepad")), ["input/event7", "input/js0"], "the keyboard is not among them");
      assert.deepEqual(await inside("org.example.Fido", own("fido")), ["hidraw1"], "the mouse is not among them");
      assert.deepEqual(await inside("org.example.Usb", own("usb:1050:0407;serial:ttyUSB1")), ["bus/usb/001/002", "ttyUSB1"]);
      assert.deepEqual(await inside("org.example.Flatpak", "devices=kvm;input;usb;\n"), [
        "input/event3",
        "input/event7",
        "input/js0",
        "bus/usb/001/002",
        "bus/usb/001/003",
        "kvm",
      ]);
    });

    it("are a game's of the catalogue where they are controllers, and are not without its line", async () => {
      const game = "org.supertuxproject.SuperTux";
      // There is no screen here.
      const dark = ["--nosocket=wayland", "--nosocket=fallback-x11"];
      assert.deepEqual(await seenBy(game, ...dark), ["input/event7", "input/js0"]);
      assert.deepEqual(await seenBy(game, ...dark, "--disallow-device=gamepad"), []);
    });

    it("are listed with the word that gives them and the apps that have it", async () => {
      const outcome = await host.run([tsbox, "devices", "--json"]);
      assert.equal(outcome.status, 0, outcome.stderr);
      const rows = JSON.parse(outcome.stdout) as readonly { readonly device: string; readonly word: string; readonly name: string; readonly apps: string }[];
      const row = (device: string) => rows.find((one) => one.device === device && one.word.startsWith("allow="));
      assert.deepEqual(row("/dev/video0"), { device: "/dev/video0", word: "allow=camera", name: "Webcam", apps: "org.example.Camera" });
      assert.deepEqual(row("/dev/bus/usb/001/003")?.word, "allow=usb:046d:c52b");
      // The catalogue's games have it too.
      const examples = row("/dev/input/js0")
        ?.apps.split(", ")
        .filter((id) => id.startsWith("org.example."));
      assert.deepEqual(examples, ["org.example.Flatpak", "org.example.Pad"]);
      assert.equal(row("/dev/input/event3"), undefined, "a keyboard has no word of its own");
    });
  });
}
