// A draft of a manifest: what each line of its source became, and why. Pure.
import {
  type AppId,
  encodeString,
  findPermissionOption,
  layOver,
  parseKeyfileText,
  parseOptions,
  type PermissionEntry,
  renderEntry,
  renderKeyfile,
  setKey,
} from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderOutsideText, renderText } from "../messages/render.ts";

/** What became of one line, or of one thing that was found in a program. */
export interface DraftLine {
  /** Where it stands; line 0 where it stands in no text file. */
  readonly file: string;
  readonly line: number;
  /** As written, or what was found. */
  readonly text: string;
  readonly verdict: "expressed" | "needless" | "inexpressible";
  /** Key of a text in launcher/messages/draft.ts. */
  readonly reason: string;
  readonly values?: Readonly<Record<string, string>>;
  /** Options as of `tsbox run` that say the same. */
  readonly options?: readonly string[];
  /** The same, where the source is read to entries already. */
  readonly entries?: readonly PermissionEntry[];
}

export interface Draft {
  readonly id: AppId | null;
  readonly command: string | null;
  readonly lines: readonly DraftLine[];
}

export const DRAFT_KINDS = ["program", "flathub", "metadata", "firejail", "bubblejail", "docker"] as const;
export type DraftKind = (typeof DRAFT_KINDS)[number];

export interface FinishedDraft {
  readonly text: string;
  readonly lines: readonly DraftLine[];
}

/** The manifest's text. An option that tsbox refuses makes its line an inexpressible one. */
export function renderDraft(draft: Draft & { readonly id: AppId }, source: string): FinishedDraft {
  const lines = draft.lines.map(checkLine);
  const kept = lines.filter(({ options = [], entries = [] }) => options.length + entries.length > 0);
  const head = renderText("draft.head", { source }, MESSAGES).trimEnd();
  const reasons = new Map<string, string>();
  for (const one of kept) {
    const said = [...(one.options ?? []).map((option) => option.replace(/^--/, "")), ...(one.entries ?? []).map(renderEntry)];
    for (const what of said) if (!reasons.has(what)) reasons.set(what, reasonOf(one));
  }
  const comments = [head, "", ...[...reasons].map(([option, reason]) => `${option}: ${reason}`)].map((line) => `# ${renderOutsideText(line)}`.trimEnd());
  const base = parseKeyfileText("", `${comments.join("\n")}\n\n[Application]\nname=${draft.id}\n`);
  if (!base.ok) throw new Error("the head of a draft is no keyfile");
  const named = draft.command === null ? base.value : setKey(base.value, "Application", "command", encodeString(draft.command));
  const entries = kept.flatMap((one) => [...(one.options ?? []).flatMap((option) => entriesOf(option) ?? []), ...(one.entries ?? [])]);
  return { text: renderKeyfile(layOver(named, entries)), lines };
}

function checkLine(line: DraftLine): DraftLine {
  const refused = (line.options ?? []).find((option) => entriesOf(option) === null);
  if (refused === undefined) return line;
  return { ...line, verdict: "inexpressible", reason: "draft.refused", values: { option: refused }, options: [] };
}

function entriesOf(option: string): readonly PermissionEntry[] | null {
  const equals = option.indexOf("=");
  const known = findPermissionOption(equals < 0 ? option : option.slice(0, equals));
  if (known === null) return null;
  const parsed = parseOptions([{ option: known, raw: equals < 0 ? "" : option.slice(equals + 1) }]);
  return parsed.ok ? parsed.value : null;
}

export function reasonOf({ reason, values = {} }: DraftLine): string {
  return renderText(reason, values, MESSAGES).trimEnd();
}

/** How many lines there are of each verdict. */
export function countVerdicts(lines: readonly DraftLine[]): Readonly<Record<DraftLine["verdict"], number>> {
  const count = (verdict: DraftLine["verdict"]): number => lines.filter((line) => line.verdict === verdict).length;
  return { expressed: count("expressed"), needless: count("needless"), inexpressible: count("inexpressible") };
}
