// org.freedesktop.portal.Background: an app asks to start with the session. The entry starts it in its sandbox; `flatpak run` stands in none.
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { askConsent, cleanText } from "../dialogs/dialogs.ts";
import type { PortalInstance } from "../core/instance.ts";
import { flagOption, readOptions, textOption } from "../core/options.ts";
import { type Portal, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { type PortalRequest, requestMethod } from "../core/requests.ts";

const TABLE = "background";
const MAX_WORDS = 64;
const MAX_WORD_CHARS = 4096;
const MAX_STATUS_CHARS = 96;

export const background: Portal = {
  interface: "org.freedesktop.portal.Background",
  version: 2,
  methods: {
    RequestBackground: requestMethod({
      in: "sa{sv}",
      names: ["parent_window", "options"],
      options: { reason: "s", autostart: "b", commandline: "as", "dbus-activatable": "b" },
      begin: ({ instance, args }, options) => {
        const command = checkCommand((options.get("commandline")?.value ?? []) as readonly string[]);
        const autostart = flagOption(options, "autostart") === true;
        return async (request) => {
          const allowed = !autostart || (await isAllowed(instance, request, String(args[0]), textOption(options, "reason")));
          const isFree = mayReplace(instance);
          const starts = autostart && allowed && isFree && !request.cancelled.aborted;
          if (starts) writeEntry(instance, command);
          else if (isFree) rmSync(entryFile(instance), { force: true });
          return {
            response: allowed ? 0 : 1,
            results: new Map([
              ["background", variant("b", true)],
              ["autostart", variant("b", starts)],
            ]),
          };
        };
      },
    }),
    SetStatus: {
      in: "a{sv}",
      out: "",
      names: ["options"],
      run: ({ args }) => {
        const message = textOption(readOptions(args[0], { message: "s" }), "message") ?? "";
        if (message.length > MAX_STATUS_CHARS || message.includes("\n")) throw new PortalError("InvalidArgument", "a status is one short line");
        return [];
      },
    },
  },
};

/** What the app says it is started by. The first word is a program's name, and must not look like an option of whoever starts it. */
export function checkCommand(words: readonly string[]): readonly string[] {
  const [program] = words;
  if (program === undefined) return [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  const isOdd = words.length > MAX_WORDS || words.some((word) => word.length > MAX_WORD_CHARS || /[\u0000-\u001f\u007f]/.test(word));
  if (isOdd || program === "" || /^[\s-]/.test(program)) throw new PortalError("InvalidArgument", "no command line that can be started");
  return words;
}

async function isAllowed(instance: PortalInstance, { cancelled }: PortalRequest, parentWindow: string, reason: string | undefined): Promise<boolean> {
  const { store, appId } = instance;
  const [known] = store.lookup(TABLE, TABLE, appId);
  if (known === "yes" || known === "no") return known === "yes";
  const agreed = await askConsent(instance, {
    title: instance.say("portal.autostart-title"),
    text: instance.say("portal.autostart-text"),
    appText: cleanText(reason),
    accept: instance.say("portal.autostart-accept"),
    refuse: instance.say("portal.refuse"),
    parentWindow,
    cancelled,
  });
  if (agreed) store.set(TABLE, TABLE, appId, ["yes"]);
  return agreed;
}

function entryFile({ origin, appId }: PortalInstance): string {
  const config = origin.environment["XDG_CONFIG_HOME"] || `${origin.environment["HOME"] ?? ""}/.config`;
  if (!config.startsWith("/")) throw new PortalError("Failed", "there is no folder for autostart entries");
  return `${config}/autostart/${appId}.desktop`;
}

/** INVARIANT: an entry that the user or another program wrote under the app's name is neither replaced nor taken away. */
function mayReplace(instance: PortalInstance): boolean {
  const file = entryFile(instance);
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return true;
  return found.isFile() && readFileSync(file, "utf8").split("\n").includes(`X-Tsbox=${instance.appId}`);
}

function writeEntry(instance: PortalInstance, command: readonly string[]): void {
  const { appId, origin } = instance;
  const [program, ...words] = command;
  const run = [origin.tsbox, "run", ...(program === undefined ? [] : [`--command=${program}`]), appId, ...words];
  const text = `[Desktop Entry]\nType=Application\nName=${appId}\nExec=${run.map(quoteWord).join(" ")}\nX-Tsbox=${appId}\nX-XDP-Autostart=${appId}\n`;
  const file = entryFile(instance);
  mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true, mode: 0o755 });
  writeFileSync(`${file}.tsbox`, text, { mode: 0o644 });
  renameSync(`${file}.tsbox`, file);
}

/** Desktop Entry Specification, "The Exec key": quoted always, the keyfile's own escapes on top, `%` doubled. */
export function quoteWord(word: string): string {
  const quoted = word.replace(/["`$\\]/g, "\\$&").replaceAll("%", "%%");
  return `"${quoted.replaceAll("\\", "\\\\")}"`;
}
