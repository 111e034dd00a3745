// The `[Extension NAME]` groups of an app's or a runtime's metadata: where extensions may be mounted (flatpak-metadata(5)). Pure.
import { entryOf, type Keyfile } from "../keyfile.ts";
import { decodeBoolean, decodeList } from "../keyfile-values.ts";
import type { Problem } from "../origin.ts";
import { noticeAt } from "../problem.ts";
import { textOf } from "./installations.ts";

export interface ExtensionPoint {
  /** Without the tag behind `@`. */
  readonly id: string;
  /** Relative to `/app` or `/usr`. */
  readonly directory: string;
  readonly branches: readonly string[];
  /** Relative to the mounted extension. */
  readonly addLdPath: string | null;
  readonly mergeDirs: readonly string[];
  readonly subdirectories: boolean;
  readonly subdirectorySuffix: string;
  /** Conditions, one of which must hold; none: always. */
  readonly enableIf: readonly string[];
}

const GROUP = /^Extension ([^@]+)(?:@.*)?$/;

export function parseExtensionPoints(keyfile: Keyfile, branch: string): { readonly points: readonly ExtensionPoint[]; readonly notices: readonly Problem[] } {
  const points: ExtensionPoint[] = [];
  const notices: Problem[] = [];
  for (const group of keyfile.groups.keys()) {
    const id = GROUP.exec(group)?.[1]?.trim();
    if (id === undefined || id.includes("/") || id.includes("..")) continue;
    const directory = textOf(keyfile, group, "directory");
    const point: ExtensionPoint = {
      id,
      directory: directory ?? "",
      branches: listOf(keyfile, group, "versions") ?? [textOf(keyfile, group, "version") ?? branch],
      addLdPath: textOf(keyfile, group, "add-ld-path"),
      mergeDirs: listOf(keyfile, group, "merge-dirs") ?? [],
      subdirectories: isTrue(keyfile, group, "subdirectories"),
      subdirectorySuffix: textOf(keyfile, group, "subdirectory-suffix") ?? "",
      enableIf: listOf(keyfile, group, "enable-if") ?? [],
    };
    const paths = [point.directory, ...(point.addLdPath === null ? [] : [point.addLdPath]), ...point.mergeDirs];
    const unfit = paths.find((path) => !isInside(path)) ?? (point.subdirectorySuffix === "" || isInside(point.subdirectorySuffix) ? undefined : "");
    if (unfit === undefined) points.push(point);
    else notices.push(noticeAt({ file: keyfile.file, line: keyfile.groups.get(group)?.line ?? 0, column: 0 }, "flatpak.extension-path", { id, path: unfit }));
  }
  return { points, notices };
}

/** Names a place below, and nothing above. */
function isInside(path: string): boolean {
  return path !== "" && !path.startsWith("/") && !path.split("/").includes("..");
}

function listOf(keyfile: Keyfile, group: string, key: string): readonly string[] | null {
  const entry = entryOf(keyfile, group, key);
  const items = entry === null ? null : decodeList(entry);
  return items?.ok ? items.value.map(({ value }) => value).filter((value) => value !== "") : null;
}

function isTrue(keyfile: Keyfile, group: string, key: string): boolean {
  const entry = entryOf(keyfile, group, key);
  const value = entry === null ? null : decodeBoolean(entry);
  return value?.ok === true && value.value;
}

/** What conditions ask of the host. */
export interface ExtensionHost {
  /** Last parts of the ids of the GL drivers to take, in order. */
  readonly glDrivers: readonly string[];
  readonly gtkTheme: string | null;
  readonly desktops: readonly string[];
  readonly kernelModules: (name: string) => boolean;
  readonly hasIntelGpu: boolean;
}

/** `id`: of the extension itself, of which conditions speak by the last part. An unknown condition does not hold. */
export function isEnabled(point: ExtensionPoint, id: string, host: ExtensionHost): boolean {
  if (point.enableIf.length === 0) return true;
  const last = id.slice(id.lastIndexOf(".") + 1);
  return point.enableIf.some((condition) => {
    if (condition === "active-gl-driver") return host.glDrivers.includes(last);
    if (condition === "active-gtk-theme") return host.gtkTheme === last;
    if (condition === "have-intel-gpu") return host.hasIntelGpu;
    if (condition.startsWith("have-kernel-module-")) return host.kernelModules(condition.slice("have-kernel-module-".length));
    if (condition.startsWith("on-xdg-desktop-")) return host.desktops.includes(condition.slice("on-xdg-desktop-".length).toLowerCase());
    return false;
  });
}
