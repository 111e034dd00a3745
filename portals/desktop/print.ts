// org.freedesktop.portal.Print: by the desktop's own print dialog where a backend of its portals has one, else into a PDF file at a place that the user picks.
import { randomInt } from "node:crypto";
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import { askBackend } from "../dialogs/backend.ts";
import { cleanText, inTurn } from "../dialogs/dialogs.ts";
import type { PortalInstance } from "../core/instance.ts";
import { optionsValue, readOptions } from "../core/options.ts";
import { type Answer, type Options, type Portal, variant } from "../core/portal.ts";
import { type PortalRequest, requestMethod } from "../core/requests.ts";
import { givenPlaces } from "../documents/host-paths.ts";
import { saveCopy, targetOf } from "../outside/saved-file.ts";

/** Dialogs whose print never comes are forgotten, the oldest first. */
const MAX_PREPARED = 16;
/** Of a PDF; what is saved by this portal is one. */
const BEGIN = "%PDF-";

/**
 * What a print dialog takes for its first values (GtkPrintSettings). INVARIANT: `output-uri` is not among them: a dialog would write over that file of the user's
 * at the first press of a button.
 */
const SETTINGS = [
  ...["orientation", "paper-format", "paper-width", "paper-height", "n-copies", "default-source", "quality", "resolution", "use-color", "duplex", "collate"],
  ...["reverse", "media-type", "dither", "scale", "print-pages", "page-ranges", "page-set", "finishings", "number-up", "number-up-layout", "output-bin"],
  ...["resolution-x", "resolution-y", "printer-lpi", "output-file-format"],
];
const PAGE_TEXTS = ["PPDName", "Name", "DisplayName", "Orientation"];
const PAGE_SIZES = ["Width", "Height", "MarginTop", "MarginBottom", "MarginLeft", "MarginRight"];
const SETTING_TYPES = Object.fromEntries(SETTINGS.map((name) => [name, "s"]));
const PAGE_TYPES = Object.fromEntries([...PAGE_TEXTS.map((name) => [name, "s"]), ...PAGE_SIZES.map((name) => [name, "d"])]);
const A4: readonly (readonly [string, VariantValue])[] = [
  ["Name", variant("s", "iso_a4")],
  ["DisplayName", variant("s", "A4")],
  ["Width", variant("d", 210)],
  ["Height", variant("d", 297)],
  ...["MarginTop", "MarginBottom", "MarginLeft", "MarginRight"].map((name) => [name, variant("d", 6.35)] as const),
  ["Orientation", variant("s", "portrait")],
];

interface Print {
  readonly parentWindow: string;
  readonly title: string;
}

export const print: Portal = {
  interface: "org.freedesktop.portal.Print",
  // 3 and 4 would promise other formats of files, and to hear which pages are meant.
  version: 2,
  methods: {
    PreparePrint: requestMethod({
      in: "ssa{sv}a{sv}a{sv}",
      names: ["parent_window", "title", "settings", "page_setup", "options"],
      options: { modal: "b", accept_label: "s" },
      begin: ({ instance, args }, options) => {
        const asked = readPrint(args);
        const settings = readOptions(args[2], SETTING_TYPES);
        const page = readOptions(args[3], PAGE_TYPES);
        return async (request) => {
          const values = [optionsValue(settings), optionsValue(page), optionsValue(options)];
          const answer = await byBackend(instance, request, asked, "PreparePrint", "a{sv}a{sv}a{sv}", values);
          return answer ?? prepareFile(instance, request, asked, settings, page);
        };
      },
    }),
    Print: requestMethod({
      in: "ssha{sv}",
      names: ["parent_window", "title", "fd", "options"],
      options: { modal: "b", token: "u" },
      begin: ({ instance, args, descriptors }, options) => {
        const asked = readPrint(args);
        const fd = descriptors.take(args[2]);
        return async (request) => {
          try {
            return await printNow(instance, request, asked, fd, options);
          } finally {
            instance.addon.close(fd);
          }
        };
      },
    }),
  },
};

function readPrint([parentWindow, title]: readonly Value[]): Print {
  return { parentWindow: String(parentWindow), title: cleanText(String(title)) };
}

function preparedOf(instance: PortalInstance): Map<number, string> {
  return instance.own("prepared prints", () => new Map<number, string>());
}

/** The user picks the file before the app draws its pages, as in a print dialog. */
async function prepareFile(instance: PortalInstance, request: PortalRequest, asked: Print, settings: Options, page: Options): Promise<Answer> {
  const path = await pickFile(instance, request, asked);
  if (typeof path !== "string") return { response: path === null ? 1 : 2 };
  const prepared = preparedOf(instance);
  const token = randomInt(1, 2 ** 32 - 1);
  prepared.set(token, path);
  for (const oldest of [...prepared.keys()].slice(0, -MAX_PREPARED)) prepared.delete(oldest);
  const chosen = new Map([...settings, ["output-file-format", variant("s", "pdf")] as const, ["n-copies", variant("s", "1")] as const]);
  return {
    response: 0,
    results: new Map([
      ["settings", variant("a{sv}", optionsValue(chosen))],
      ["page-setup", variant("a{sv}", optionsValue(page.size === 0 ? new Map(A4) : page))],
      ["token", variant("u", token)],
    ]),
  };
}

async function printNow(instance: PortalInstance, request: PortalRequest, asked: Print, fd: number, options: Options): Promise<Answer> {
  const token = Number(options.get("token")?.value ?? 0);
  const prepared = preparedOf(instance).get(token);
  preparedOf(instance).delete(token);
  if (prepared === undefined) {
    const answer = await byBackend(instance, request, asked, "Print", "ha{sv}", [0, optionsValue(options)], [fd]);
    if (answer !== undefined) return answer;
  }
  const path = prepared ?? (await pickFile(instance, request, asked));
  if (typeof path !== "string") return { response: path === null ? 1 : 2 };
  await saveCopy(instance, fd, path, BEGIN);
  return { response: 0 };
}

async function pickFile(instance: PortalInstance, { cancelled }: PortalRequest, { parentWindow, title }: Print): Promise<string | null | undefined> {
  const picked = await inTurn(instance, (dialogs) =>
    dialogs.pickFiles({
      kind: "save",
      title: instance.say("portal.print-file", { title }),
      multiple: false,
      filters: [{ name: "PDF", patterns: ["*.pdf"] }],
      name: `${
        title
          .replace(/[/\\.]+/g, " ")
          .trim()
          .slice(0, 100) || "print"
      }.pdf`,
      folder: "",
      parentWindow,
      cancelled,
    }),
  );
  const path = picked?.paths[0];
  if (path === undefined || cancelled.aborted) return picked === undefined ? undefined : null;
  return targetOf(instance, path, await givenPlaces(instance));
}

/** Undefined where the desktop has no print dialog for portals. */
function byBackend(
  instance: PortalInstance,
  { cancelled }: PortalRequest,
  { parentWindow, title }: Print,
  member: string,
  signature: string,
  values: readonly Value[],
  fds: readonly number[] = [],
): Promise<Answer | undefined> {
  const shown = instance.say("portal.file-named", { title });
  return inTurn(instance, async ({ driver }) => {
    if (driver === "scripted") return undefined;
    const args = [instance.appId, parentWindow, shown, ...values];
    const answer = await askBackend(instance, { portal: "Print", member, signature: `osss${signature}`, args, fds, cancelled });
    return answer === undefined ? undefined : { response: answer.response === 0 ? 0 : answer.response === 1 ? 1 : 2, results: answer.results };
  });
}
