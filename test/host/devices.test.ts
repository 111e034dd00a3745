// The inventory of devices, on made folders: nodes by mknod(1), which lets anyone make the one that is no device at all (0:0), and files as the kernel writes them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { listDevices } from "../../launcher/host/door.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "tsbox-devices.")));
after(() => rmSync(folder, { recursive: true }));
const roots = { dev: join(folder, "dev"), sys: join(folder, "sys") };

function node(path: string): void {
  const place = join(roots.dev, path);
  mkdirSync(dirname(place), { recursive: true });
  execFileSync("mknod", [place, "c", "0", "0"]);
}

function sys(path: string, content: string | Uint8Array = ""): void {
  const place = join(roots.sys, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
}

/** A keyboard's first item is usage page 1 (generic desktop). */
const KEYBOARD = [0x05, 0x01, 0x09, 0x06, 0xa1, 0x01];
const AUTHENTICATOR = [0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01];

describe("the inventory of devices", () => {
  it("tells each node's use, and leaves out what has none", () => {
    for (const path of ["null", "sda", "dri/card0", "dri/renderD128", "kfd", "kvm", "nvidia0", "nvidia-caps/nvidia-cap1", "video0", "media0"]) node(path);
    for (const path of ["input/event3", "input/event7", "input/js0", "input/mice", "hidraw0", "hidraw1", "ttyS0", "ttyS1", "ttyUSB0", "tty1"]) node(path);
    for (const path of ["bus/usb/001/002", "bus/usb/001/009"]) node(path);
    writeFileSync(join(roots.dev, "video1"), "a file and no node");
    sys("class/video4linux/video0/name", "HD Webcam\n");
    sys("class/input/event3/device/name", "AT keyboard\n");
    sys("class/input/js0/device/name", "Pad\n");
    sys("class/input/js0/device/event7/dev", "13:71\n");
    sys("class/hidraw/hidraw0/device/report_descriptor", Uint8Array.from(KEYBOARD));
    sys("class/hidraw/hidraw1/device/report_descriptor", Uint8Array.from(AUTHENTICATOR));
    sys("class/hidraw/hidraw1/device/uevent", "DRIVER=hid-generic\nHID_NAME=Yubico YubiKey\n");
    sys("class/tty/ttyS0/type", "4\n");
    sys("class/tty/ttyS1/type", "0\n");
    for (const [name, value] of Object.entries({ idVendor: "1050", idProduct: "0407", busnum: "1", devnum: "2", manufacturer: "Yubico", product: "YubiKey" }))
      sys(`bus/usb/devices/1-1/${name}`, `${value}\n`);
    sys("bus/usb/devices/1-1:1.0/bInterfaceClass", "03\n");
    assert.deepEqual(
      listDevices(roots).map(({ use, node: path, name, id }) => [use, path, name, id].join(" ").trim()),
      [
        "camera /dev/media0",
        "camera /dev/video0 HD Webcam",
        "compute /dev/dri/renderD128 graphics, for computing",
        "compute /dev/kfd computing",
        "compute /dev/nvidia-caps/nvidia-cap1 computing",
        "compute /dev/nvidia0 computing",
        "dri /dev/dri/card0 graphics",
        "dri /dev/dri/renderD128 graphics",
        "dri /dev/nvidia0 NVIDIA graphics",
        "fido /dev/hidraw1 Yubico YubiKey",
        "gamepad /dev/input/event7 Pad",
        "gamepad /dev/input/js0 Pad",
        "kvm /dev/kvm virtual machines",
        "serial /dev/ttyS0  ttyS0",
        "serial /dev/ttyUSB0  ttyUSB0",
        "usb /dev/bus/usb/001/002 Yubico YubiKey 1050:0407",
      ],
    );
  });

  it("is empty where nothing is", () => {
    assert.deepEqual(listDevices({ dev: join(folder, "none"), sys: join(folder, "none") }), []);
  });
});
