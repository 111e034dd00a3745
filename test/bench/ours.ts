// The command lines of tsbox: a copy of the built program, manifests that lead to a wanted number of mounts, broker warm and cold.
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Line } from "./job.ts";
import { installedPrograms, WINDOW_PROGRAMS, type WindowProgram } from "./peers.ts";
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

/** What the catalogue gives such a program, on X11. */
function writeWindowManifest(place: Place, installed: Installed, name: WindowProgram): void {
  const more = name === "firefox" ? "shared=network;ipc;\npersistent=.mozilla;\n[X-Tsbox]\nnested=isolate\n" : "shared=ipc;\n";
  const owned = name === "gtk4" ? "[Session Bus Policy]\norg.gtk.WidgetFactory4=own\n" : "";
  const text = `[Application]\nname=${id(name)}\ncommand=${WINDOW_PROGRAMS[name][0]}\n[Context]\nsockets=x11;\n${more}${owned}`;
  const file = join(installed.manifests, `${id(name)}.ini`);
  place.run(["sh", "-c", 'mkdir -p "$1" && printf %s "$2" > "$3"', "sh", installed.manifests, text, file]);
  if (name !== "firefox") return;
  // Killed at its window each time, it must not ask about that; one profile for outside and one for inside, as both keep one.
  for (const home of [place.home, join(place.home, ".var/app", id(name))]) place.run(["sh", "-c", FIREFOX_PROFILE, "sh", join(home, ".mozilla/firefox")]);
}

const FIREFOX_PROFILE = `mkdir -p "$1/bench" && printf '[Profile0]\\nName=bench\\nIsRelative=1\\nPath=bench\\nDefault=1\\n[General]\\nStartWithLastProfile=1\\n' > "$1/profiles.ini"
printf '%s\\n' 'user_pref("toolkit.startup.max_resumed_crashes", -1);' 'user_pref("browser.sessionstore.resume_from_crash", false);' 'user_pref("browser.shell.checkDefaultBrowser", false);' 'user_pref("datareporting.policy.dataSubmissionEnabled", false);' > "$1/bench/user.js"`;

export function ourWords(installed: Installed, mounts: number | string, words: readonly string[], options: readonly string[] = []): readonly string[] {
  return [installed.program, "run", ...options, id(mounts), ...words];
}

const LACKS = "-";

export function ourLines(place: Place, installed: Installed, sizes: readonly number[]): readonly Line[] {
  const afterForgetting = (
    directory: string,
    ...words: readonly string[]
  ): { readonly environment: ReadonlyMap<string, string>; readonly before: readonly string[] } => ({
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
        writeWindowManifest(place, installed, name);
        const [, ...words] = WINDOW_PROGRAMS[name];
        lines.push({ name: `tsbox-${name}`, arguments: ourWords(installed, name, words), window: true, lacks: LACKS });
        const cold = afterForgetting(place.coldRuntimeDirectory);
        lines.push({ name: `tsbox-${name}-cold`, arguments: ourWords(installed, name, words), ...cold, window: true, lacks: LACKS });
        if (place.uncache === undefined) continue;
        const uncached = { arguments: ourWords(installed, name, words), window: true, lacks: LACKS };
        lines.push({ ...uncached, name: `tsbox-${name}-uncached`, before: place.uncache });
        const before = ["sh", "-c", `"$1" "$2"; shift 2; exec "$@"`, "sh", ...cold.before, ...place.uncache];
        lines.push({ ...uncached, name: `tsbox-${name}-uncached-cold`, environment: cold.environment, before });
      }
    }
  }
  return lines;
}
