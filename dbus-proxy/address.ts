// D-Bus addresses (specification, "Server Addresses"), as far as a connection can be made here: unix sockets by path or abstract name, several to try.

export type ParsedAddress =
  /** What the addon's `connectUnix` takes, in the order to try. */
  { readonly ok: true; readonly sockets: readonly string[] } | { readonly ok: false; readonly because: string };

export function parseAddress(address: string): ParsedAddress {
  const sockets: string[] = [];
  let because = "empty address";
  for (const entry of address.split(";")) {
    if (entry === "") continue;
    const parsed = parseEntry(entry);
    if (parsed.socket === undefined) because = parsed.because;
    else sockets.push(parsed.socket);
  }
  return sockets.length > 0 ? { ok: true, sockets } : { ok: false, because };
}

function parseEntry(entry: string): { readonly socket?: string; readonly because: string } {
  const colon = entry.indexOf(":");
  if (colon < 0) return { because: `no transport in \`${entry}\`` };
  if (entry.slice(0, colon) !== "unix") return { because: `transport \`${entry.slice(0, colon)}\` is not supported` };
  const keys = new Map<string, string>();
  for (const pair of entry.slice(colon + 1).split(",")) {
    const equals = pair.indexOf("=");
    const value = equals > 0 ? unescapeValue(pair.slice(equals + 1)) : undefined;
    if (value === undefined) return { because: `malformed key in \`${entry}\`` };
    keys.set(pair.slice(0, equals), value);
  }
  const path = keys.get("path");
  const abstract = keys.get("abstract");
  if ((path === undefined) === (abstract === undefined)) return { because: `just one of \`path\` and \`abstract\` must stand in \`${entry}\`` };
  return { socket: path ?? `@${abstract}`, because: "" };
}

function unescapeValue(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const value = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return value.includes("\0") ? undefined : value;
}
