// Dialogs by zenity, or by yad, which takes the same words for these. Values stand behind `=` in arguments of their own, so no text becomes an option.
import { existsSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { findProgram, runOutside } from "../outside/host-program.ts";
import type { ChoiceQuestion, DialogDriver, Dialogs, FileQuestion, NeighbourAccess } from "./dialogs.ts";
import { askBehind, neighboursOf } from "./neighbours.ts";

/** An absolute path has no `//` in it, so no folder's or file's name can hold this: a path ends here and nowhere else. */
const SEPARATOR = "//\u001f//";
/** Both answer so where there is no display; then nobody was asked. */
const FAILED_STATUSES: readonly (number | null)[] = [null, 255];

export function zenityDialogs(name: "zenity" | "yad"): DialogDriver {
  return async (instance) => {
    const { environment } = instance.origin;
    const program = findProgram(instance, name, existsSync);
    if (program === undefined || (!environment["DISPLAY"] && !environment["WAYLAND_DISPLAY"])) return undefined;
    return name === "zenity" ? dialogsOf(instance, program, ZENITY) : dialogsOf(instance, program, YAD);
  };
}

interface Words {
  readonly driver: string;
  readonly question: (accept: string, refuse: string) => readonly string[];
  readonly file: readonly string[];
  /** Buttons that open a file and its neighbours, and how they answer; null where its file dialog has no buttons of ours. */
  readonly neighbours: ((question: FileQuestion) => readonly string[]) | null;
  readonly list: readonly string[];
  /** Where a text is read as markup although none is wanted. */
  readonly plain: readonly string[];
  readonly escape: (text: string) => string;
}

const escapeMarkup = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const ZENITY: Words = {
  driver: "zenity",
  question: (accept, refuse) => ["--question", "--default-cancel", "--no-markup", `--ok-label=${accept}`, `--cancel-label=${refuse}`],
  file: ["--file-selection", `--separator=${SEPARATOR}`],
  neighbours: null,
  list: ["--list", "--hide-header", "--hide-column=1", "--print-column=1", "--column=id", "--column=name"],
  plain: ["--no-markup"],
  escape: (text) => text,
};
const YAD: Words = {
  driver: "yad",
  // The first button is the default one.
  question: (accept, refuse) => ["--image=dialog-question", `--button=${refuse}:1`, `--button=${accept}:0`],
  file: ["--file", `--separator=${SEPARATOR}`],
  neighbours: yadButtons,
  list: ["--list", "--no-headers", "--hide-column=1", "--print-column=1", "--separator=", "--column=id", "--column=name"],
  plain: [],
  escape: escapeMarkup,
};

function dialogsOf(instance: PortalInstance, program: string, words: Words): Dialogs {
  const show = async (argv: readonly string[], cancelled: AbortSignal): Promise<{ status: number; output: string } | undefined> => {
    const { status, output } = await runOutside(instance, [program, ...argv], { cancelled, limit: 0 });
    return status === null || FAILED_STATUSES.includes(status) ? undefined : { status, output };
  };
  const choose = async ({ title, text, choices, preferred, cancelled }: ChoiceQuestion): Promise<string | null | undefined> => {
    const sorted = [...choices].sort((one, other) => Number(other.id === preferred) - Number(one.id === preferred));
    // Rows are looked up by their number: no label of a row is ever an answer.
    const rows = sorted.flatMap(({ label }, index) => [String(index), words.escape(label)]);
    const result = await show(
      [...words.list, ...words.plain, `--title=${title}`, `--text=${words.escape(text)}`, "--height=320", ...rows.map(guard)],
      cancelled,
    );
    if (result === undefined) return undefined;
    return result.status === 0 ? (sorted[Number(result.output.trim())]?.id ?? null) : null;
  };
  return {
    driver: words.driver,
    choose,
    async confirm({ title, text, appText, accept, refuse, cancelled }) {
      const body = appText === "" ? text : `${text}\n\n“${appText}”`;
      // Labels of buttons know mnemonics and, with yad, icons behind `!`: ours have neither.
      const result = await show([...words.question(accept, refuse), `--title=${title}`, `--text=${words.escape(body)}`, "--width=420"], cancelled);
      return result === undefined ? "none" : result.status === 0 ? "yes" : "no";
    },
    async pickFiles(question) {
      const result = await show([...words.file, ...(words.neighbours?.(question) ?? []), ...fileWords(question)], question.cancelled);
      if (result === undefined) return undefined;
      const paths = pathsOf(result.output, question.multiple);
      const access = words.neighbours === null ? undefined : NEIGHBOUR_STATUSES[result.status];
      if (access !== undefined) return { paths, ...neighboursOf(question.neighbours, access) };
      if (result.status !== 0) return null;
      return words.neighbours === null ? askBehind(question, paths, choose) : { paths };
    },
  };
}

/** Nothing is split where one path was asked for. What is no absolute path is dropped. */
export function pathsOf(output: string, multiple: boolean): readonly string[] {
  const text = output.replace(/\n$/, "");
  return (multiple ? text.split(SEPARATOR) : [text]).filter((path) => path.startsWith("/") && !path.includes(SEPARATOR));
}

/** yad prints what was picked where its button's status is even. */
const NEIGHBOUR_STATUSES: Readonly<Record<number, NeighbourAccess>> = { 2: "read", 4: "write" };

/** Its own buttons go where one of ours is. Asking before a file is written over belongs to its own button, so to save there is none. */
function yadButtons({ kind, neighbours }: FileQuestion): readonly string[] {
  if (neighbours === undefined || kind !== "open") return [];
  const extra = Object.entries(NEIGHBOUR_STATUSES).filter(([, access]) => neighbours.accesses.includes(access));
  const buttons = extra.map(([status, access]) => `--button=_${neighbours.labels[access]}:${status}`);
  return [`--text=${escapeMarkup(neighbours.text)}`, "--button=gtk-cancel:1", ...buttons, "--button=gtk-open:0"];
}

/** A row that looks like an option would be one. */
function guard(text: string): string {
  return text.startsWith("-") ? ` ${text}` : text;
}

function fileWords({ kind, title, multiple, filters, name, folder }: FileQuestion): readonly string[] {
  const start = folder === "" ? name : `${folder}/${name}`;
  return [
    `--title=${title}`,
    ...(kind === "save" ? ["--save", "--confirm-overwrite"] : []),
    ...(kind === "folder" ? ["--directory"] : []),
    ...(multiple ? ["--multiple"] : []),
    ...(start === "" ? [] : [`--filename=${start}`]),
    // NAME | PATTERN …: a bar in a name would begin the patterns.
    ...filters.map((filter) => `--file-filter=${filter.name.replaceAll("|", " ")} | ${filter.patterns.join(" ")}`),
  ];
}
