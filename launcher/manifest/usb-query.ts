// Reads a USB query: rules joined with `+`. Only data for the USB portal, which finds it in `.flatpak-info`; no device node comes of it.

export type ParsedUsbQuery = { readonly ok: true; readonly query: string } | { readonly ok: false; readonly key: string };

interface Rule {
  readonly pattern: RegExp;
  /** Key of the message where the data does not fit. */
  readonly fault: string;
}

const RULES: Readonly<Record<string, Rule>> = {
  cls: { pattern: /^[0-9a-f]{2}:([0-9a-f]{2}|\*)$/i, fault: "manifest.usb-class" },
  vnd: { pattern: /^[0-9a-f]{4}$/i, fault: "manifest.usb-vendor" },
  dev: { pattern: /^[0-9a-f]{4}$/i, fault: "manifest.usb-product" },
};

/** `all`, or `cls:CC:SS`, `cls:CC:*`, `vnd:VVVV`, `dev:PPPP` (needs a vendor), each at most once. Canonical: lower-case hexadecimal. */
export function parseUsbQuery(raw: string): ParsedUsbQuery {
  if (raw === "") return fault("manifest.usb-empty");
  const rules = raw.split("+");
  const seen = new Set<string>();
  for (const rule of rules) {
    const colon = rule.indexOf(":");
    const type = colon < 0 ? rule : rule.slice(0, colon);
    if (seen.has(type)) return fault("manifest.usb-twice");
    seen.add(type);
    if (type === "all") {
      if (colon >= 0) return fault("manifest.usb-all-data");
      continue;
    }
    if (colon < 0) return fault("manifest.usb-form");
    const known = Object.hasOwn(RULES, type) ? RULES[type] : undefined;
    if (known === undefined) return fault("manifest.usb-unknown");
    if (!known.pattern.test(rule.slice(colon + 1))) return fault(known.fault);
  }
  if (seen.has("all") && seen.size > 1) return fault("manifest.usb-all-more");
  if (seen.has("dev") && !seen.has("vnd")) return fault("manifest.usb-no-vendor");
  return { ok: true, query: raw.toLowerCase() };
}

function fault(key: string): ParsedUsbQuery {
  return { ok: false, key };
}
