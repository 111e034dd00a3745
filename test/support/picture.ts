// Pictures with coloured patches: made for programs to open, and found again in a screenshot.
import { readFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";
import type { Session } from "./session.ts";

export type Colour = readonly [red: number, green: number, blue: number];

export interface Picture {
  readonly width: number;
  readonly height: number;
  at(x: number, y: number): Colour;
}

/** Edges of a patch, both inside it. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Pixels of the colour between the edges. */
  readonly count: number;
}

/** Colours that no theme uses, in the order top left, top right, bottom left, bottom right. */
export const PATCHES: readonly [Colour, Colour, Colour, Colour] = [
  [230, 20, 60],
  [20, 200, 90],
  [40, 60, 220],
  [240, 210, 30],
];
/** Side of one patch in the picture, in pixels. */
export const PATCH_SIDE = 60;

/** The four patches as a PNG file of 2 by 2. */
export function patchesAsPng(patches: readonly Colour[] = PATCHES): Uint8Array {
  const side = 2 * PATCH_SIDE;
  const rows = Buffer.alloc(side * (1 + 3 * side));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const colour = patches[(y < PATCH_SIDE ? 0 : 2) + (x < PATCH_SIDE ? 0 : 1)] ?? [0, 0, 0];
      rows.set(colour, y * (1 + 3 * side) + 1 + 3 * x);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body) >>> 0, body.length + 4);
  return framed;
}

/** A binary pixmap (P6, 255 levels). */
export function decodePixmap(bytes: Uint8Array): Picture {
  const data = Buffer.from(bytes);
  const header = /^P6\s+(?:#[^\n]*\n)*(\d+)\s+(\d+)\s+255\s/.exec(data.subarray(0, 200).toString("latin1"));
  if (header === null) throw new Error("not a P6 pixmap");
  const [whole, width, height] = [header[0].length, Number(header[1]), Number(header[2])];
  return {
    width,
    height,
    at(x, y) {
      const at = whole + 3 * (y * width + x);
      return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    },
  };
}

/** Any picture file, read outside by ImageMagick. */
export async function readPicture(session: Session, path: string): Promise<Picture> {
  const copy = `${session.scratch}/read.ppm`;
  const result = await session.run(["/usr/bin/convert", path, "-depth", "8", `ppm:${copy}`]);
  if (result.status !== 0) throw new Error(result.stderr);
  return decodePixmap(readFileSync(copy));
}

/** The whole screen of the session's X display. */
export async function shootX(session: Session): Promise<Picture> {
  const file = `${session.scratch}/screen.ppm`;
  const result = await session.run(["import", "-silent", "-window", "root", "-depth", "8", `ppm:${file}`]);
  if (result.status !== 0) throw new Error(result.stderr);
  return decodePixmap(readFileSync(file));
}

/** A part of a picture, as a picture. */
export function crop(picture: Picture, left: number, top: number, width: number, height: number): Picture {
  return { width: Math.min(width, picture.width - left), height: Math.min(height, picture.height - top), at: (x, y) => picture.at(left + x, top + y) };
}

const NEAR = 12;

export function isNear(a: Colour, b: Colour): boolean {
  return Math.abs(a[0] - b[0]) <= NEAR && Math.abs(a[1] - b[1]) <= NEAR && Math.abs(a[2] - b[2]) <= NEAR;
}

/** Where a colour is, or undefined where fewer than `least` pixels have it. */
export function findColour(picture: Picture, colour: Colour, least = 400): Box | undefined {
  let [left, top, right, bottom, count] = [picture.width, picture.height, -1, -1, 0];
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      if (!isNear(picture.at(x, y), colour)) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      count++;
    }
  }
  return count < least ? undefined : { left, top, right, bottom, count };
}

/** The boxes of the four colours where each is one solid square and they meet as the picture says: 2 by 2, nothing between. Else undefined. */
export function findPatches(picture: Picture, patches: readonly Colour[] = PATCHES): readonly [Box, Box, Box, Box] | undefined {
  const boxes = patches.map((colour) => findColour(picture, colour)).filter((box) => box !== undefined);
  const [a, b, c, d] = boxes;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  const isSolid = boxes.every((box) => box.count > 0.9 * (box.right - box.left + 1) * (box.bottom - box.top + 1));
  const meets = (first: number, second: number): boolean => Math.abs(second - first) <= 4;
  const isSquare =
    meets(a.right, b.left) && meets(c.right, d.left) && meets(a.bottom, c.top) && meets(b.bottom, d.top) && meets(a.left, c.left) && meets(a.top, b.top);
  return isSolid && isSquare ? [a, b, c, d] : undefined;
}
