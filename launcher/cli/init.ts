// `tsbox init`: drafts a manifest from a program of this host, or from what another sandbox is configured by.
import { posix } from "node:path";
import { statSync } from "node:fs";
import { countVerdicts, DRAFT_KINDS, type DraftLine, kindOf, presentFolders, readDraft, reasonOf, renderDraft } from "../draft/door.ts";
import { type AppId, parseAppId, refuseDesktopName } from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderOutsideLines, renderOutsideText, renderText } from "../messages/render.ts";
import { type Command, commandProblem, type Invocation, isGiven, lastValue, type Outcome, refuseFor, type Surroundings } from "./command.ts";
import { COUNT, listOf, record, renderShape, TEXT, wordOf } from "./shape.ts";

const DRAFTED = record({
  manifest: TEXT,
  counts: record({ expressed: COUNT, needless: COUNT, inexpressible: COUNT }),
  lines: listOf(record({ file: TEXT, line: COUNT, text: TEXT, verdict: wordOf("expressed", "needless", "inexpressible"), reason: TEXT })),
});

export const initCommand: Command = {
  name: "init",
  summary: "draft a manifest from a program, or from another sandbox's configuration",
  positionals: "<WHAT...>",
  options: [
    { flags: "--from <KIND>", summary: `what WHAT is: ${DRAFT_KINDS.join(", ")}; told by its name and contents otherwise` },
    { flags: "--id <ID>", summary: "the app's id" },
    { flags: "--list", summary: "print each line of the source and what became of it, instead of the manifest" },
    { flags: "-j, --json", summary: "print manifest and lines as JSON" },
  ],
  optionsFirst: true,
  details: [
    "WHAT is a program, a desktop entry, a manifest of Flathub's (JSON, YAML), Flatpak's metadata, a profile of Firejail's, Bubblejail's services.toml,",
    "or a `docker run` line. The manifest is printed; what it cannot say is told line by line. Read it before you use it.",
    "Example: `tsbox init galculator > ~/.local/share/tsbox/manifests/local.tsbox.galculator.ini`",
    "Example: `tsbox init --id=org.example.Player /etc/firejail/mpv.profile`",
  ],
  json: { init: DRAFTED },
  answeredByBroker: false,
  answer: async (invocation, surroundings) => {
    const asked = lastValue(invocation, "from") ?? null;
    const kind = DRAFT_KINDS.find((one) => one === asked) ?? null;
    if (asked !== null && kind === null) return refuseFor("draft.kind", { value: asked, kinds: DRAFT_KINDS.join(", ") });
    const wanted = chosenId(lastValue(invocation, "id") ?? null);
    if (wanted === "refused") return refuseFor("draft.id", { value: lastValue(invocation, "id") ?? "" });
    const words = invocation.positionals;
    const [first = ""] = words;
    const [, second] = words;
    const isLine = kind === "docker" || (kind === null && /^(?:docker|podman)$/.test(first));
    if (second !== undefined && !isLine) return refuseFor("draft.second-word", { word: second });
    const wish = { words, file: fileOf(first, surroundings), kind, id: wanted, places: placesOfPrograms(surroundings), profileFolders: ["/etc/firejail"] };
    const read = await readDraft(wish);
    if (read === null && kindOf(wish) === "program" && wish.kind === null) return refuseFor("draft.no-program", { what: first });
    if (read === null) return refuseFor("draft.unreadable", { what: first, kind: kindOf(wish) });
    const id =
      wanted ??
      usable(read.id) ??
      usable(
        `local.tsbox.${
          (read.command ?? "Program")
            .split("/")
            .at(-1)
            ?.replace(/[^A-Za-z0-9_]/g, "_") ?? ""
        }`,
      );
    if (id === null) return refuseFor("draft.no-id", { value: read.rawId ?? read.command ?? first });
    const finished = renderDraft({ ...read, id }, words.join(" "));
    const outcome = print(invocation, finished.text, finished.lines);
    // A manifest keeps what its source said, byte for byte, but a terminal obeys some of it.
    return surroundings.stdoutIsTerminal && !isGiven(invocation, "json") ? { ...outcome, output: renderOutsideLines(outcome.output) } : outcome;
  },
};

function chosenId(raw: string | null): AppId | null | "refused" {
  return raw === null ? null : (usable(raw) ?? "refused");
}

function usable(raw: string | null): AppId | null {
  const id = raw === null ? null : parseAppId(raw);
  return id?.ok && refuseDesktopName(id.value).ok ? id.value : null;
}

/** A word names a file where it has a slash, or where one lies here and no program could be meant. */
function fileOf(word: string, { workingDirectory }: Surroundings): string | null {
  const path = posix.resolve(workingDirectory, word);
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile && (word.includes("/") || /\.[a-z]+$/.test(word)) ? path : null;
}

function placesOfPrograms({ environment }: Surroundings): Parameters<typeof readDraft>[0]["places"] {
  const home = environment.get("HOME") ?? "/";
  const data = [environment.get("XDG_DATA_HOME") ?? `${home}/.local/share`, ...(environment.get("XDG_DATA_DIRS") || "/usr/local/share:/usr/share").split(":")];
  const path = (environment.get("PATH") ?? "").split(":").filter((folder) => folder.startsWith("/"));
  return {
    path: [...new Set([...path, "/usr/bin", "/usr/games"])],
    home: environment.get("HOME") || null,
    applications: presentFolders(data.map((folder) => `${folder}/applications`)),
    services: presentFolders(data.map((folder) => `${folder}/dbus-1/services`)),
  };
}

function print(invocation: Invocation, text: string, lines: readonly DraftLine[]): Outcome {
  const told = lines.filter(({ text: written }) => written !== "");
  if (isGiven(invocation, "json")) {
    const rows = told.map((line) => ({ file: line.file, line: line.line, text: line.text, verdict: line.verdict, reason: reasonOf(line) }));
    return { status: 0, output: renderShape(DRAFTED, { manifest: text, counts: countVerdicts(told), lines: rows }), problems: [] };
  }
  if (isGiven(invocation, "list")) return { status: 0, output: told.map(renderLine).join(""), problems: [] };
  const lost = told.filter(({ verdict }) => verdict === "inexpressible");
  // Firejail's common files hold hundreds of lines that are the same for every program.
  const included = new Map<string, number>();
  for (const { file } of lost) if (file.endsWith(".inc")) included.set(file, (included.get(file) ?? 0) + 1);
  const shared = [...included].map(([file, count]) => ({
    ...commandProblem("draft.lost-included", { name: file, count: String(count) }),
    severity: "notice" as const,
  }));
  const single = lost.filter(({ file }) => !file.endsWith(".inc"));
  const problems = single.map(({ file, line, text: written, ...rest }) => ({
    key: "draft.lost",
    file,
    line,
    column: 0,
    values: { text: written, reason: reasonOf({ file, line, text: written, ...rest }) },
    severity: "notice" as const,
  }));
  return { status: 0, output: text, problems: [...problems, ...shared] };
}

function renderLine(line: DraftLine): string {
  const place = line.file === "" ? "" : `${renderOutsideText(line.file)}:${line.line}: `;
  return `${place}${renderText(`draft.${line.verdict}`, { text: line.text, reason: reasonOf(line) }, MESSAGES)}`;
}
