// The devices of this host by what they are for, as /dev and /sys tell. Reads; changes nothing.
//
// A keyboard and a game controller are the same kind of node, and so are a security key and a mouse of the hidraw kind: what they are is read from the kernel.
import type { DeviceFact, DeviceUse, PathFact } from "./facts.ts";
import { lookAt, thisProcess } from "./look.ts";
import { readNames, readText } from "./read.ts";

/** Where to look: the host's own, or a test's. */
export interface DeviceRoots {
  readonly dev: string;
  readonly sys: string;
}

const HOST: DeviceRoots = { dev: "/dev", sys: "/sys" };
/** HID usage page 0xF1D0 (FIDO Alliance), the first item of an authenticator's report descriptor: CTAP, section 11.2.8.1. */
const FIDO_USAGE_PAGE = [0x06, 0xd0, 0xf1];
/** Serial ports behind which there is a device of its own; of `ttyS*` only those with hardware. */
const SERIAL = /^tty(?:USB|ACM|AMA|THS|SAC|mxc|S)\d+$/;

interface Found {
  readonly use: DeviceUse;
  /** Below /dev. */
  readonly node: string;
  readonly name: string;
  readonly id?: string;
}

/** Each node with one use; a node with two is there twice. Sorted by use and node. */
export function listDevices(roots: DeviceRoots = HOST): readonly DeviceFact[] {
  const looker = thisProcess();
  const found = [...byName(roots), ...cameras(roots), ...gamepads(roots), ...securityKeys(roots), ...serialPorts(roots), ...usbDevices(roots)];
  const facts = found.flatMap(({ use, node, name, id }) => {
    const source: PathFact | null = lookAt(`${roots.dev}/${node}`, looker);
    return source?.type === "character" ? [{ use, node: `/dev/${node}`, name, id: id ?? "", source }] : [];
  });
  return facts.sort((one, other) => (`${one.use} ${one.node}` < `${other.use} ${other.node}` ? -1 : 1));
}

const NAMED: readonly { readonly use: DeviceUse; readonly folder: string; readonly pattern: RegExp; readonly name: string }[] = [
  { use: "dri", folder: "dri", pattern: /^(?:card|renderD)\d+$/, name: "graphics" },
  { use: "dri", folder: "", pattern: /^nvidia(?:ctl|-modeset|-uvm|\d+)$/, name: "NVIDIA graphics" },
  { use: "compute", folder: "dri", pattern: /^renderD\d+$/, name: "graphics, for computing" },
  { use: "compute", folder: "", pattern: /^(?:kfd|nvidia(?:ctl|-uvm|-uvm-tools|\d+))$/, name: "computing" },
  { use: "compute", folder: "accel", pattern: /^accel\d+$/, name: "computing" },
  { use: "compute", folder: "nvidia-caps", pattern: /^nvidia-cap\d+$/, name: "computing" },
  { use: "kvm", folder: "", pattern: /^kvm$/, name: "virtual machines" },
];

function byName({ dev }: DeviceRoots): readonly Found[] {
  return NAMED.flatMap(({ use, folder, pattern, name }) =>
    (readNames(folder === "" ? dev : `${dev}/${folder}`) ?? [])
      .filter((one) => pattern.test(one))
      .map((one) => ({ use, node: folder === "" ? one : `${folder}/${one}`, name })),
  );
}

function lineOf(path: string): string {
  const bytes = readText(path);
  return bytes === null ? "" : (new TextDecoder().decode(bytes).split("\n")[0] ?? "").trim();
}

/** Video nodes, and the media controllers and sub-devices that libcamera drives them by. */
function cameras({ dev, sys }: DeviceRoots): readonly Found[] {
  return (readNames(dev) ?? [])
    .filter((name) => /^(?:video|media|v4l-subdev)\d+$/.test(name))
    .map((name) => ({
      use: "camera",
      node: name,
      name: lineOf(`${sys}/class/video4linux/${name}/name`) || lineOf(`${sys}/class/media/${name}/device/product`),
    }));
}

/** The kernel's joydev knows a controller from a keyboard: what has a `jsN` is one, and so is the event node of the same device. */
function gamepads({ sys }: DeviceRoots): readonly Found[] {
  const controllers = (readNames(`${sys}/class/input`) ?? []).filter((name) => /^js\d+$/.test(name));
  return controllers.flatMap((controller): readonly Found[] => {
    const device = `${sys}/class/input/${controller}/device`;
    const name = lineOf(`${device}/name`);
    const events = (readNames(device) ?? []).filter((one) => /^event\d+$/.test(one));
    return [controller, ...events].map((one) => ({ use: "gamepad", node: `input/${one}`, name }));
  });
}

function securityKeys({ sys }: DeviceRoots): readonly Found[] {
  return (readNames(`${sys}/class/hidraw`) ?? []).flatMap((node): readonly Found[] => {
    const descriptor = readText(`${sys}/class/hidraw/${node}/device/report_descriptor`);
    if (descriptor === null || !FIDO_USAGE_PAGE.every((byte, index) => descriptor[index] === byte)) return [];
    const said = new TextDecoder().decode(readText(`${sys}/class/hidraw/${node}/device/uevent`) ?? new Uint8Array());
    return [{ use: "fido", node, name: /^HID_NAME=(.*)$/m.exec(said)?.[1] ?? "" }];
  });
}

function serialPorts({ dev, sys }: DeviceRoots): readonly Found[] {
  return (readNames(dev) ?? [])
    .filter((name) => SERIAL.test(name))
    .flatMap((name): readonly Found[] => {
      // The kernel makes as many as it was built for; type 0 is a port without hardware.
      const isEmpty = /^ttyS\d+$/.test(name) && ["", "0"].includes(lineOf(`${sys}/class/tty/${name}/type`));
      return isEmpty ? [] : [{ use: "serial", node: name, name: lineOf(`${sys}/class/tty/${name}/device/interface`), id: name }];
    });
}

function usbDevices({ sys }: DeviceRoots): readonly Found[] {
  const folder = `${sys}/bus/usb/devices`;
  return (readNames(folder) ?? []).flatMap((one): readonly Found[] => {
    const read = (name: string): string => lineOf(`${folder}/${one}/${name}`);
    const vendor = read("idVendor");
    const bus = read("busnum");
    // An interface has none.
    if (vendor === "" || bus === "") return [];
    const node = `bus/usb/${bus.padStart(3, "0")}/${read("devnum").padStart(3, "0")}`;
    return [{ use: "usb", node, name: `${read("manufacturer")} ${read("product")}`.trim(), id: `${vendor}:${read("idProduct")}` }];
  });
}
