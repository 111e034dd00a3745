// Options (a{sv}) as portals take them: unknown ones are dropped, a known one of another type is an error.
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import type { Options } from "./portal.ts";
import { PortalError } from "./portal-error.ts";

export function readOptions(raw: Value | undefined, known: Readonly<Record<string, string>>): Options {
  const options = new Map<string, VariantValue>();
  for (const pair of Array.isArray(raw) ? (raw as readonly Value[]) : []) {
    const [key, value] = pair as readonly [string, VariantValue];
    const wanted = Object.hasOwn(known, key) ? known[key] : undefined;
    if (wanted === undefined) continue;
    if (value.signature !== wanted) throw new PortalError("InvalidArgument", `option \`${key}\` has type \`${value.signature}\`, not \`${wanted}\``);
    options.set(key, value);
  }
  return options;
}

export function textOption(options: Options, key: string): string | undefined {
  const value = options.get(key)?.value;
  return typeof value === "string" ? value : undefined;
}

export function flagOption(options: Options, key: string): boolean | undefined {
  const value = options.get(key)?.value;
  return typeof value === "boolean" ? value : undefined;
}

/** `ay` as a path: bytes up to a NUL, which ends them. Undefined where they are no UTF-8. */
export function pathOfBytes(value: Value | undefined): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const bytes = Uint8Array.from(value as readonly number[]);
  const end = bytes.indexOf(0);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(end < 0 ? bytes : bytes.subarray(0, end));
  } catch {
    return undefined;
  }
}

export function dictionary(values: Readonly<Record<string, VariantValue>>): Value {
  return Object.entries(values) as unknown as Value;
}

export function optionsValue(options: Options | undefined): Value {
  return [...(options ?? [])] as unknown as Value;
}
