// Decides which manifest an argument of the command line means, and where to look. Pure; find-manifest.ts asks the disk.
import { parseAppId } from "./app-id.ts";
import type { AppId } from "./manifest.ts";
import { manifestFolders, type Places } from "./places.ts";

export type AppArgument =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "id"; readonly id: AppId }
  /** A program's name: `firefox`. */
  | { readonly kind: "program"; readonly name: string }
  | { readonly kind: "neither" };

/** A word with a slash is a file; an id is an id; what could be the name of a program is that. */
export function parseAppArgument(raw: string, cwd: string): AppArgument {
  if (raw.includes("/")) return { kind: "file", path: raw.startsWith("/") ? raw : `${cwd === "/" ? "" : cwd}/${withoutDots(raw)}` };
  const id = parseAppId(raw);
  if (id.ok) return { kind: "id", id: id.value };
  return /^[A-Za-z0-9_][A-Za-z0-9_+.-]{0,254}$/.test(raw) ? { kind: "program", name: raw } : { kind: "neither" };
}

/** Without `.`, which only clutters messages; `..` stays, since links on the way decide what it means. */
function withoutDots(path: string): string {
  return path
    .split("/")
    .filter((component) => component !== ".")
    .join("/");
}

/** The files that may hold the manifest of an id, first wins. */
export function manifestFiles(places: Places, id: string): readonly string[] {
  return manifestFolders(places).map((folder) => `${folder}/${id}.ini`);
}

/** Why a candidate was not taken. */
export type Candidate = { readonly file: string } & (
  | { readonly state: "taken" }
  | { readonly state: "absent" }
  /** It is there, but one before it counts. */
  | { readonly state: "shadowed" }
);

/** Whether a manifest's command is this program: its last path component. */
export function startsProgram(command: string, name: string): boolean {
  return (command.split("/").at(-1) ?? "") === name;
}
