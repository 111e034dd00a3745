// Programs that turn a picture or draw, and save it.
import { DRAWING } from "../documents.ts";
import { DISPLAY, PICTURES, pictureEditor, type Program } from "../program.ts";

export const PICTURE_PROGRAMS: readonly Program[] = [
  pictureEditor({ id: "org.gnome.eog", packages: ["eog"], turn: "ctrl+r" }),
  pictureEditor({ id: "org.lxqt.LxImage", packages: ["lximage-qt"], turn: "r" }),
  pictureEditor({ id: "org.kde.gwenview", packages: ["gwenview"], turn: "ctrl+r", patience: 2500 }),
  pictureEditor({ id: "com.github.viewnior", packages: ["viewnior"], turn: "ctrl+r" }),
  pictureEditor({ id: "org.kde.kolourpaint", packages: ["kolourpaint"], patience: 2500, turn: "ctrl+shift+Right" }),
  pictureEditor({ id: "org.lxde.gpicview", packages: ["gpicview"], turn: "r", save: ["s", "alt+y"] }),
  {
    id: "org.inkscape.Inkscape",
    packages: ["inkscape"],
    document: { path: "Pictures/drawing.svg", content: DRAWING },
    title: "drawing.svg",
    patience: 4000,
    async act({ window }) {
      await window.press("ctrl+a", "ctrl+d", "ctrl+s");
    },
    isDone: ({ session, path }) => session.read(path).split("<rect").length === 3,
    needs: [DISPLAY, PICTURES],
  },
];
