// The words of `[X-Tsbox Devices] allow=`: what each is, and which are well-formed. Data.
import type { NamedList } from "./entries.ts";

/** `bare`: the word alone. Else the form of what follows its colon, and how a text shows it. */
export const DEVICE_WORDS: Readonly<Record<string, { readonly form: RegExp; readonly shown: string } | "bare">> = {
  compute: "bare",
  camera: "bare",
  gamepad: "bare",
  fido: "bare",
  smartcard: "bare",
  serial: { form: /^tty(?:USB|ACM|AMA|THS|SAC|mxc|S)\d{1,3}$/, shown: "serial:ttyUSB0" },
  usb: { form: /^[0-9a-f]{4}:[0-9a-f]{4}$/, shown: "usb:1050:0407" },
};

/** Words of Flatpak's lists that give what a device's use gives. */
export const WIDER_THAN_USE: Readonly<Record<string, readonly (readonly [NamedList, string])[]>> = {
  compute: [["devices", "all"]],
  camera: [["devices", "all"]],
  gamepad: [
    ["devices", "input"],
    ["devices", "all"],
  ],
  fido: [["devices", "all"]],
  smartcard: [["sockets", "pcsc"]],
  serial: [["devices", "all"]],
  usb: [
    ["devices", "usb"],
    ["devices", "all"],
  ],
};

export const SHOWN_DEVICE_WORDS: readonly string[] = Object.entries(DEVICE_WORDS).map(([word, rest]) => (rest === "bare" ? word : rest.shown));

/** The kind that a word belongs to, or null where it is none. */
export function deviceKindOf(word: string): string | null {
  const colon = word.indexOf(":");
  const kind = colon < 0 ? word : word.slice(0, colon);
  const rest = Object.hasOwn(DEVICE_WORDS, kind) ? DEVICE_WORDS[kind] : undefined;
  if (rest === undefined) return null;
  return rest === "bare" ? (colon < 0 ? kind : null) : colon >= 0 && rest.form.test(word.slice(colon + 1)) ? kind : null;
}
