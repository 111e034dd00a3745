// What is done with each program of the catalogue, as data: its document, the keys, what must then be found outside, and which line of its manifest is needed for it.
import { existsSync } from "node:fs";
import { LETTER, TURNED } from "../../support/desktop.ts";
import { findPatches, PATCHES, patchesAsPng, readPicture, shootX } from "../../support/picture.ts";
import type { Session } from "../../support/session.ts";
import type { AppWindow } from "../../support/window.ts";

export interface Program {
  readonly id: string;
  /** Of Debian. */
  readonly packages: readonly string[];
  /** In the home folder, with the content that it has before. */
  readonly document?: { readonly path: string; readonly content: string | Uint8Array };
  /** Part of the title of its window. */
  readonly title: string;
  readonly arguments?: readonly string[];
  /** Milliseconds from its window to the first key. */
  readonly patience?: number;
  act(window: AppWindow): Promise<void>;
  /** A file that it makes, in the home folder; it is not there before. */
  readonly makes?: string;
  /** The change, seen outside; `path` is the document's, or of the file that it makes. */
  isDone(session: Session, path: string): boolean | Promise<boolean>;
  /** Options of `run` that take one permission away; with each the change does not arrive. */
  readonly needs: readonly string[];
}

const DISPLAY = "--nosocket=wayland --nosocket=fallback-x11";
const DOCUMENTS = "--nofilesystem=xdg-documents";
const PICTURES = "--nofilesystem=xdg-pictures";
const TYPED = "typed inside ";

type Editor = Pick<Program, "id" | "packages"> & Partial<Program>;

/** Opens a letter, types at its start and saves. */
function editor(wishes: Editor): Program {
  return {
    document: { path: "Documents/letter.txt", content: LETTER },
    title: "letter.txt",
    async act(window) {
      await window.press("ctrl+Home");
      await window.type(TYPED);
      await window.press("ctrl+s");
    },
    isDone: (session, path) => session.read(path).startsWith(TYPED),
    needs: [DISPLAY, DOCUMENTS],
    ...wishes,
  };
}

/** Opens a picture, turns it a quarter and saves it in its place. */
function pictureViewer({ turn, ...wishes }: Editor & { readonly turn: string }): Program {
  return {
    document: { path: "Pictures/patches.png", content: patchesAsPng() },
    title: "patches",
    async act(window) {
      await window.press(turn);
      await window.press("ctrl+s");
    },
    isDone: async (session, path) => findPatches(await readPicture(session, path), TURNED) !== undefined,
    needs: [DISPLAY, PICTURES],
    ...wishes,
  };
}

/** Shows a page with four patches; reads and changes nothing. */
function documentViewer(wishes: Editor): Program {
  return {
    document: { path: "Documents/patches.pdf", content: patchesAsPdf() },
    title: "patches",
    act: () => Promise.resolve(),
    isDone: async (session) => findPatches(await shootX(session)) !== undefined,
    needs: [DISPLAY, DOCUMENTS],
    ...wishes,
  };
}

/** One page of nothing but the patches (PDF 1.7, 8.5.2: `re` a rectangle, `f` fills it). */
function patchesAsPdf(): string {
  const patches = PATCHES.map((colour, index) => {
    const [x, y] = [(index % 2) * 150, index < 2 ? 150 : 0];
    return `${colour.map((value) => (value / 255).toFixed(4)).join(" ")} rg ${x} ${y} 150 150 re f`;
  }).join("\n");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R >>",
    `<< /Length ${patches.length} >>\nstream\n${patches}\nendstream`,
  ];
  const offsets: number[] = [];
  let text = "%PDF-1.7\n";
  for (const [index, object] of objects.entries()) {
    offsets.push(text.length);
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  return `${text}xref\n0 5\n0000000000 65535 f \n${table}trailer << /Size 5 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
}

/** Runs a command in it that writes a file. */
function terminal(wishes: Editor): Program {
  return {
    title: "",
    makes: "Documents/note.txt",
    async act(window) {
      await window.type("echo written in the terminal > Documents/note.txt");
      await window.press("Return");
    },
    isDone: (session, path) => existsSync(path) && session.read(path) === "written in the terminal\n",
    needs: [DISPLAY, DOCUMENTS],
    ...wishes,
  };
}

export const PROGRAMS: readonly Program[] = [
  editor({ id: "org.xfce.mousepad", packages: ["mousepad"] }),
  editor({ id: "io.github.stevenhoneyman.L3afpad", packages: ["l3afpad"] }),
  editor({ id: "org.gnome.gedit", packages: ["gedit"] }),
  editor({ id: "org.mate.pluma", packages: ["pluma"] }),
  editor({ id: "org.gnome.TextEditor", packages: ["gnome-text-editor"], patience: 2500 }),
  editor({ id: "org.geany.Geany", packages: ["geany"], patience: 2000 }),
  editor({ id: "org.scintilla.SciTE", packages: ["scite"] }),
  editor({ id: "org.kde.kwrite", packages: ["kwrite"], patience: 2500 }),
  pictureViewer({ id: "org.gnome.eog", packages: ["eog"], turn: "ctrl+r" }),
  pictureViewer({ id: "org.lxqt.LxImage", packages: ["lximage-qt"], turn: "r" }),
  pictureViewer({ id: "org.kde.gwenview", packages: ["gwenview"], turn: "ctrl+r", patience: 2500 }),
  pictureViewer({ id: "com.github.viewnior", packages: ["viewnior"], turn: "ctrl+r" }),
  pictureViewer({
    id: "org.kde.kolourpaint",
    packages: ["kolourpaint"],
    patience: 2500,
    turn: "ctrl+shift+Right",
  }),
  documentViewer({ id: "org.gnome.Evince", packages: ["evince"] }),
  documentViewer({ id: "net.launchpad.qpdfview", packages: ["qpdfview"] }),
  documentViewer({ id: "org.pwmt.zathura", packages: ["zathura", "zathura-pdf-poppler"] }),
  documentViewer({ id: "com.artifex.mupdf", packages: ["mupdf"] }),
  {
    id: "net.invisible_island.xterm",
    packages: ["xterm"],
    title: "xterm",
    makes: ".var/app/net.invisible_island.xterm/data/note.txt",
    async act(window) {
      await window.type("echo written in the terminal > $XDG_DATA_HOME/note.txt");
      await window.press("Return");
    },
    isDone: (_session, path) => existsSync(path),
    needs: ["--nosocket=x11"],
  },
  terminal({ id: "org.lxde.lxterminal", packages: ["lxterminal"], title: "LXTerminal|sh|~", patience: 1500 }),
  terminal({ id: "org.lxqt.qterminal", packages: ["qterminal"], title: "QTerminal|Shell|~", patience: 2000 }),
];
