// The kernel's answer in words: never a bare number, and the name beside the words so that it can be searched for.
import { getSystemErrorMap } from "node:util";

/** `no such file or directory (ENOENT)`; empty for 0. Takes the number or the name. */
export function systemText(errno: number | string): string {
  if (errno === 0 || errno === "") return "";
  for (const [number, [name, text]] of getSystemErrorMap()) {
    if (number === -Math.abs(Number(errno)) || name === errno) return `${text} (${name})`;
  }
  return typeof errno === "string" ? errno : `error ${errno}`;
}

/** The name of an errno: 2 is `ENOENT`; `E2` where there is none. */
export function systemName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `E${errno}`;
}
