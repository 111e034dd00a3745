// Text editors: each types at the start of a letter and saves it.
import { editor, type Program } from "../program.ts";

export const EDITORS: readonly Program[] = [
  editor({ id: "org.xfce.mousepad", packages: ["mousepad"] }),
  editor({ id: "io.github.stevenhoneyman.L3afpad", packages: ["l3afpad"] }),
  editor({ id: "org.gnome.gedit", packages: ["gedit"] }),
  editor({ id: "org.mate.pluma", packages: ["pluma"] }),
  editor({ id: "org.gnome.TextEditor", packages: ["gnome-text-editor"], patience: 2500 }),
  editor({ id: "org.geany.Geany", packages: ["geany"], patience: 2000 }),
  editor({ id: "org.scintilla.SciTE", packages: ["scite"] }),
  editor({ id: "org.kde.kwrite", packages: ["kwrite"], patience: 2500 }),
  editor({ id: "org.kde.kate", packages: ["kate"], patience: 2500 }),
  editor({ id: "org.gottcode.FocusWriter", packages: ["focuswriter"], patience: 2500 }),
  editor({ id: "org.featherpad.FeatherPad", packages: ["featherpad"], patience: 1500 }),
];
