// Text editors: each types at the start of a letter and saves it.
import { LETTER } from "../../../support/desktop.ts";
import { CHINESE, FCITX, IBUS, type InputMethod, startInputMethod, typeChinese } from "../../../support/input-method.ts";
import { waitForWindow } from "../../../support/window.ts";
import { type Editor, editor, type Program, typeAtStart } from "../program.ts";

/** Types Chinese by an input method of the host. */
function chineseEditor(method: InputMethod, wishes: Editor): Program {
  return editor({
    part: `Chinese by ${method.name}`,
    prepare: async (session) => {
      const stop = await startInputMethod(session, method);
      return { close: () => void stop() };
    },
    async act({ session, window }) {
      await window.press("ctrl+Home");
      await typeChinese(session, method);
      await window.press("ctrl+s");
    },
    isDone: ({ session, path }) => session.read(path).startsWith(CHINESE),
    ...wishes,
  });
}

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
  editor({
    id: "org.texstudio.TeXstudio",
    packages: ["texstudio"],
    document: { path: "Documents/letter.tex", content: LETTER },
    title: "letter.tex",
    patience: 3000,
    async act({ session, window }) {
      // It misses LaTeX.
      await (await waitForWindow(session, "^TeXstudio$")).press("Return");
      await typeAtStart(window);
    },
  }),
  chineseEditor(FCITX, {
    id: "org.gnome.gedit",
    packages: ["gedit", "fcitx5", "fcitx5-pinyin", "fcitx5-chinese-addons", "fcitx5-frontend-gtk3"],
    patience: 1500,
  }),
  chineseEditor(IBUS, { id: "org.kde.kate", packages: ["kate", "ibus", "ibus-libpinyin"], patience: 2500 }),
];
