// Whether a program of the catalogue is heard.
import { setTimeout as wait } from "node:timers/promises";
import type { Heard } from "../../support/sound.ts";
import type { Bed } from "./program.ts";

/** In hertz; what a program is given to play. */
export const TONE = 440;
const LONG_ENOUGH = 1_500;

/** Whether it plays the tone. */
export async function heardTone(bed: Bed): Promise<boolean> {
  return Math.abs(((await listen(bed)).hertz ?? 0) - TONE) <= 5;
}

export async function heardAnything(bed: Bed): Promise<boolean> {
  return (await listen(bed)).hertz !== null;
}

/** For a while, at the sound server's output. */
async function listen({ sound }: Bed): Promise<Heard> {
  const recording = await sound?.record();
  await wait(LONG_ENOUGH);
  return (await recording?.stop()) ?? { hertz: null, seconds: 0 };
}
