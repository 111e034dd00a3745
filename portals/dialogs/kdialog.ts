// Dialogs by kdialog. Its texts may be markup, so `<` and `&` are written as what they look like; positional words are guarded against being options.
import { existsSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { findProgram, runOutside } from "../outside/host-program.ts";
import type { Dialogs, FileQuestion } from "./dialogs.ts";

/** No tag begins without `<`: these look alike and mean nothing to Qt's rich text. */
const plain = (text: string): string => ` ${text.replaceAll("<", "‹").replaceAll(">", "›").replaceAll("&", "＆")}`;

export async function kdialogDialogs(instance: PortalInstance): Promise<Dialogs | undefined> {
  const { environment } = instance.origin;
  const program = findProgram(instance, "kdialog", existsSync);
  if (program === undefined || (!environment["DISPLAY"] && !environment["WAYLAND_DISPLAY"])) return undefined;
  const show = (argv: readonly string[], cancelled: AbortSignal) => runOutside(instance, [program, ...argv], { cancelled, limit: 0 });
  return {
    driver: "kdialog",
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
      return output.split("\n").filter((path) => path.startsWith("/"));
    },
    async choose({ title, text, choices, preferred, cancelled }) {
      const rows = choices.flatMap(({ id, label }, index) => [String(index), plain(label), id === preferred ? "on" : "off"]);
      const { status, output } = await show(["--title", plain(title), "--radiolist", plain(text), ...rows], cancelled);
      if (status !== 0) return status === 1 ? null : undefined;
      return choices[Number(output.trim())]?.id ?? null;
    },
  };
}

function fileWords({ kind, title, multiple, filters, name, folder }: FileQuestion): readonly string[] {
  const start = folder === "" ? `./${name}` : `${folder}/${name}`;
  if (kind === "folder") return ["--title", plain(title), "--getexistingdirectory", start];
  const wanted = filters.map((filter) => `${plain(filter.name.replaceAll(/[|()]/g, " ")).trim()} (${filter.patterns.join(" ")})`).join("|");
  return [
    "--title",
    plain(title),
    ...(multiple ? ["--multiple", "--separate-output"] : []),
    kind === "save" ? "--getsavefilename" : "--getopenfilename",
    start,
    ...(wanted === "" ? [] : [wanted]),
  ];
}
