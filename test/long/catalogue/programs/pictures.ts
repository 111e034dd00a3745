// Programs that turn a picture or draw, and save it.
import { setTimeout as wait } from "node:timers/promises";
import { isNear, patchesAsPng, readPicture } from "../../../support/picture.ts";
import { waitForWindow } from "../../../support/window.ts";
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
    id: "org.gimp.GIMP",
    packages: ["gimp"],
    document: { path: "Pictures/patches.png", content: patchesAsPng() },
    makes: "Pictures/filled.png",
    title: "^.patches. .imported.",
    patience: 4000,
    // Fills it with black, and exports it: a name, then what kind of file.
    async act({ window, session }) {
      await window.press("ctrl+comma", "ctrl+shift+e");
      const name = await waitForWindow(session, "^Export Image$");
      await wait(1000);
      // The name without its ending is chosen already.
      await name.type("filled");
      await name.press("Return");
      await (await waitForWindow(session, "^Export Image as PNG$")).press("Return");
    },
    // Read while it is being written, it is no picture yet.
    isDone: ({ session }) =>
      readPicture(session, session.path("Pictures/filled.png")).then(
        (picture) => isNear(picture.at(60, 60), [0, 0, 0]),
        () => false,
      ),
    needs: [DISPLAY, PICTURES],
  },
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
