// Programs that are machines of their own: a virtual machine, a game.
import { readFileSync } from "node:fs";
import { typewriterDisk } from "../documents.ts";
import { heardAnything } from "../hearing.ts";
import { DISPLAY, DOCUMENTS, type Program } from "../program.ts";

export const MACHINES: readonly Program[] = [
  {
    id: "org.qemu.QEMU",
    packages: ["qemu-system-x86", "qemu-system-gui"],
    document: { path: "Documents/disk.img", content: typewriterDisk() },
    title: "QEMU",
    arguments: ["-display", "gtk", "-nic", "none", "-hda"],
    // Its BIOS looks for disks first.
    patience: 8_000,
    async act({ window }) {
      await window.type("typed inside");
      await window.press("Return");
    },
    isDone: ({ path }) => readFileSync(path).subarray(512, 1024).toString("latin1").startsWith("typed inside\r"),
    needs: [DISPLAY, DOCUMENTS],
  },
  {
    id: "org.supertuxproject.SuperTux",
    packages: ["supertux"],
    title: "SuperTux",
    arguments: ["--window", "--geometry", "640x480"],
    sounds: true,
    patience: 3_000,
    act: () => Promise.resolve(),
    isDone: heardAnything,
    needs: [DISPLAY, { without: "--nosocket=pulseaudio" }],
  },
];
