// org.freedesktop.portal.OpenURI: a link, a file or a folder, opened by a program outside that the user chose.
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { inTurn } from "../dialogs/dialogs.ts";
import type { PortalInstance } from "../core/instance.ts";
import { flagOption, readOptions } from "../core/options.ts";
import type { Answer, Options, Portal, PortalCall } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { type PortalRequest, requestMethod } from "../core/requests.ts";
import { type Application, handlersOf } from "../outside/applications.ts";
import { checkStill, type HostFile, hostFileOf } from "../outside/descriptor-path.ts";
import { runOutside } from "../outside/host-program.ts";

/** Opened by the user's own choice for them, without a question; a file is always a question until the same answer was given three times. */
const UNASKED_SCHEMES: ReadonlySet<string> = new Set(["http", "https", "ftp", "mailto", "webcal", "calendar"]);
const TABLE = "desktop-used-apps";
const PICKS_UNTIL_UNASKED = 3;
const MAX_URI_CHARS = 128 * 1024;
const OPTIONS = { writable: "b", ask: "b", activation_token: "s" };

export const openUri: Portal = {
  interface: "org.freedesktop.portal.OpenURI",
  version: 5,
  methods: {
    OpenURI: requestMethod({
      in: "ssa{sv}",
      names: ["parent_window", "uri", "options"],
      options: OPTIONS,
      begin: ({ instance, args }, options) => {
        const { uri, scheme } = readUri(args[1]);
        return (request) => open(instance, request, { target: uri, type: `x-scheme-handler/${scheme}`, unasked: UNASKED_SCHEMES.has(scheme) }, options);
      },
    }),
    OpenFile: requestMethod({
      in: "sha{sv}",
      names: ["parent_window", "fd", "options"],
      options: OPTIONS,
      begin: (call, options) => {
        const file = takeFile(call);
        if (flagOption(options, "writable") === true && !file.writable) throw new PortalError("NotAllowed", "this sandbox may not write that file");
        const { instance } = call;
        return async (request) => open(instance, request, { target: file.path, type: await typeOf(instance, file.path), unasked: false, file }, options);
      },
    }),
    OpenDirectory: requestMethod({
      in: "sha{sv}",
      names: ["parent_window", "fd", "options"],
      options: { activation_token: "s" },
      begin: (call, options) => {
        const file = takeFile(call);
        const { path, isDirectory } = file;
        const target = isDirectory ? path : path.slice(0, path.lastIndexOf("/")) || "/";
        return (request) => open(call.instance, request, { target, type: "inode/directory", unasked: true, file }, options);
      },
    }),
    SchemeSupported: {
      in: "sa{sv}",
      out: "b",
      names: ["scheme", "options", "supported"],
      run: ({ instance, args }) => {
        readOptions(args[1], {});
        const scheme = String(args[0]).toLowerCase();
        if (!/^[a-z][a-z0-9+.-]*$/.test(scheme) || scheme === "file") throw new PortalError("InvalidArgument", "no scheme that can be opened");
        return [handlersOf(`x-scheme-handler/${scheme}`, instance.origin.environment).all.length > 0];
      },
    },
  },
};

function readUri(raw: Value | undefined): { readonly uri: string; readonly scheme: string } {
  const uri = String(raw);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  if (scheme === undefined || uri.length > MAX_URI_CHARS || /[\u0000-\u0020\u007f]/.test(uri)) throw new PortalError("InvalidArgument", "not a URI");
  if (scheme === "file") throw new PortalError("InvalidArgument", "files are opened by descriptor (OpenFile)");
  if (scheme === "mailto") checkMailto(uri);
  return { uri, scheme };
}

const MAIL_FIELDS: ReadonlySet<string> = new Set(["to", "cc", "bcc", "subject", "body", "in-reply-to"]);

/** INVARIANT: nothing is asked before a mail program has it, so no field may name a file: some programs attach what `attach` says. */
export function checkMailto(uri: string): void {
  const [addresses = "", ...fields] = uri.split(/[?&#]/);
  const isOdd = !uri.startsWith(`${addresses}?`) && fields.length > 0;
  if (isOdd || /;\s*attach/i.test(uri) || fields.some((field) => !MAIL_FIELDS.has(field.split("=")[0]?.toLowerCase() ?? ""))) {
    throw new PortalError("InvalidArgument", "a mail address may bring to, cc, bcc, subject, body and in-reply-to");
  }
}

function takeFile({ instance, args, descriptors }: PortalCall) {
  const fd = descriptors.take(args[1]);
  try {
    return hostFileOf(instance, fd);
  } finally {
    instance.addon.close(fd);
  }
}

interface Opened {
  readonly target: string;
  readonly type: string;
  readonly unasked: boolean;
  /** What the descriptor meant: looked at again before the path is passed on. */
  readonly file?: HostFile;
}

async function open(instance: PortalInstance, request: PortalRequest, opened: Opened, options: Options): Promise<Answer> {
  const { preferred, all } = handlersOf(opened.type, instance.origin.environment);
  const asks = flagOption(options, "ask") === true || !opened.unasked;
  const chosen = asks ? await choose(instance, request, opened, all, flagOption(options, "ask") === true) : preferred;
  if (chosen === null) return { response: 1 };
  if (chosen === undefined || request.cancelled.aborted) return { response: 2 };
  if (opened.file !== undefined) checkStill(instance, opened.file);
  const { status } = await runOutside(instance, ["gio", "launch", chosen.file, opened.target]);
  return { response: status === 0 ? 0 : 2 };
}

async function choose(
  instance: PortalInstance,
  request: PortalRequest,
  opened: Opened,
  all: readonly Application[],
  always: boolean,
): Promise<Application | null | undefined> {
  const { store, appId } = instance;
  const [usual = "", count = "0"] = store.lookup(TABLE, opened.type, appId);
  const known = all.find(({ id }) => id === usual);
  if (!always && known !== undefined && Number(count) >= PICKS_UNTIL_UNASKED) return known;
  if (all.length === 0) return undefined;
  const picked = await inTurn(instance, (dialogs) =>
    dialogs.choose({
      title: instance.say("portal.open-title"),
      text: instance.say("portal.open-text", { target: opened.target.slice(0, 300) }),
      choices: all.map(({ id, name }) => ({ id, label: name })),
      preferred: usual === "" ? (all[0] as Application).id : usual,
      cancelled: request.cancelled,
    }),
  );
  if (picked === null || picked === undefined) return picked;
  store.set(TABLE, opened.type, appId, [picked, picked === usual ? String(Number(count) + 1) : "1"]);
  return all.find(({ id }) => id === picked);
}

async function typeOf(instance: PortalInstance, path: string): Promise<string> {
  const { output } = await runOutside(instance, ["gio", "info", "-a", "standard::content-type", path]);
  return /standard::content-type: (\S+)/.exec(output)?.[1] ?? "application/octet-stream";
}
