// Dialogs by kdialog. Its texts may be markup, so `<` and `&` are written as what they look like; positional words are guarded against being options.
import { existsSync, lstatSync } from "node:fs";
import { dirname } from "node:path";
import type { PortalInstance } from "../core/instance.ts";
import { findProgram, runOutside } from "../outside/host-program.ts";
import type { ChoiceQuestion, Dialogs, FileQuestion } from "./dialogs.ts";
import { askBehind } from "./neighbours.ts";

/** No tag begins without `<`: these look alike and mean nothing to Qt's rich text. */
const plain = (text: string): string => ` ${text.replaceAll("<", "‹").replaceAll(">", "›").replaceAll("&", "＆")}`;

export async function kdialogDialogs(instance: PortalInstance): Promise<Dialogs | undefined> {
  const { environment } = instance.origin;
  const program = findProgram(instance, "kdialog", existsSync);
  if (program === undefined || (!environment["DISPLAY"] && !environment["WAYLAND_DISPLAY"])) return undefined;
  const show = (argv: readonly string[], cancelled: AbortSignal) => runOutside(instance, [program, ...argv], { cancelled, limit: 0 });
  const choose = async ({ title, text, choices, preferred, cancelled }: ChoiceQuestion): Promise<string | null | undefined> => {
    const rows = choices.flatMap(({ id, label }, index) => [String(index), plain(label), id === preferred ? "on" : "off"]);
    const { status, output } = await show(["--title", plain(title), "--radiolist", plain(text), ...rows], cancelled);
    if (status !== 0) return status === 1 ? null : undefined;
    return choices[Number(output.trim())]?.id ?? null;
  };
  return {
    driver: "kdialog",
    choose,
    async confirm({ title, text, appText, accept, refuse, cancelled }) {
      const body = appText === "" ? text : `${text}\n\n“${appText}”`;
      const words = ["--title", plain(title), "--warningyesno", plain(body), "--yes-label", accept, "--no-label", refuse];
      const { status } = await show(words, cancelled);
      // 1 no, 2 closed; anything else: it never showed.
      return status === 0 ? "yes" : status === 1 || status === 2 ? "no" : "none";
    },
    async pickFiles(question) {
      const { status, output } = await show(fileWords(question), question.cancelled);
      if (status !== 0) return status === 1 ? null : undefined;
      return askBehind(question, pathsOf(output, question.multiple, isThere), choose);
    },
  };
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** kdialog ends each path with a line end, which a name may hold too: several count only where all are there, in one folder, as its dialog picks them. */
export function pathsOf(output: string, multiple: boolean, there: (path: string) => boolean): readonly string[] {
  const text = output.replace(/\n$/, "");
  if (!multiple) return text.startsWith("/") ? [text] : [];
  const paths = text.split("\n");
  const isClear = paths.every((path) => path.startsWith("/") && dirname(path) === dirname(paths[0] as string) && there(path));
  return isClear ? paths : [];
}

/** The one word without an option before it: nothing that its name begins with makes it one. */
export function filterWord(filters: FileQuestion["filters"]): string {
  const nameOf = (name: string): string =>
    plain(name.replaceAll(/[|()]/g, " "))
      .replace(/^[\s-]+/, "")
      .trimEnd();
  return filters.map((filter) => `${nameOf(filter.name) || "*"} (${filter.patterns.join(" ")})`).join("|");
}

function fileWords({ kind, title, multiple, filters, name, folder }: FileQuestion): readonly string[] {
  const start = folder === "" ? `./${name}` : `${folder}/${name}`;
  if (kind === "folder") return ["--title", plain(title), "--getexistingdirectory", start];
  const wanted = filterWord(filters);
  return [
    "--title",
    plain(title),
    ...(multiple ? ["--multiple", "--separate-output"] : []),
    kind === "save" ? "--getsavefilename" : "--getopenfilename",
    start,
    ...(wanted === "" ? [] : [wanted]),
  ];
}
