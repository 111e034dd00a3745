// The text of a shim: a small script that lets the program's own name start it in its sandbox. Pure.
import type { Launcher } from "./rewrite-exec.ts";

/** What may stand in a folder of the PATH without surprising a shell: no dash, period or blank at the start, none of its own characters. */
const SAFE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,254}$/;
/** Names that tsbox, its runtime or every script starts with. */
const REFUSED_NAMES = new Set([
  "tsbox",
  "tsbox-bwrap",
  "tsbox-dbus-proxy",
  "node",
  "sh",
  "bash",
  "dash",
  "zsh",
  "fish",
  "env",
  "python3",
  "perl",
  "sudo",
  "su",
  "ssh",
]);

/** The name under which a command gets a shim, or null. */
export function shimName(command: string): string | null {
  const name = command.split("/").at(-1) ?? "";
  return SAFE_NAME.test(name) && !REFUSED_NAMES.has(name) ? name : null;
}

export function renderShim({ tsbox, id }: Launcher): string {
  return `#!/bin/sh\n# ${shimMark(id)}. \`tsbox unexport ${id}\` takes it away.\nexec '${tsbox.replaceAll("'", "'\\''")}' run ${id} "$@"\n`;
}

/** In the second line of every shim. */
function shimMark(id: string): string {
  return `X-Tsbox=${id}: made by tsbox export --shim`;
}
