// Tells what kind of thing `tsbox init` was given, and has it read.
import { splitCommand } from "../export/door.ts";
import { type AppId, parseKeyfileText, readRegularFile } from "../manifest/door.ts";
import type { DraftKind } from "./draft.ts";
import { readDocker } from "./docker.ts";
import { readProfile } from "./firejail.ts";
import { draftProgram, type ProgramPlaces } from "./program.ts";
import { readBubblejail, readFlathub, readMetadataFile, type ReadSource } from "./readers.ts";

export interface DraftWish {
  /** As given: words of a line, a name, a path. */
  readonly words: readonly string[];
  /** Absolute path of the first word, where that is a file. */
  readonly file: string | null;
  readonly kind: DraftKind | null;
  /** The id that the user chose. */
  readonly id: AppId | null;
  readonly places: ProgramPlaces;
  /** Folders of Firejail's profiles beside the file's own. */
  readonly profileFolders: readonly string[];
}

export function kindOf({ words, file, kind }: DraftWish): DraftKind {
  if (kind !== null) return kind;
  const [first = ""] = words;
  if (/^(?:docker|podman)(?:\s|$)/.test(first)) return "docker";
  if (file === null) return "program";
  if (/\.(?:ya?ml|json)$/.test(file)) return "flathub";
  if (file.endsWith(".toml")) return "bubblejail";
  if (file.endsWith(".profile")) return "firejail";
  const text = textOf(file);
  return text !== null && /^\s*(?:#.*\n|\s)*\[Application\]/.test(text) ? "metadata" : "program";
}

/** Null where it cannot be read as that. */
export async function readDraft(wish: DraftWish): Promise<ReadSource | null> {
  const { words, file } = wish;
  const kind = kindOf(wish);
  if (kind === "program") {
    const draft = draftProgram(file?.endsWith(".desktop") ? file : (words[0] ?? ""), wish.places, wish.id);
    return draft === null ? null : { ...draft, rawId: null };
  }
  if (kind === "docker") return readDocker(words.length > 1 ? words : (splitCommand((file === null ? words[0] : textOf(file)) ?? "") ?? []));
  const text = file === null ? null : textOf(file);
  if (file === null || text === null) return null;
  if (kind === "firejail") return firejail(wish, file);
  if (kind === "metadata") {
    const keyfile = parseKeyfileText(file, text);
    return keyfile.ok ? readMetadataFile(file, keyfile.value) : null;
  }
  try {
    if (kind === "bubblejail") return readBubblejail(file, text, (await import("smol-toml")).parse(text));
    // JSON with comments, as flatpak-builder takes it, is YAML but for those.
    const plain = file.endsWith(".json") ? text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "") : text;
    return readFlathub(file, text, (await import("yaml")).parse(plain.replaceAll("\t", "  ")));
  } catch {
    return null;
  }
}

/** The program is that of the profile's name; what its desktop entry and its bus names say counts too, what its libraries say does not. */
function firejail(wish: DraftWish, file: string): ReadSource {
  const folder = file.slice(0, file.lastIndexOf("/"));
  const lines = readProfile(file, { read: textOf, folders: [folder, ...wish.profileFolders] });
  const name = file.slice(folder.length + 1).replace(/\.profile$/, "");
  const program = draftProgram(name, wish.places, wish.id);
  const names = (program?.lines ?? []).filter(({ options = [] }) => options.some((option) => option.startsWith("--own-name=")));
  return { id: program?.id ?? null, rawId: null, command: program?.command ?? name, lines: [...lines, ...names] };
}

function textOf(path: string): string | null {
  const read = readRegularFile(path);
  return read.kind === "read" ? new TextDecoder().decode(read.bytes) : null;
}
