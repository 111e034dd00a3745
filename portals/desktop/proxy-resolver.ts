// org.freedesktop.portal.ProxyResolver: which proxy serves a URI, from the user's environment. Only for apps with a network.
import type { Portal } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";

export const proxyResolver: Portal = {
  interface: "org.freedesktop.portal.ProxyResolver",
  version: 1,
  methods: {
    Lookup: {
      in: "s",
      out: "as",
      names: ["uri", "proxies"],
      run: ({ instance, args }) => {
        if (!instance.origin.network) throw new PortalError("NotAllowed", "this sandbox has no network");
        return [proxiesFor(String(args[0]), instance.origin.environment)];
      },
    },
  },
};

/** The customary variables, as curl and GLib read them: `SCHEME_proxy`, `all_proxy`, `no_proxy`, lower case first. */
function proxiesFor(rawUri: string, environment: Readonly<Record<string, string>>): readonly string[] {
  const uri = URL.parse === undefined ? parse(rawUri) : URL.parse(rawUri);
  if (uri === null) throw new PortalError("InvalidArgument", "not a URI");
  const read = (name: string): string => environment[name] ?? environment[name.toUpperCase()] ?? "";
  const scheme = uri.protocol.slice(0, -1);
  if (isExempt(uri.hostname, read("no_proxy"))) return ["direct://"];
  const proxy = read(`${scheme}_proxy`) || read("all_proxy");
  return proxy === "" ? ["direct://"] : [proxy.includes("://") ? proxy : `http://${proxy}`];
}

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function isExempt(host: string, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || host === entry.replace(/^\./, "") || host.endsWith(entry.startsWith(".") ? entry : `.${entry}`));
}
