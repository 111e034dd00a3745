// What is done with a program of the catalogue, as data: its document, the keys, what must then be found outside, and which line of its manifest is needed for it. Kinds of
// programs that are all played in the same way have a maker here.
import { existsSync } from "node:fs";
import { LETTER, TURNED } from "../../support/desktop.ts";
import { crop, findPatches, patchesAsPng, readPicture, shootX } from "../../support/picture.ts";
import type { Running } from "../../support/process.ts";
import type { Session } from "../../support/session.ts";
import type { SoundServer } from "../../support/sound.ts";
import type { AppWindow } from "../../support/window.ts";
import { patchesAsPdf } from "./documents.ts";

export interface Program {
  readonly id: string;
  /** Of Debian. */
  readonly packages: readonly string[];
  /** Where one manifest is played with several kinds of documents: which one this is. */
  readonly part?: string;
  /** In the home folder, with the content that it has before. */
  readonly document?: { readonly path: string; readonly content: string | Uint8Array };
  /** Part of the title of its window. */
  readonly title: string;
  readonly arguments?: readonly string[];
  /** Whether a sound server runs beside it. */
  readonly sounds?: boolean;
  /** What must be there first: a server, a profile. */
  prepare?(session: Session): Promise<Prepared>;
  /** Milliseconds from its window to the first key. */
  readonly patience?: number;
  act(bed: Bed): Promise<void>;
  /** A file that it makes, in the home folder; it is not there before. */
  readonly makes?: string;
  /** The change, seen outside. */
  isDone(bed: Bed): boolean | Promise<boolean>;
  /** What is taken away; with each the change does not arrive. */
  readonly needs: readonly Need[];
}

export interface Prepared {
  /** Of the program, after the others. */
  readonly arguments?: readonly string[];
  /** What a server was sent so far. */
  received?(): string;
  close?(): void;
}

/** What a program is played with. */
export interface Bed {
  readonly session: Session;
  readonly window: AppWindow;
  /** The document's, or of the file that it makes. */
  readonly path: string;
  readonly prepared: Prepared;
  readonly sound: SoundServer | undefined;
  /** The program, as `tsbox run`. */
  readonly run: Running;
}

export interface Need {
  /** Options of `run` that take one permission away, or the line of the manifest, where no option takes it away. */
  readonly without: string;
  /** Where the document lies for it, in place of the program's usual one; with the permission it is changed there too. */
  readonly at?: string;
}

export const DISPLAY: Need = { without: "--nosocket=wayland --nosocket=fallback-x11" };
export const DOCUMENTS: Need = { without: "--nofilesystem=xdg-documents" };
export const PICTURES: Need = { without: "--nofilesystem=xdg-pictures" };
const TYPED = "typed inside ";

/** And saves it. */
export async function typeAtStart(window: AppWindow): Promise<void> {
  await window.press("ctrl+Home");
  await window.type(TYPED);
  await window.press("ctrl+s");
}

export type Editor = Pick<Program, "id" | "packages"> & Partial<Program>;

/** Opens a letter, types at its start and saves. */
export function editor(wishes: Editor): Program {
  return {
    document: { path: "Documents/letter.txt", content: LETTER },
    title: "letter.txt",
    act: ({ window }) => typeAtStart(window),
    isDone: ({ session, path }) => session.read(path).startsWith(TYPED),
    needs: [DISPLAY, DOCUMENTS],
    ...wishes,
  };
}

/** Opens a picture, turns it a quarter and saves it in its place. */
export function pictureEditor({ turn, save = ["ctrl+s"], ...wishes }: Editor & { readonly turn: string; readonly save?: readonly string[] }): Program {
  return {
    document: { path: "Pictures/patches.png", content: patchesAsPng() },
    title: "patches",
    async act({ window }) {
      await window.press(turn);
      await window.press(...save);
    },
    isDone: async ({ session, path }) => findPatches(await readPicture(session, path), TURNED) !== undefined,
    needs: [DISPLAY, PICTURES],
    ...wishes,
  };
}

/** Shows a page with four patches; reads and changes nothing. `sidebar`: what is left of the page in its window, in pixels. */
export function documentViewer({ sidebar = 0, ...wishes }: Editor & { readonly sidebar?: number }): Program {
  return {
    document: { path: "Documents/patches.pdf", content: patchesAsPdf() },
    title: "patches",
    act: () => Promise.resolve(),
    async isDone({ session, window }) {
      // Not in its frame: some show a small page as the window's icon.
      const { x, y, width, height } = await window.place();
      return findPatches(crop(await shootX(session), x + sidebar, y, width - sidebar, height)) !== undefined;
    },
    needs: [DISPLAY, DOCUMENTS, { without: "--nofilesystem=xdg-download", at: "Downloads/patches.pdf" }],
    ...wishes,
  };
}

/** Runs a command in it that writes a file. */
export function terminal(wishes: Editor): Program {
  return {
    title: "",
    makes: "Documents/note.txt",
    async act({ window }) {
      await window.type("echo written in the terminal > Documents/note.txt");
      await window.press("Return");
    },
    isDone: ({ session, path }) => existsSync(path) && session.read(path) === "written in the terminal\n",
    needs: [DISPLAY, DOCUMENTS],
    ...wishes,
  };
}
