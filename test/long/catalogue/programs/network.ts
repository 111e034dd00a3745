// Programs that talk: a chat. What they say is looked for at scripted servers of this machine.
import { waitForWindow } from "../../../support/window.ts";
import { DISPLAY, type Program } from "../program.ts";
import { serveChat } from "../servers.ts";

export const NETWORK_PROGRAMS: readonly Program[] = [
  {
    id: "io.github.Hexchat",
    packages: ["hexchat"],
    title: "@ 127.0.0.1",
    async prepare() {
      const chat = await serveChat();
      return { ...chat, arguments: [`irc://127.0.0.1:${chat.port}`] };
    },
    async act({ window, session }) {
      // It asks for a room first.
      await (await waitForWindow(session, "^Connection Complete")).press("Return");
      await window.type("/msg guest typed inside");
      await window.press("Return");
    },
    isDone: ({ prepared }) => /PRIVMSG guest :typed inside/.test(prepared.received?.() ?? ""),
    needs: [DISPLAY, { without: "--unshare=network" }],
  },
];
