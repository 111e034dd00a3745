// The programs of the catalogue that are played.
import { MACHINES } from "./programs/machines.ts";
import { NETWORK_PROGRAMS } from "./programs/network.ts";
import { OFFICE } from "./programs/office.ts";
import { PICTURE_PROGRAMS } from "./programs/pictures.ts";
import { PLAYERS } from "./programs/sound.ts";
import { TERMINALS } from "./programs/terminals.ts";
import { BROWSERS } from "./programs/browsers.ts";
import { EDITORS } from "./programs/editors.ts";
import { VIEWERS } from "./programs/viewers.ts";
import type { Program } from "./program.ts";

export const PROGRAMS: readonly Program[] = [
  ...EDITORS,
  ...OFFICE,
  ...PICTURE_PROGRAMS,
  ...VIEWERS,
  ...TERMINALS,
  ...PLAYERS,
  ...MACHINES,
  ...BROWSERS,
  ...NETWORK_PROGRAMS,
];
