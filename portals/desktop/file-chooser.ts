// org.freedesktop.portal.FileChooser: the user picks files, and what he picked is the app's.
import { existsSync, lstatSync } from "node:fs";
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { cleanText, type FileFilter, type FileQuestion, inTurn, type PickedFiles } from "../dialogs/dialogs.ts";
import { neighbourOffer } from "../dialogs/neighbours.ts";
import { giveToApp, outsideOf } from "../documents/host-paths.ts";
import { giveWithNeighbours } from "../documents/neighbours.ts";
import type { PortalInstance } from "../core/instance.ts";
import { flagOption, pathOfBytes, textOption } from "../core/options.ts";
import { type Answer, type Options, type Portal, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { type PortalRequest, requestMethod } from "../core/requests.ts";
import { openPatterns } from "../outside/mime-patterns.ts";

const COMMON = {
  accept_label: "s",
  modal: "b",
  filters: "a(sa(us))",
  current_filter: "(sa(us))",
  choices: "a(ssa(ss)s)",
  current_folder: "ay",
};
const MAX_NAME_BYTES = 255;
const MAX_FILTERS = 50;
/** Of all filters together; office programs list some hundred of their own. */
const MAX_RULES = 4096;
const MAX_FILES = 100;

export const fileChooser: Portal = {
  interface: "org.freedesktop.portal.FileChooser",
  version: 4,
  methods: {
    OpenFile: requestMethod({
      in: "ssa{sv}",
      names: ["parent_window", "title", "options"],
      options: { ...COMMON, multiple: "b", directory: "b" },
      begin: ({ instance, args }, options) => {
        const filters = readFilters(options);
        const kind = flagOption(options, "directory") === true ? "folder" : "open";
        const question = questionOf(instance, args, options, kind, "");
        return async (request) => answer(instance, options, filters, await pick(instance, request, { ...question, filters }), true);
      },
    }),
    SaveFile: requestMethod({
      in: "ssa{sv}",
      names: ["parent_window", "title", "options"],
      options: { ...COMMON, current_name: "s", current_file: "ay" },
      begin: ({ instance, args }, options) => {
        const filters = readFilters(options);
        const current = outsideOf(instance, pathOfBytes(options.get("current_file")?.value));
        const name = textOption(options, "current_name") ?? current.slice(current.lastIndexOf("/") + 1);
        if (name !== "") checkName(name);
        const question = questionOf(instance, args, options, "save", name);
        const folder = current === "" ? question.folder : current.slice(0, current.lastIndexOf("/"));
        return async (request) => answer(instance, options, filters, await pick(instance, request, { ...question, folder, filters }), true);
      },
    }),
    SaveFiles: requestMethod({
      in: "ssa{sv}",
      names: ["parent_window", "title", "options"],
      options: { accept_label: "s", modal: "b", choices: "a(ssa(ss)s)", current_folder: "ay", files: "aay" },
      begin: ({ instance, args }, options) => {
        const names = ((options.get("files")?.value ?? []) as readonly Value[]).map((raw) => checkName(pathOfBytes(raw) ?? ""));
        if (names.length === 0 || names.length > MAX_FILES) throw new PortalError("InvalidArgument", "no files to save, or too many");
        const question = questionOf(instance, args, options, "folder", "");
        return async (request) => {
          const picked = await pick(instance, request, { ...question, filters: [] });
          const folder = picked?.paths[0];
          return answer(instance, options, [], folder === undefined ? picked : { paths: freeNames(folder, names) }, true);
        };
      },
    }),
  },
};

/** A file's name and nothing else: no way up, no path, nothing that a file system cannot hold. */
export function checkName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  const isOdd = name === "" || name === "." || name === ".." || /[/\u0000-\u001f\u007f]/.test(name) || new TextEncoder().encode(name).length > MAX_NAME_BYTES;
  if (isOdd) throw new PortalError("InvalidArgument", "not a file's name");
  return name;
}

/** INVARIANT: the title begins with the app's id as we know it; what the app says comes behind it, as one short line. */
function questionOf(
  instance: PortalInstance,
  args: readonly Value[],
  options: Options,
  kind: FileQuestion["kind"],
  name: string,
): Omit<FileQuestion, "filters" | "cancelled"> {
  const title = cleanText(String(args[1]));
  return {
    kind,
    title: title === "" ? instance.say(`portal.file-${kind}`) : instance.say("portal.file-named", { title }),
    multiple: flagOption(options, "multiple") === true,
    name: cleanText(name) === name ? name : "",
    folder: outsideOf(instance, pathOfBytes(options.get("current_folder")?.value)),
    parentWindow: String(args[0]),
    neighbours: neighbourOffer(instance, kind),
  };
}

export function readFilters(options: Options, patternsOf = openPatterns()): readonly FileFilter[] {
  const raw = (options.get("filters")?.value ?? []) as readonly (readonly [string, readonly (readonly [number, string])[]])[];
  let left = MAX_RULES;
  return raw.slice(0, MAX_FILTERS).flatMap(([name, all]) => {
    const rules = all.slice(0, left);
    left -= rules.length;
    const found = rules.flatMap(([kind, rule]) => {
      if (kind > 1) throw new PortalError("InvalidArgument", "a filter is a pattern (0) or a type (1)");
      return kind === 1 ? patternsOf(rule) : /^[\w.*?[\]+~-]+$/.test(rule) ? [rule] : [];
    });
    const patterns = [...new Set(found)];
    return patterns.length === 0 ? [] : [{ name: cleanText(name) || cleanText(patterns.join(" ")), patterns }];
  });
}

function pick(instance: PortalInstance, { cancelled }: PortalRequest, question: Omit<FileQuestion, "cancelled">): Promise<PickedFiles | null | undefined> {
  return inTurn(instance, (dialogs) => dialogs.pickFiles({ ...question, cancelled }));
}

async function answer(
  instance: PortalInstance,
  options: Options,
  filters: readonly FileFilter[],
  picked: PickedFiles | null | undefined,
  asked: boolean,
): Promise<Answer> {
  if (picked === undefined) return { response: 2 };
  if (picked === null || picked.paths.length === 0) return { response: 1 };
  const { paths, neighbours } = picked;
  const beside = neighbours === undefined ? undefined : await giveWithNeighbours(instance, paths, neighbours);
  const writable = asked && (beside === undefined || neighbours === "write");
  const uris = beside ?? (await Promise.all(paths.map((path) => giveToApp(instance, path, writable))));
  const choices = ((options.get("choices")?.value ?? []) as readonly (readonly [string, string, unknown, string])[]).map(([id, , , initial]) => [id, initial]);
  const current = options.get("current_filter");
  return {
    response: 0,
    results: new Map([
      ["uris", variant("as", uris)],
      ["choices", variant("a(ss)", choices)],
      ["writable", variant("b", writable)],
      ...(current === undefined || filters.length === 0 ? [] : [["current_filter", current] as const]),
    ]),
  };
}

function freeNames(folder: string, names: readonly string[]): readonly string[] {
  if (!lstatSync(folder).isDirectory()) throw new PortalError("NotFound", "no such folder");
  const taken = new Set<string>();
  return names.map((name) => {
    const dot = name.lastIndexOf(".");
    const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    let free = name;
    for (let count = 1; taken.has(free) || existsSync(`${folder}/${free}`); count++) free = `${stem} (${count})${end}`;
    taken.add(free);
    return `${folder}/${free}`;
  });
}
