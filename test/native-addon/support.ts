// Loads the built addon for the tests of this folder and counts this process' descriptors.
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { type Addon, loadAddon } from "../../native/addon.ts";

export function builtAddon(): Addon {
  return loadAddon(resolve("build/tsbox.node"));
}

/** How many descriptors this process holds; the listing's own one is counted each time alike. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

export function bytes(text: string): Buffer {
  return Buffer.from(text, "utf8");
}
