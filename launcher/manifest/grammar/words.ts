// The words that Flatpak knows in the four named lists, and the conditions that `if:` can name.
import type { NamedList } from "../../permissions/entries.ts";

export const NAMED_WORDS: Readonly<Record<NamedList, readonly string[]>> = {
  shared: ["network", "ipc"],
  sockets: ["x11", "wayland", "pulseaudio", "session-bus", "system-bus", "fallback-x11", "ssh-auth", "pcsc", "cups", "gpg-agent", "inherit-wayland-socket"],
  devices: ["dri", "all", "kvm", "shm", "input", "usb"],
  features: ["devel", "multiarch", "bluetooth", "canbus", "per-app-dev-shm"],
};

export const CONDITIONS: readonly string[] = ["true", "false", "has-input-device", "has-usb-device", "has-wayland", "has-usb-portal"];

/** Words that give what another word of the same list gives, and more: a limit on the key cuts these too, or it would not hold. */
export const WIDER_WORDS: Readonly<Record<NamedList, Readonly<Record<string, readonly string[]>>>> = {
  shared: {},
  sockets: { x11: ["fallback-x11"], wayland: ["inherit-wayland-socket"] },
  devices: { dri: ["all"], kvm: ["all"], shm: ["all"], input: ["all"], usb: ["all"] },
  features: {},
};
