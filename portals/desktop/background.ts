// org.freedesktop.portal.Background: an app asks to start with the session. The entry starts it in its sandbox; `flatpak run` stands in none.
import { rmSync } from "node:fs";
import { type AskedPermission, isAllowed } from "../dialogs/consent.ts";
import type { PortalInstance } from "../core/instance.ts";
import { flagOption, readOptions, textOption } from "../core/options.ts";
import { type Portal, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { type PortalRequest, requestMethod } from "../core/requests.ts";
import { checkCommand, mayReplace, quoteWord, runWords, writeEntry } from "../outside/desktop-entry.ts";

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
          const allowed = !autostart || (await isAllowed(instance, asked(String(args[0]), textOption(options, "reason"), request)));
          const file = entryFile(instance);
          const isFree = mayReplace(instance, file);
          const starts = autostart && allowed && isFree && !request.cancelled.aborted;
          if (starts) writeEntry(instance, file, entryLines(instance, command));
          else if (isFree) rmSync(file, { force: true });
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

function asked(parentWindow: string, reason: string | undefined, { cancelled }: PortalRequest): AskedPermission {
  return { table: "background", words: "autostart", reason, parentWindow, cancelled, keeps: "yes" };
}

function entryFile({ origin, appId }: PortalInstance): string {
  const config = origin.environment["XDG_CONFIG_HOME"] || `${origin.environment["HOME"] ?? ""}/.config`;
  if (!config.startsWith("/")) throw new PortalError("Failed", "there is no folder for autostart entries");
  return `${config}/autostart/${appId}.desktop`;
}

function entryLines(instance: PortalInstance, command: readonly string[]): readonly string[] {
  const { appId } = instance;
  return [`Name=${appId}`, `Exec=${runWords(instance, command).map(quoteWord).join(" ")}`, `X-XDP-Autostart=${appId}`];
}
