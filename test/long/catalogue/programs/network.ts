// Programs that talk: a chat, mail. What they say is looked for at scripted servers of this machine.
import { LETTER } from "../../../support/desktop.ts";
import { waitForWindow } from "../../../support/window.ts";
import { DISPLAY, type Program } from "../program.ts";
import { arePagesShutIn } from "../shut-in.ts";
import { serveChat, serveMail } from "../servers.ts";

const MAIL_PROFILE = ".thunderbird/of-the-test";
const ATTACHED = "Downloads/letter.txt";

/** An account whose letters leave by this server. */
function mailSettings(port: number): string {
  const settings = {
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.defaultaccount": "account1",
    "mail.account.account1.identities": "id1",
    "mail.account.account1.server": "server1",
    "mail.identity.id1.fullName": "Me",
    "mail.identity.id1.useremail": "me@example.org",
    "mail.identity.id1.smtpServer": "smtp1",
    "mail.identity.id1.fcc": false,
    "mail.identity.id1.valid": true,
    "mail.server.server1.type": "pop3",
    "mail.server.server1.hostname": "127.0.0.1",
    "mail.server.server1.userName": "me",
    "mail.server.server1.name": "mail",
    "mail.server.server1.check_new_mail": false,
    "mail.server.server1.login_at_startup": false,
    "mail.smtpservers": "smtp1",
    "mail.smtp.defaultserver": "smtp1",
    "mail.smtpserver.smtp1.hostname": "127.0.0.1",
    "mail.smtpserver.smtp1.port": port,
    "mail.smtpserver.smtp1.authMethod": 1,
    "mail.smtpserver.smtp1.try_ssl": 0,
    "mail.shell.checkDefaultClient": false,
    "mail.warn_on_send_accel_key": false,
    "mail.rights.version": 1,
    "datareporting.policy.dataSubmissionEnabled": false,
  };
  return Object.entries(settings)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join("");
}

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
  {
    id: "org.mozilla.Thunderbird",
    packages: ["thunderbird"],
    title: "^Write: ",
    patience: 6_000,
    async prepare(session) {
      const mail = await serveMail();
      session.write(`.var/app/org.mozilla.Thunderbird/${MAIL_PROFILE}/user.js`, mailSettings(mail.port));
      const letter = `to='you@example.org',subject='a letter',attachment='file://${session.write(ATTACHED, LETTER)}'`;
      return { ...mail, arguments: ["--profile", session.path(MAIL_PROFILE), "-compose", letter] };
    },
    async act({ window }) {
      await window.type("typed inside");
      await window.press("ctrl+Return");
    },
    isDone(bed) {
      const sent = bed.prepared.received?.() ?? "";
      return (
        sent.includes("typed inside") &&
        (sent.includes(LETTER.trim()) || sent.includes(Buffer.from(LETTER).toString("base64"))) &&
        arePagesShutIn(bed, "thunderbird")
      );
    },
    needs: [
      DISPLAY,
      { without: "--unshare=network" },
      { without: "--nofilesystem=xdg-download" },
      { without: "persistent=.thunderbird" },
      { without: "--nested=none" },
    ],
  },
];
