// Real programs of each toolkit under an X server, from inside: each opens a document with coloured patches at known places, shows them, changes it and
// saves it, and the change is there outside.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { type Desk, furnishDesktop, LETTER, TURNED, waitForFile, waitForPatches } from "../support/desktop.ts";
import { crop, findColour, isNear, PATCHES, patchesAsPng, type Picture, shootX } from "../support/picture.ts";
import { waitFor } from "../support/process.ts";
import { findTsbox, makeApp } from "../support/sandbox.ts";
import type { Session } from "../support/session.ts";
import { waitForWindow } from "../support/window.ts";

/** A patch in the words of the GTK 4 editor. */
const TYPED = "color { bounds: 0 130 60 30; color: rgb(200,30,220); }";
const CONTEXT = "[Context]\nshared=ipc;\nsockets=x11;\nfilesystems=~/desk;\n";
const owning = (name: string): string => `${CONTEXT}[Session Bus Policy]\n${name}=own\n`;

inOrdinarySession("under an X server", (session: () => Session) => {
  let desk: Desk;
  before(async () => {
    desk = await furnishDesktop(session());
  });

  it("a GTK 3 viewer shows a picture, turns it and saves it", async () => {
    const app = await makeApp(session(), "org.example.Eog", `command=eog\n${owning("org.gnome.eog")}`);
    const program = app.start([desk.picture], { limit: 60_000 });
    const window = await waitForWindow(session(), "patches.png", program);
    assert.match(await window.title(), /^patches\.png/);
    await waitForPatches(session());
    await window.press("ctrl+r");
    await waitForPatches(session(), TURNED);
    await window.press("ctrl+s");
    await waitForFile(session(), desk.picture, TURNED);
    await window.press("ctrl+q");
    assert.equal((await program.ended).status, 0, program.stderr());
  });

  it("a GTK 3 editor changes a text and saves it", async () => {
    const letter = session().write("desk/gtk3.txt", LETTER);
    const app = await makeApp(session(), "org.example.Mousepad", `command=mousepad\n${owning("org.xfce.mousepad")}`);
    const program = app.start([letter], { limit: 60_000 });
    const window = await waitForWindow(session(), "gtk3.txt", program);
    await window.press("ctrl+Home");
    await window.type("typed inside ");
    await window.press("ctrl+s");
    await waitFor("the saved text", () => session().read(letter) === `typed inside ${LETTER}`);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("the README's manifest starts its program as it stands there", async () => {
    const text = /```ini\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
    const file = session().write("org.example.Editor.ini", text);
    const program = session().start([await findTsbox(session()), "run", file], { limit: 60_000 });
    await waitForWindow(session(), "Mousepad", program);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("a GTK 4 editor of pictures shows its patches, a new one as it is typed, and saves the picture", async () => {
    const document = PATCHES.map(
      (colour, index) => `color {\n  bounds: ${(index % 2) * 60} ${index > 1 ? 60 : 0} 60 60;\n  color: rgb(${colour.join(",")});\n}\n`,
    ).join("");
    const file = session().write("desk/patches.node", document);
    const app = await makeApp(session(), "org.example.NodeEditor", `command=gtk4-node-editor\n${owning("org.gtk.gtk4.NodeEditor")}`);
    const program = app.start([file], { limit: 60_000 });
    const window = await waitForWindow(session(), "Node Editor", program);
    assert.equal(await window.title(), "GTK Node Editor");
    // Beside the middle are previews with the same patches.
    const middle = (screen: Picture): Picture => crop(screen, 410, 60, 470, 700);
    await waitForPatches(session(), PATCHES, middle);
    await window.press("ctrl+Home");
    await window.type(`${TYPED}\n`);
    await waitFor("the typed patch", async () => findColour(middle(await shootX(session())), [200, 30, 220], 1000));
    const { x, y } = await window.place();
    await window.clickAt(x + 69, y + 26);
    const dialog = await waitForWindow(session(), "Save node", program);
    const saved = session().path("desk/saved.node");
    await dialog.type(saved);
    await dialog.press("Return");
    await waitFor("the saved picture", () => existsSync(saved) && session().read(saved).includes(TYPED));
    program.kill("SIGTERM");
    await program.ended;
  });

  it("a GTK 4 editor changes a text and saves it", async () => {
    const letter = session().write("desk/gtk4.txt", LETTER);
    const app = await makeApp(session(), "org.example.TextEditor", `command=gnome-text-editor\n${owning("org.gnome.TextEditor")}`);
    const program = app.start([letter], { limit: 60_000 });
    const window = await waitForWindow(session(), "gtk4.txt", program);
    assert.match(await window.title(), /gtk4\.txt .*Text Editor/);
    await waitFor("the saved text", async () => {
      // Its first frame comes before it takes keys.
      if (!session().read(letter).startsWith("typed")) {
        await window.press("ctrl+a");
        await window.type(`typed inside ${LETTER.trim()}`);
        await window.press("ctrl+s");
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      return session().read(letter) === `typed inside ${LETTER}`;
    });
    program.kill("SIGTERM");
    await program.ended;
  });

  it("a Qt viewer shows a picture, turns it and saves it", async () => {
    const picture = session().write("desk/qt.png", patchesAsPng());
    const app = await makeApp(session(), "org.example.LxImage", `command=lximage-qt\n${owning("org.lxqt.LxImage")}`);
    const program = app.start([picture], { limit: 60_000 });
    const window = await waitForWindow(session(), "qt.png", program);
    assert.match(await window.title(), /qt\.png.*Image Viewer$/);
    await waitForPatches(session());
    await window.press("r");
    await waitForPatches(session(), TURNED);
    await window.press("ctrl+s");
    await waitForFile(session(), picture, TURNED);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("an Xlib editor shows a bitmap in its colours, takes a click and saves it", async () => {
    const file = session().write(
      "desk/dots.xbm",
      "#define dots_width 4\n#define dots_height 4\nstatic unsigned char dots_bits[] = {\n 0x03, 0x03, 0x0c, 0x0c};\n",
    );
    const app = await makeApp(session(), "org.example.Bitmap", `command=bitmap\n${CONTEXT}`);
    const program = app.start(["-xrm", "*foreground: #e6143c", "-xrm", "*background: #283cdc", file], { limit: 60_000 });
    const window = await waitForWindow(session(), "bitmap", program);
    const place = await window.place();
    const centre = (row: number, column: number): readonly [number, number] => [place.x + 179 + 64 * column, place.y + 211 + 64 * row];
    const rows = async (): Promise<string> => {
      const screen = await shootX(session());
      const cell = (row: number, column: number): string => {
        const colour = screen.at(...centre(row, column));
        return isNear(colour, [0xe6, 0x14, 0x3c]) ? "#" : isNear(colour, [0x28, 0x3c, 0xdc]) ? "." : "?";
      };
      return [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => cell(row, column)).join("")).join(" ");
    };
    await waitFor("the bitmap's cells", async () => (await rows()) === "##.. ##.. ..## ..##");
    await window.clickAt(...centre(0, 3));
    await waitFor("the clicked cell", async () => (await rows()) === "##.# ##.. ..## ..##");
    await window.press("ctrl+s");
    await waitFor("the saved bitmap", () => session().read(file).includes("0x0b, 0x03, 0x0c, 0x0c"));
    program.kill("SIGTERM");
    await program.ended;
  });

  it("none of them opens a file that was not granted, or a window without sockets=x11", async () => {
    const hidden = session().write("elsewhere/patches.png", "");
    const app = await makeApp(session(), "org.example.LxImage", `command=lximage-qt\n${owning("org.lxqt.LxImage")}`);
    assert.notEqual((await app.run(["-c", `exec cat ${hidden}`], { options: ["--command=sh"] })).status, 0);
    const blind = await makeApp(session(), "org.example.Blind", "command=lximage-qt\n[Context]\nfilesystems=~/desk;\n");
    const outcome = await blind.run([desk.picture], { limit: 20_000 });
    assert.notEqual(outcome.status, 0);
    assert.match(outcome.stderr, /display|xcb|platform plugin/i);
  });
});
