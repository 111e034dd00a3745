// Programs that turn a picture and save it.
import { pictureEditor, type Program } from "../program.ts";

export const PICTURE_PROGRAMS: readonly Program[] = [
  pictureEditor({ id: "org.gnome.eog", packages: ["eog"], turn: "ctrl+r" }),
  pictureEditor({ id: "org.lxqt.LxImage", packages: ["lximage-qt"], turn: "r" }),
  pictureEditor({ id: "org.kde.gwenview", packages: ["gwenview"], turn: "ctrl+r", patience: 2500 }),
  pictureEditor({ id: "com.github.viewnior", packages: ["viewnior"], turn: "ctrl+r" }),
  pictureEditor({ id: "org.kde.kolourpaint", packages: ["kolourpaint"], patience: 2500, turn: "ctrl+shift+Right" }),
  pictureEditor({ id: "org.lxde.gpicview", packages: ["gpicview"], turn: "r", save: ["s", "alt+y"] }),
];
