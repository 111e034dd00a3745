import { namesIn } from "../folder-names.ts";
import { readFileSync, statSync } from "node:fs";
import { type Keyfile, parseKeyfile } from "../keyfile.ts";
import { readRegularFile } from "../regular-file.ts";
import { type Deployed, findRuntime, idsStartingWith, isRef, realOf, type Ref } from "./deployed.ts";
import { type ExtensionHost, type ExtensionPoint, isEnabled } from "./extension-points.ts";
import { type Installation, textOf } from "./installations.ts";

export interface ExtensionMount {
  readonly id: string;
  /** `local` for one that was put there by hand. */
  readonly commit: string;
  readonly of: "app" | "runtime";
  /** Real path on the host. */
  readonly files: string;
  /** Absolute path inside. */
  readonly to: string;
  /** An empty folder put there first, in which the mount point is made: the app's and the runtime's files are read-only. */
  readonly emptied: string | null;
  /** Links into the extension, beside it. */
  readonly links: readonly { readonly at: string; readonly target: string }[];
  /** Absolute folder of libraries. */
  readonly libraries: string | null;
}

/** Of one that lies unmanaged in `extension/`. */
const UNMANAGED_PRIORITY = 1000;

interface Found {
  readonly id: string;
  readonly commit: string;
  readonly files: string;
  /** `to` without the point's suffix. */
  readonly place: string;
  readonly to: string;
  /** The folder that is emptied for it. */
  readonly emptied: string | null;
  readonly point: ExtensionPoint;
  readonly priority: number;
}

export function findExtensions(
  of: "app" | "runtime",
  points: readonly ExtensionPoint[],
  arch: string,
  installations: readonly Installation[],
  host: ExtensionHost,
): readonly ExtensionMount[] {
  const root = of === "app" ? "/app" : "/usr";
  const found = points.flatMap((point) => findForPoint(point, root, arch, installations).filter(({ id }) => isEnabled(point, id, host)));
  // One place holds one extension: the first by priority.
  const byPlace = new Map<string, Found>();
  for (const one of [...found].sort((a, b) => b.priority - a.priority)) if (!byPlace.has(one.to)) byPlace.set(one.to, one);
  const taken = new Set<string>();
  const emptied = new Set<string>();
  const mounts = [...byPlace.values()].map((one): ExtensionMount => {
    const { id, commit, files, to, emptied: folder } = one;
    return { of, id, commit, files, to, emptied: folder, links: linksOf(one, taken), libraries: librariesOf(one) };
  });
  // By path, so that one within another comes after it.
  return mounts
    .sort((one, other) => (one.to < other.to ? -1 : 1))
    .map((mount) => {
      if (mount.emptied === null || !emptied.has(mount.emptied)) {
        if (mount.emptied !== null) emptied.add(mount.emptied);
        return mount;
      }
      return { ...mount, emptied: null };
    });
}

function findForPoint(point: ExtensionPoint, root: string, arch: string, installations: readonly Installation[]): readonly Found[] {
  const folder = `${root}/${point.directory}`;
  const suffix = point.subdirectorySuffix === "" ? "" : `/${point.subdirectorySuffix}`;
  for (const branch of point.branches) {
    const own = findOne({ id: point.id, arch, branch }, installations);
    if (own !== null) return [{ ...own, point, place: folder, to: `${folder}${suffix}`, emptied: null }];
  }
  if (!point.subdirectories) return [];
  const start = `${point.id}.`;
  const unmanaged = installations.flatMap(({ folder }) => namesIn(`${folder}/extension`).filter((name) => name.startsWith(start)));
  return [...new Set([...idsStartingWith(installations, "runtime", start), ...unmanaged])].flatMap((id) => {
    for (const branch of point.branches) {
      const one = findOne({ id, arch, branch }, installations);
      const place = `${folder}/${id.slice(start.length)}`;
      if (one !== null) return [{ ...one, point, place, to: `${place}${suffix}`, emptied: folder }];
    }
    return [];
  });
}

function findOne(ref: Ref, installations: readonly Installation[]): Pick<Found, "id" | "commit" | "files" | "priority"> | null {
  if (!isRef(ref)) return null;
  for (const { folder } of installations) {
    const files = realOf(`${folder}/extension/${ref.id}/${ref.arch}/${ref.branch}`);
    if (files !== null) return { id: ref.id, commit: "local", files, priority: UNMANAGED_PRIORITY };
  }
  const deployed = findRuntime(installations, ref);
  const files = deployed === null ? null : realOf(`${deployed.folder}/files`);
  return deployed === null || files === null ? null : { id: ref.id, commit: deployed.commit, files, priority: priorityOf(deployed) };
}

function priorityOf(deployed: Deployed): number {
  const keyfile = readMetadata(deployed);
  return keyfile === null ? 0 : Math.trunc(Number(textOf(keyfile, "ExtensionOf", "priority"))) || 0;
}

/** Null where it is not there or no keyfile. */
export function readMetadata(deployed: Deployed): Keyfile | null {
  const file = `${deployed.folder}/metadata`;
  const read = readRegularFile(file);
  const keyfile = read.kind === "read" ? parseKeyfile(file, read.bytes) : null;
  return keyfile?.ok ? keyfile.value : null;
}

function librariesOf({ point, to }: Found): string | null {
  return point.addLdPath === null ? null : `${to}/${point.addLdPath}`;
}

/** Each entry of a merged folder, once: of two extensions that have it the first one's counts. */
function linksOf({ point, place, to, files, emptied }: Found, taken: Set<string>): ExtensionMount["links"] {
  const parent = place.slice(0, place.lastIndexOf("/"));
  // Anywhere else the files are read-only, and no link can be made.
  if (emptied !== parent) return [];
  return point.mergeDirs.flatMap((merged) =>
    namesIn(`${files}/${merged}`).flatMap((name) => {
      const at = `${parent}/${merged}/${name}`;
      if (taken.has(at)) return [];
      taken.add(at);
      return [{ at, target: `${to}/${merged}/${name}` }];
    }),
  );
}

/** `desktop`, `glDrivers`: the caller's variables. */
export function readExtensionHost(environment: ReadonlyMap<string, string>): ExtensionHost {
  const drivers = environment.get("FLATPAK_GL_DRIVERS");
  const nvidia = firstLine("/sys/module/nvidia/version");
  return {
    glDrivers: drivers !== undefined ? drivers.split(":") : [...(nvidia === null ? [] : [`nvidia-${nvidia.replaceAll(".", "-")}`]), "default", "host"],
    gtkTheme: environment.get("GTK_THEME")?.split(":")[0] ?? null,
    desktops: (environment.get("XDG_CURRENT_DESKTOP") ?? "").split(":").map((name) => name.toLowerCase()),
    kernelModules: (name) => /^[A-Za-z0-9_-]+$/.test(name) && isThere(`/sys/module/${name.replaceAll("-", "_")}`),
    hasIntelGpu: namesIn("/sys/class/drm").some((card) => /^card\d+$/.test(card) && firstLine(`/sys/class/drm/${card}/device/vendor`) === "0x8086"),
  };
}

function firstLine(file: string): string | null {
  try {
    return readFileSync(file, "latin1").split("\n")[0]?.trim() ?? null;
  } catch {
    return null;
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** As `/.flatpak-info` lists them. */
export function renderExtensions(mounts: readonly ExtensionMount[], of: "app" | "runtime"): string {
  return mounts.flatMap((mount) => (mount.of === of ? [`${mount.id}=${mount.commit}`] : [])).join(";");
}
