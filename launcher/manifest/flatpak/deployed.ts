// What Flatpak deployed: an app or a runtime by its ref, read from an installation's folders (`app/ID/current`, `KIND/ID/ARCH/BRANCH/active`).
import { namesIn } from "../folder-names.ts";
import { realpathSync } from "node:fs";
import { isAbsent } from "../regular-file.ts";
import type { Installation } from "./installations.ts";

export interface Ref {
  readonly id: string;
  readonly arch: string;
  readonly branch: string;
}

/** One deployed app, runtime or extension. */
export interface Deployed extends Ref {
  readonly installation: string;
  /** Real path of the folder that holds `files` and `metadata`. */
  readonly folder: string;
  /** Checksum of the commit: the folder's name. */
  readonly commit: string;
}

/** `ID/ARCH/BRANCH`, as metadata names a runtime. */
export function parseRef(raw: string): Ref | null {
  const [id = "", arch = "", branch = "", ...rest] = raw.split("/");
  const ref = { id, arch, branch };
  return rest.length === 0 && isRef(ref) ? ref : null;
}

/**
 * INVARIANT: no part leads anywhere but to a folder of its own name. An app's metadata names versions of extensions, and they become parts of a path: with
 * `..` in one an app could have any folder of the user mounted.
 */
export function isRef({ id, arch, branch }: Ref): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(id) && /^[A-Za-z0-9_]+$/.test(arch) && /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(branch);
}

/** The version that `flatpak make-current` chose. */
export function currentApp(installation: Installation, id: string): Deployed | null {
  const current = realOf(`${installation.folder}/app/${id}/current`);
  const [branch, arch] = current?.split("/").reverse() ?? [];
  return arch === undefined || branch === undefined ? null : deployedAt(installation, "app", { id, arch, branch });
}

/** In the first installation that has it. */
export function findRuntime(installations: readonly Installation[], ref: Ref): Deployed | null {
  for (const installation of installations) {
    const found = deployedAt(installation, "runtime", ref);
    if (found !== null) return found;
  }
  return null;
}

function deployedAt(installation: Installation, kind: "app" | "runtime", ref: Ref): Deployed | null {
  const folder = realOf(`${installation.folder}/${kind}/${ref.id}/${ref.arch}/${ref.branch}/active`);
  return folder === null ? null : { ...ref, installation: installation.name, folder, commit: folder.split("/").at(-1) ?? "" };
}

/** Ids of everything of a kind whose name starts so. */
export function idsStartingWith(installations: readonly Installation[], kind: "app" | "runtime", start: string): readonly string[] {
  const ids = installations.flatMap(({ folder }) => namesIn(`${folder}/${kind}`).filter((name) => name.startsWith(start)));
  return [...new Set(ids)].sort();
}

export function realOf(path: string): string | null {
  if (isAbsent(path)) return null;
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
