// Terminals: a command in each writes a file.
import { existsSync } from "node:fs";
import { type Program, terminal } from "../program.ts";

export const TERMINALS: readonly Program[] = [
  {
    id: "net.invisible_island.xterm",
    packages: ["xterm"],
    title: "xterm",
    makes: ".var/app/net.invisible_island.xterm/data/note.txt",
    async act({ window }) {
      await window.type("echo written in the terminal > $XDG_DATA_HOME/note.txt");
      await window.press("Return");
    },
    isDone: ({ path }) => existsSync(path),
    needs: [{ without: "--nosocket=x11" }],
  },
  terminal({ id: "org.lxde.lxterminal", packages: ["lxterminal"], title: "LXTerminal|sh|~", patience: 1500 }),
  terminal({ id: "org.lxqt.qterminal", packages: ["qterminal"], title: "QTerminal|Shell|~", patience: 2000 }),
  terminal({ id: "org.gnome.Terminal", packages: ["gnome-terminal", "dbus-bin"], title: "Terminal|sh|~", patience: 2500 }),
  terminal({ id: "org.xfce.terminal", packages: ["xfce4-terminal"], title: "Terminal -", patience: 1500 }),
];
