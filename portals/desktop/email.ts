// org.freedesktop.portal.Email: a message that the user finishes and sends in his own mail program.
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { textOption } from "../core/options.ts";
import type { Options, Portal, PortalCall } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { requestMethod } from "../core/requests.ts";
import { handlersOf } from "../outside/applications.ts";
import { checkStill, type HostFile, hostFileOf } from "../outside/descriptor-path.ts";
import { runOutside } from "../outside/host-program.ts";

const MAX_TEXT_CHARS = 64 * 1024;
const MAX_ADDRESSES = 100;
/** Plain addresses: nothing of them can be a header, an option or another field of the URI. */
const ADDRESS = /^[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

export const email: Portal = {
  interface: "org.freedesktop.portal.Email",
  version: 4,
  methods: {
    ComposeEmail: requestMethod({
      in: "sa{sv}",
      names: ["parent_window", "options"],
      options: { address: "s", addresses: "as", cc: "as", bcc: "as", subject: "s", body: "s", attachment_fds: "ah", activation_token: "s" },
      begin: (call, options) => {
        const uri = mailtoOf(options);
        const attachments = attachmentsOf(call, options);
        const { instance } = call;
        return async () => {
          for (const file of attachments) checkStill(instance, file);
          if (attachments.length > 0) {
            const words = attachments.flatMap((file) => ["--attach", file.path]);
            const { status } = await runOutside(instance, ["xdg-email", "--utf8", ...words, uri]);
            return { response: status === 0 ? 0 : 2 };
          }
          const program = handlersOf("x-scheme-handler/mailto", instance.origin.environment).preferred;
          if (program === undefined) return { response: 2 };
          const { status } = await runOutside(instance, ["gio", "launch", program.file, uri]);
          return { response: status === 0 ? 0 : 2 };
        };
      },
    }),
  },
};

/** RFC 6068. */
function mailtoOf(options: Options): string {
  const list = (key: string): readonly string[] => ((options.get(key)?.value ?? []) as readonly string[]).map(checkAddress);
  const address = textOption(options, "address");
  const to = [...(address === undefined ? [] : [checkAddress(address)]), ...list("addresses")];
  const fields: [string, string][] = [];
  for (const key of ["cc", "bcc"]) if (list(key).length > 0) fields.push([key, list(key).map(encodeURIComponent).join(",")]);
  const subject = textOption(options, "subject");
  const body = textOption(options, "body");
  if (subject !== undefined) {
    if (/[\r\n\0]/.test(subject) || subject.length > MAX_TEXT_CHARS) throw new PortalError("InvalidArgument", "a subject is one line");
    fields.push(["subject", encodeURIComponent(subject)]);
  }
  if (body !== undefined) {
    if (body.length > MAX_TEXT_CHARS) throw new PortalError("InvalidArgument", "the text is too long");
    fields.push(["body", encodeURIComponent(body)]);
  }
  if (to.length + list("cc").length + list("bcc").length > MAX_ADDRESSES) throw new PortalError("InvalidArgument", "too many addresses");
  return `mailto:${to.map(encodeURIComponent).join(",")}${fields.length === 0 ? "" : `?${fields.map(([key, value]) => `${key}=${value}`).join("&")}`}`;
}

function checkAddress(address: string): string {
  if (address.length > 254 || !ADDRESS.test(address)) throw new PortalError("InvalidArgument", "not a plain mail address");
  return address;
}

/** Files that the app sees itself, by their paths outside. */
function attachmentsOf({ instance, descriptors }: PortalCall, options: Options): readonly HostFile[] {
  return ((options.get("attachment_fds")?.value ?? []) as readonly Value[]).map((index) => {
    const fd = descriptors.take(index);
    try {
      const file = hostFileOf(instance, fd);
      if (file.isDirectory) throw new PortalError("InvalidArgument", "a folder cannot be attached");
      return file;
    } finally {
      instance.addon.close(fd);
    }
  });
}
