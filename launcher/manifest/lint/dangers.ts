// What a file grants that deserves a look: high risks, words that this tsbox does not give yet, and switches that turn a program's own sandbox off. Pure.
import type { PermissionEntry } from "../../permissions/entries.ts";
import { isDangerous, meaningOfEntry } from "../../permissions/meaning.ts";
import { MESSAGES } from "../../messages/messages.ts";
import { renderText } from "../../messages/render.ts";
import { isDenial } from "../grammar/grammars.ts";
import { entryOf, type Keyfile } from "../keyfile.ts";
import type { Report } from "./finding.ts";

/** Options of Chromium, Electron and their kin. */
const SWITCH = /--(?:no-sandbox|disable-(?:seccomp-filter|setuid|namespace|gpu)-sandbox|no-zygote-sandbox)(?![\w-])/;
/** Variables of that effect, whatever they are set to. */
const VARIABLES: readonly string[] = [
  "ELECTRON_DISABLE_SANDBOX",
  "QTWEBENGINE_DISABLE_SANDBOX",
  "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS",
  "MOZ_DISABLE_CONTENT_SANDBOX",
  "MOZ_DISABLE_GMP_SANDBOX",
  "MOZ_DISABLE_GPU_SANDBOX",
  "MOZ_DISABLE_RDD_SANDBOX",
  "MOZ_DISABLE_SOCKET_PROCESS_SANDBOX",
  "MOZ_DISABLE_UTILITY_SANDBOX",
];

/** `app`: null where the file is for any app. */
export function reportDangers(keyfile: Keyfile, entries: readonly PermissionEntry[], app: string | null, report: Report): void {
  const command = entryOf(keyfile, "Application", "command");
  const found = command === null ? null : noSandboxSwitch(command.rawValue);
  if (command !== null && found !== null) {
    report({ ...command, column: command.valueColumn + command.rawValue.indexOf(found) }, "error", "lint.no-sandbox", { switch: found });
  } else if (command !== null && /\s/.test(command.rawValue.trim())) {
    report({ ...command, column: command.valueColumn }, "warning", "lint.command-blanks", { command: command.rawValue });
  }
  for (const entry of entries) {
    if (entry.kind === "environment") reportVariable(entry, report);
    if (entry.kind === "setting" && entry.name === "nested" && entry.word === "full")
      report(entry.origin, "notice", "lint.nested-full", { text: entry.origin.text });
    const meaning = isDenial(entry) ? null : meaningOfEntry(entry, app);
    if (meaning === null) continue;
    const words = renderText(meaning.key, meaning.values, MESSAGES)
      .trimEnd()
      .replace(/[.\u3002]$/, "");
    if (meaning.key === "permissions.not-given")
      report(entry.origin, "notice", "lint.not-given", { text: entry.origin.text, words: meaning.values["words"] ?? "" });
    else if (isDangerous(meaning.risk))
      report(entry.origin, "notice", `lint.risk-${meaning.risk}`, { text: entry.origin.text, words: words.charAt(0).toLowerCase() + words.slice(1) });
  }
}

/** The switch in a command line or a value, or null. */
export function noSandboxSwitch(text: string): string | null {
  return SWITCH.exec(text)?.[0] ?? null;
}

function reportVariable(entry: Extract<PermissionEntry, { kind: "environment" }>, report: Report): void {
  if (entry.value === null || entry.value === "") return;
  const found = noSandboxSwitch(entry.value);
  if (found !== null) report(entry.origin, "error", "lint.no-sandbox", { switch: found });
  else if (VARIABLES.includes(entry.name)) report(entry.origin, "error", "lint.no-sandbox-variable", { name: entry.name });
}
