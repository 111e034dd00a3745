// Gains of one manifest over another, in words: for `diff`, `accept` and `install --replace`.
import { type Gains, renderEntry } from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import type { PermissionEntry } from "../permissions/entries.ts";
import { meaningOfEntry, RISKS } from "../permissions/meaning.ts";
import { sentenceOf } from "./permissions-output.ts";

/** The most dangerous first, each with its risk and what it means. */
export function renderGains({ granted, undenied }: Gains): string {
  const rank = (entry: PermissionEntry): number => RISKS.indexOf(meaningOfEntry(entry, null)?.risk ?? "none");
  const sorted = [...granted].sort((one, other) => rank(other) - rank(one));
  return [
    ...sorted.map((entry) => renderText("diff.gains", { permission: renderEntry(entry) }, MESSAGES) + renderMeaning(entry)),
    ...undenied.map((entry) => renderText("diff.undenied", { permission: renderEntry(entry) }, MESSAGES)),
  ].join("");
}

function renderMeaning(entry: PermissionEntry): string {
  const meaning = meaningOfEntry(entry, null);
  return meaning === null ? "" : renderText("diff.meaning", { risk: meaning.risk, words: sentenceOf(meaning) }, MESSAGES);
}
