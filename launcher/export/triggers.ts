// Tells the desktop what changed: its cache of file types, and the bus about services. Neither is needed for what was written to be right.
import { isExecutable } from "./executable.ts";
import { spawnSync } from "node:child_process";
import { noticeAt, type Problem } from "../manifest/door.ts";
import type { ExportKind, ExportPlaces } from "./places.ts";

const FOLDERS = ["/usr/bin", "/usr/local/bin", "/bin"];
const LIMIT_MS = 20_000;
const RELOAD = ["--session", "--type=method_call", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.ReloadConfig"];
const OF_THE_BUS = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "HOME"];

/** `kinds`: of the files that changed. What went wrong is a notice. */
export function tellDesktop(kinds: ReadonlySet<ExportKind>, places: ExportPlaces, environment: ReadonlyMap<string, string>): readonly Problem[] {
  const told: Problem[] = [];
  const { base, beneath } = places.folders.entry;
  if (kinds.has("entry")) told.push(...run("update-desktop-database", ["--quiet", `${base}/${beneath}`], {}));
  // A bus that reads its folders by itself does not need it, and without a session there is none to tell.
  if (kinds.has("service") && !places.isSystem && environment.has("DBUS_SESSION_BUS_ADDRESS")) {
    run("dbus-send", RELOAD, Object.fromEntries(OF_THE_BUS.map((name) => [name, environment.get(name) ?? ""])));
  }
  return told;
}

function run(name: string, argv: readonly string[], environment: Readonly<Record<string, string>>): readonly Problem[] {
  const program = FOLDERS.map((folder) => `${folder}/${name}`).find(isExecutable);
  if (program === undefined) return [];
  const done = spawnSync(program, [...argv], {
    env: { PATH: FOLDERS.join(":"), LANG: "C.UTF-8", ...environment },
    timeout: LIMIT_MS,
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (done.status === 0) return [];
  const answer = done.stderr?.toString("utf8").trim() || (done.error?.message ?? `it ended with ${done.status ?? done.signal}`);
  return [noticeAt({ file: "", line: 0, column: 0 }, "export.trigger", { program: name, answer: answer.slice(0, 500) })];
}
