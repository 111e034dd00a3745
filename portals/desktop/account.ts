// org.freedesktop.portal.Account: the user's name, if he agrees each time.
import { readFileSync } from "node:fs";
import { askConsent, cleanText } from "../dialogs/dialogs.ts";
import { textOption } from "../core/options.ts";
import { type Portal, variant } from "../core/portal.ts";
import { requestMethod } from "../core/requests.ts";

export const account: Portal = {
  interface: "org.freedesktop.portal.Account",
  version: 1,
  methods: {
    GetUserInformation: requestMethod({
      in: "sa{sv}",
      names: ["window", "options"],
      options: { reason: "s" },
      begin:
        ({ instance, args }, options) =>
        async ({ cancelled }) => {
          const agreed = await askConsent(instance, {
            title: instance.say("portal.account-title"),
            text: instance.say("portal.account-text"),
            appText: cleanText(textOption(options, "reason")),
            accept: instance.say("portal.account-accept"),
            refuse: instance.say("portal.refuse"),
            parentWindow: String(args[0]),
            cancelled,
          });
          if (!agreed) return { response: 1 };
          const { id, name } = userOf(instance.origin.environment);
          return {
            response: 0,
            results: new Map([
              ["id", variant("s", id)],
              ["name", variant("s", name)],
              ["image", variant("s", "")],
            ]),
          };
        },
    }),
  },
};

function userOf(environment: Readonly<Record<string, string>>): { readonly id: string; readonly name: string } {
  const uid = String(process.geteuid?.() ?? 0);
  const line = readPasswords()
    .split("\n")
    .map((each) => each.split(":"))
    .find((fields) => fields[2] === uid);
  const id = line?.[0] ?? environment["USER"] ?? "";
  return { id, name: line?.[4]?.split(",")[0] || id };
}

function readPasswords(): string {
  try {
    return readFileSync("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}
