// org.freedesktop.portal.DynamicLauncher: an app adds starters, such as web pages as programs. Each starts the app in its sandbox; `flatpak run` stands in none.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import { askConsent, cleanText } from "../dialogs/dialogs.ts";
import type { PortalInstance } from "../core/instance.ts";
import { readOptions, textOption } from "../core/options.ts";
import { type Answer, type Portal, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { type PortalRequest, requestMethod } from "../core/requests.ts";
import { escapeValue, isOurEntry, mayReplace, writeEntry } from "../outside/desktop-entry.ts";
import { startOutside } from "../outside/host-program.ts";
import { readLauncher } from "../outside/launcher-text.ts";
import { makeFolders } from "../../native/make-folders.ts";

const TYPE_APPLICATION = 1;
const TYPE_WEBAPP = 2;
const MAX_TOKENS = 16;
const MAX_ICON_SIDE = 512;
const PNG = "89504e470d0a1a0a";

interface Prepared {
  readonly name: string;
  readonly icon: Uint8Array;
}

export const dynamicLauncher: Portal = {
  interface: "org.freedesktop.portal.DynamicLauncher",
  version: 1,
  methods: {
    PrepareInstall: requestMethod({
      in: "ssva{sv}",
      names: ["parent_window", "name", "icon_v"],
      options: { modal: "b", launcher_type: "u", target: "s", editable_name: "b", editable_icon: "b" },
      begin: ({ instance, args }, options) => {
        const type = Number(options.get("launcher_type")?.value ?? TYPE_APPLICATION);
        if (type !== TYPE_APPLICATION && type !== TYPE_WEBAPP) throw new PortalError("InvalidArgument", "no such type of launcher");
        const name = cleanText(String(args[1]));
        if (name === "" || name !== String(args[1])) throw new PortalError("InvalidArgument", "a launcher's name is one short line of plain text");
        const icon = readIcon(args[2]);
        const target = cleanText(textOption(options, "target"));
        return (request) => prepare(instance, request, { name, icon }, String(args[0]), target);
      },
    }),
    RequestInstallToken: {
      in: "sva{sv}",
      out: "s",
      names: ["name", "icon_v", "options", "token"],
      run: () => {
        throw new PortalError("NotAllowed", "a launcher is added with the user's consent only (PrepareInstall)");
      },
    },
    Install: {
      in: "sssa{sv}",
      out: "",
      names: ["token", "desktop_file_id", "desktop_entry", "options"],
      run: ({ instance, args }) => {
        install(instance, String(args[0]), checkId(instance, args[1]), String(args[2]));
        return [];
      },
    },
    Uninstall: {
      in: "sa{sv}",
      out: "",
      names: ["desktop_file_id", "options"],
      run: ({ instance, args }) => {
        const id = findOwn(instance, args[0]);
        rmSync(entryFile(instance, id), { force: true });
        rmSync(iconFile(instance, id), { force: true });
        return [];
      },
    },
    GetDesktopEntry: {
      in: "s",
      out: "s",
      names: ["desktop_file_id", "contents"],
      run: ({ instance, args }) => [readEntry(instance, findOwn(instance, args[0]))],
    },
    GetIcon: {
      in: "s",
      out: "vsu",
      names: ["desktop_file_id", "icon_v", "icon_format", "icon_size"],
      run: ({ instance, args }) => {
        const icon = readFileSync(iconFile(instance, findOwn(instance, args[0])));
        return [iconValue(icon), "png", new DataView(icon.buffer, icon.byteOffset).getUint32(16)];
      },
    },
    Launch: {
      in: "sa{sv}",
      out: "",
      names: ["desktop_file_id", "options"],
      run: ({ instance, args }) => {
        const file = entryFile(instance, findOwn(instance, args[0]));
        const token = textOption(readOptions(args[1], { activation_token: "s" }), "activation_token") ?? "";
        startOutside(instance, ["gio", "launch", file], /^[\w.@:+-]{1,256}$/.test(token) ? { XDG_ACTIVATION_TOKEN: token, DESKTOP_STARTUP_ID: token } : {});
        return [];
      },
    },
  },
  properties: { SupportedLauncherTypes: { type: "u", get: () => TYPE_APPLICATION | TYPE_WEBAPP } },
};

async function prepare(instance: PortalInstance, { cancelled }: PortalRequest, prepared: Prepared, parentWindow: string, target: string): Promise<Answer> {
  const agreed = await askConsent(instance, {
    title: instance.say("portal.launcher-title"),
    text: instance.say("portal.launcher-text", { name: prepared.name }),
    appText: target,
    accept: instance.say("portal.launcher-accept"),
    refuse: instance.say("portal.refuse"),
    parentWindow,
    cancelled,
  });
  if (!agreed) return { response: 1 };
  const tokens = tokensOf(instance);
  const token = randomBytes(16).toString("hex");
  tokens.set(token, prepared);
  for (const oldest of [...tokens.keys()].slice(0, -MAX_TOKENS)) tokens.delete(oldest);
  return {
    response: 0,
    results: new Map([
      ["name", variant("s", prepared.name)],
      ["icon", variant("v", iconValue(prepared.icon) as unknown as Value)],
      ["token", variant("s", token)],
    ]),
  };
}

function tokensOf(instance: PortalInstance): Map<string, Prepared> {
  return instance.own("launcher tokens", () => new Map<string, Prepared>());
}

/** INVARIANT: name and icon are those that the user agreed to, the command is the app's own in its sandbox, and of the text only keys from a list are taken. */
function install(instance: PortalInstance, token: string, id: string, text: string): void {
  const tokens = tokensOf(instance);
  const prepared = tokens.get(token);
  if (prepared === undefined) throw new PortalError("InvalidArgument", "no such token, or used before");
  const { exec, lines } = readLauncher(instance, text);
  const file = entryFile(instance, id);
  if (isOfSystem(instance, id)) throw new PortalError("NotAllowed", "a program of that name is installed for all users, and would be covered");
  if (!mayReplace(instance, file)) throw new PortalError("NotAllowed", "an entry of that name is not this app's");
  tokens.delete(token);
  const icon = iconFile(instance, id);
  makeFolders(icon.slice(0, icon.lastIndexOf("/")), 0o755);
  writeFileSync(`${icon}.tsbox`, prepared.icon, { mode: 0o644 });
  renameSync(`${icon}.tsbox`, icon);
  writeEntry(instance, file, [`Name=${escapeValue(prepared.name)}`, `Icon=${escapeValue(icon)}`, `Exec=${exec}`, ...lines]);
}

/** `APP.NAME.desktop`, and nothing else that a file could be called. */
function checkId({ appId }: PortalInstance, raw: Value | undefined): string {
  const id = String(raw);
  const name = id.startsWith(`${appId}.`) && id.endsWith(".desktop") ? id.slice(appId.length + 1, -".desktop".length) : "";
  if (!/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(name) || id.length > 200) {
    throw new PortalError("InvalidArgument", `the file's name is \`${appId}.NAME.desktop\``);
  }
  return id;
}

function findOwn(instance: PortalInstance, raw: Value | undefined): string {
  const id = checkId(instance, raw);
  if (!isOurEntry(instance, entryFile(instance, id))) throw new PortalError("NotFound", "this app added no such launcher");
  return id;
}

function readEntry(instance: PortalInstance, id: string): string {
  return readFileSync(entryFile(instance, id), "utf8");
}

function dataFolder({ origin }: PortalInstance): string {
  const data = origin.environment["XDG_DATA_HOME"] || `${origin.environment["HOME"] ?? ""}/.local/share`;
  if (!data.startsWith("/")) throw new PortalError("Failed", "there is no folder for launchers");
  return data;
}

function entryFile(instance: PortalInstance, id: string): string {
  return `${dataFolder(instance)}/applications/${id}`;
}

/** The user's folder goes before those of all users. */
function isOfSystem({ origin }: PortalInstance, id: string): boolean {
  const folders = (origin.environment["XDG_DATA_DIRS"] || "/usr/local/share:/usr/share").split(":").filter((folder) => folder.startsWith("/"));
  return folders.some((folder) => existsSync(`${folder}/applications/${id}`));
}

function iconFile(instance: PortalInstance, id: string): string {
  return `${dataFolder(instance)}/tsbox/launcher-icons/${id.slice(0, -".desktop".length)}.png`;
}

function iconValue(icon: Uint8Array): VariantValue {
  return variant("(sv)", ["bytes", variant("ay", [...icon])]);
}

/** A serialised GBytesIcon with a square PNG. Other formats are refused: the desktop would open them with whatever it has. */
function readIcon(raw: Value | undefined): Uint8Array {
  const { signature, value } = raw as VariantValue;
  const [kind, inner] = signature === "(sv)" ? (value as readonly [string, VariantValue]) : ["", undefined];
  if (kind !== "bytes" || inner?.signature !== "ay") throw new PortalError("InvalidArgument", "an icon is given by its bytes");
  const bytes = Uint8Array.from(inner.value as readonly number[]);
  const view = new DataView(bytes.buffer);
  const isPng = bytes.length > 33 && Buffer.from(bytes.subarray(0, 8)).toString("hex") === PNG && view.getUint32(12) === 0x49484452;
  const side = isPng ? view.getUint32(16) : 0;
  if (side < 1 || side > MAX_ICON_SIDE || view.getUint32(20) !== side)
    throw new PortalError("InvalidArgument", `an icon is a square PNG of at most ${MAX_ICON_SIDE} pixels`);
  return bytes;
}
