// The command lines of tsbox: a copy of the built program, manifests that lead to a wanted number of mounts, broker warm and cold.
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Line } from "./job.ts";
import { installedPrograms, WINDOW_PROGRAMS } from "./peers.ts";
import type { Place } from "./place.ts";

export interface Installed {
  readonly program: string;
  /** The same program under the name by which it reads bwrap's words. */
  readonly bwrap: string;
  readonly manifests: string;
}

/** A copy, so that a build during the runs changes nothing, with a Node of its own, whose pages no other process shares (for the memory figures). */
export function installCopy(place: Place, ownNode: boolean): Installed | undefined {
  if (!existsSync(join(place.root, "build/tsbox"))) return undefined;
  const into = join(place.directory, "installed");
  mkdirSync(join(into, "build"), { recursive: true });
  const wanted = /\.(cjs|cache)$|^tsbox$|\.node$|^node$|^package\.json$/;
  cpSync(join(place.root, "build"), join(into, "build"), {
    recursive: true,
    filter: (path) => path === join(place.root, "build") || wanted.test(path.slice(path.lastIndexOf("/") + 1)),
  });
  cpSync(join(place.root, "manifests"), join(into, "manifests"), { recursive: true });
  if (ownNode) {
    cpSync(realpathSync(process.execPath), join(into, "build/own-node"));
    writeFileSync(join(into, "build/node"), `${join(into, "build/own-node")}\n`);
  }
  const manifests = join(place.home, ".local/share/tsbox/manifests");
  symlinkSync("tsbox", join(into, "build/tsbox-bwrap"));
  return { program: join(into, "build/tsbox"), bwrap: join(into, "build/tsbox-bwrap"), manifests };
}

const id = (mounts: number | string): string => `org.tsbox.Bench${mounts}`;

/** Written as the user, so that every directory on the way is his. */
export function writeManifest(place: Place, installed: Installed, mounts: number | string, extra: number): void {
  const file = join(installed.manifests, `${id(mounts)}.ini`);
  const filesystems = [`${place.tools}:ro`, ...place.folders.slice(0, extra).map((folder) => `${folder}:ro`)].map((entry) => `${entry};`).join("");
  const text = `[Application]\nname=${id(mounts)}\ncommand=${join(place.tools, "probe")}\n[Context]\nsockets=x11;\nfilesystems=${filesystems}\n`;
  place.run(["sh", "-c", 'mkdir -p "$1" && printf %s "$2" > "$3"', "sh", installed.manifests, text, file]);
}

export function ourWords(installed: Installed, mounts: number | string, words: readonly string[], options: readonly string[] = []): readonly string[] {
  return [installed.program, "run", ...options, id(mounts), ...words];
}

const LACKS = "-";

export function ourLines(place: Place, installed: Installed, sizes: readonly number[]): readonly Line[] {
  const afterForgetting = (directory: string, ...words: readonly string[]): Pick<Line, "environment" | "before"> => ({
    environment: new Map([["XDG_RUNTIME_DIR", directory]]),
    before: [join(place.tools, "forget"), directory, ...words],
  });
  const lines: Line[] = sizes.map((mounts) => ({ name: `tsbox-${mounts}`, arguments: ourWords(installed, mounts, ["reply"]), lacks: LACKS }));
  if (sizes.includes(57)) {
    lines.push({ name: "tsbox-57-planned-anew", arguments: ourWords(installed, 57, ["reply"], ["--no-plan-cache"]), lacks: LACKS });
    lines.push({ name: "tsbox-57-cold", arguments: ourWords(installed, 57, ["reply"]), ...afterForgetting(place.coldRuntimeDirectory), lacks: LACKS });
    const first = afterForgetting(place.firstRuntimeDirectory, "everything");
    lines.push({ name: "tsbox-57-first", arguments: ourWords(installed, 57, ["reply"]), ...first, lacks: LACKS });
    if (place.display !== undefined) {
      lines.push({ name: "tsbox-smallest", arguments: ourWords(installed, 57, ["window"]), window: true, lacks: LACKS });
      for (const name of installedPrograms()) {
        const [command = "", ...words] = WINDOW_PROGRAMS[name];
        lines.push({ name: `tsbox-${name}`, arguments: ourWords(installed, 57, words, [`--command=${command}`]), window: true, lacks: LACKS });
      }
    }
  }
  return lines;
}
