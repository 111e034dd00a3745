// A desktop as users have one: a session bus, an X server with a window manager, and a folder with a picture of four patches and a letter.
import { startBus } from "./bus.ts";
import { type Picture, PATCHES, type Colour, findPatches, patchesAsPng, readPicture, shootX } from "./picture.ts";
import { waitFor } from "./process.ts";
import type { Session } from "./session.ts";
import { startXvfb } from "./xvfb.ts";

export const LETTER = "first line\n";
/** The patches after a quarter turn clockwise. */
export const TURNED: readonly [Colour, Colour, Colour, Colour] = [PATCHES[2], PATCHES[0], PATCHES[3], PATCHES[1]];

export interface Desk {
  readonly picture: string;
  readonly letter: string;
}

/** The folder is `~/desk`; programs get it by `filesystems=~/desk`. */
export async function furnishDesktop(session: Session): Promise<Desk> {
  await startBus(session);
  await startXvfb(session, { windowManager: true });
  session.environment["GSK_RENDERER"] = "cairo";
  return furnishDesk(session);
}

export function furnishDesk(session: Session): Desk {
  return { picture: session.write("desk/patches.png", patchesAsPng()), letter: session.write("desk/letter.txt", LETTER) };
}

/** Waits until the four patches are on the screen as one square; `part` narrows the search. */
export function waitForPatches(session: Session, patches: readonly Colour[] = PATCHES, part: (screen: Picture) => Picture = (screen) => screen) {
  return waitFor("the patches on the screen", async () => findPatches(part(await shootX(session)), patches), 20_000);
}

/** Waits until the picture's file, read outside, holds the patches. */
export function waitForFile(session: Session, path: string, patches: readonly Colour[]) {
  return waitFor(`the patches in ${path}`, async () => findPatches(await readPicture(session, path), patches), 10_000);
}
