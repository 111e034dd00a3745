// Pictures of the user's screen, by the programs that take them where no backend of the desktop does: grim (and slurp to choose) on compositors of wlroots' kind, maim, scrot
// or ImageMagick's import on X11, where grabc picks a colour.
import { accessSync, constants, readFileSync, rmSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { findProgram, runOutside } from "./host-program.ts";

/** Red, green and blue, each from 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number];

export interface PictureTaker {
  readonly program: string;
  /** Into a file that is not there yet. `chosen`: of the part that the user chooses; absent where he cannot. False: none was taken. */
  take(instance: PortalInstance, file: string, cancelled: AbortSignal): Promise<boolean>;
  readonly takeChosen?: PictureTaker["take"];
  /** Of the point that the user clicks at; undefined where he picks none. `file` may be used, and is not there afterwards. */
  readonly pickColour?: (instance: PortalInstance, file: string, cancelled: AbortSignal) => Promise<Colour | undefined>;
}

/** Compositors that let any program of the user's take pictures (wlr-screencopy), by XDG_CURRENT_DESKTOP. The others ask by a backend of their own. */
const WLROOTS = new Set(["sway", "wlroots", "hyprland", "river", "labwc", "wayfire", "phosh", "cage", "dwl"]);

/** Of X11, in the order of preference: words before the file, for the whole screen and for a part that the user chooses. */
const X11: readonly (readonly [program: string, whole: readonly string[], chosen: readonly string[]])[] = [
  ["maim", [], ["-s"]],
  ["scrot", [], ["-s"]],
  ["import", ["-silent", "-window", "root"], ["-silent"]],
];

/** Undefined where this session has none. */
export function findPictureTaker(instance: PortalInstance): PictureTaker | undefined {
  const { environment } = instance.origin;
  const find = (name: string): string | undefined => findProgram(instance, name, isProgram);
  if (environment["WAYLAND_DISPLAY"]) {
    const desktops = (environment["XDG_CURRENT_DESKTOP"] ?? "").toLowerCase().split(":");
    const grim = desktops.some((desktop) => WLROOTS.has(desktop)) ? find("grim") : undefined;
    return grim === undefined ? undefined : ofWlroots(grim, find("slurp"));
  }
  if (!environment["DISPLAY"]) return undefined;
  for (const [name, whole, chosen] of X11) {
    const program = find(name);
    if (program !== undefined) return ofX11(program, whole, chosen, find("grabc"));
  }
  return undefined;
}

function ofWlroots(grim: string, slurp: string | undefined): PictureTaker {
  const take = (words: readonly string[]): PictureTaker["take"] => succeeds([grim, ...words]);
  if (slurp === undefined) return { program: grim, take: take([]) };
  const choose = async (instance: PortalInstance, cancelled: AbortSignal, ...words: string[]): Promise<string | undefined> => {
    const { status, output } = await runOutside(instance, [slurp, ...words], { cancelled, limit: 0 });
    return status === 0 ? /^-?\d+,-?\d+ \d+x\d+$/m.exec(output)?.[0] : undefined;
  };
  return {
    program: grim,
    take: take([]),
    async takeChosen(instance, file, cancelled) {
      const area = await choose(instance, cancelled);
      return area !== undefined && take(["-g", area])(instance, file, cancelled);
    },
    async pickColour(instance, file, cancelled) {
      const point = await choose(instance, cancelled, "-p");
      if (point === undefined || !(await take(["-t", "ppm", "-g", point])(instance, file, cancelled))) return undefined;
      try {
        return firstOfPixmap(readFileSync(file));
      } finally {
        rmSync(file, { force: true });
      }
    },
  };
}

function ofX11(program: string, whole: readonly string[], chosen: readonly string[], grabc: string | undefined): PictureTaker {
  const pickColour: PictureTaker["pickColour"] = async (instance, _, cancelled) => {
    const { status, output } = await runOutside(instance, [grabc as string, "-hex"], { cancelled, limit: 0 });
    const parts = status === 0 ? /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/im.exec(output) : null;
    return parts === null ? undefined : (parts.slice(1).map((part) => Number.parseInt(part, 16) / 255) as unknown as Colour);
  };
  return {
    program,
    take: succeeds([program, ...whole]),
    takeChosen: succeeds([program, ...chosen]),
    ...(grabc === undefined ? {} : { pickColour }),
  };
}

function succeeds(argv: readonly [string, ...string[]]): PictureTaker["take"] {
  return async (instance, file, cancelled) => (await runOutside(instance, [...argv, file], { cancelled, limit: 0 })).status === 0;
}

/** The first pixel of a binary pixmap (netpbm, "PPM": P6) of 255 steps. */
function firstOfPixmap(bytes: Uint8Array): Colour | undefined {
  const head = /^P6\s+\d+\s+\d+\s+255\s/.exec(Buffer.from(bytes.subarray(0, 64)).toString("latin1"))?.[0];
  const pixel = head === undefined ? [] : [...bytes.subarray(head.length, head.length + 3)];
  return pixel.length === 3 ? (pixel.map((part) => part / 255) as unknown as Colour) : undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
