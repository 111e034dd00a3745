// `tsbox uninstall APP`: takes one of the user's own manifests away, with its program and its exports; its data only where that is asked for.
import { existsSync, rmSync } from "node:fs";
import { removeFiles, tellDesktop, withRecords } from "../export/door.ts";
import {
  findManifestAsWritten,
  forgetAccepted,
  isInstalledByFlatpak,
  manifestFilesOf,
  ownerOf,
  parseAppId,
  type Places,
  type Problem,
  removeManifest,
} from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderHint, renderText } from "../messages/render.ts";
import { allAppsFolder, appDataFolder } from "../plan/door.ts";
import { type Command, commandProblem, type Invocation, isGiven, type Outcome, OWN_FAILURE_STATUS, refuse, type Surroundings } from "./command.ts";
import { type ExportSettings, exportPlacesOf } from "./export.ts";
import { readViewer, type Viewer } from "./known-app.ts";
import { runningIds } from "./running.ts";

export function uninstallCommand(settings: ExportSettings): Command {
  return {
    name: "uninstall",
    summary: "take one of your own manifests away, with what was exported of it",
    positionals: "<APP>",
    options: [
      { flags: "--delete-data", summary: "take the app's data away too" },
      { flags: "-y, --assumeyes", summary: "taken for compatibility: nothing is asked" },
      { flags: "--system", summary: "one of all users', as `tsbox install --system` put it" },
    ],
    optionsFirst: false,
    details: ["Overrides stay: an app that comes back is given no more than before.", "Example: `tsbox uninstall org.example.App`"],
    answeredByBroker: false,
    answer: async (invocation, surroundings) => {
      const viewer = readViewer(surroundings, settings.catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const [app = ""] = invocation.positionals;
      return isGiven(invocation, "system")
        ? uninstallForAll(app, viewer.value.places, surroundings, settings)
        : uninstallOwn(app, invocation, surroundings, viewer.value, settings);
    },
  };
}

async function uninstallOwn(raw: string, invocation: Invocation, surroundings: Surroundings, viewer: Viewer, settings: ExportSettings): Promise<Outcome> {
  const { places, request, caller } = viewer;
  const withData = isGiven(invocation, "delete-data");
  const id = parseAppId(raw);
  const found = findManifestAsWritten(raw, request.cwd, places, "host");
  if (!found.ok && id.ok && isInstalledByFlatpak(places.flatpak, id.value)) return refuse(commandProblem("install.of-flatpak", { app: id.value }));
  if (!found.ok) return withData ? removeLeftData(raw, found.problems, viewer, surroundings) : refuse(...found.problems);
  const { manifest } = found.value;
  const app = manifest.id;
  if (manifest.instanceOf !== null) return refuse(commandProblem("install.instance", { app }));
  const owner = ownerOf(manifest, places);
  if (owner !== "user") return refuse(commandProblem(owner === "catalogue" ? "install.of-catalogue" : "install.not-yours", { app, file: manifest.file }));
  if (runningIds(surroundings).includes(app)) return refuse(commandProblem("install.runs", { app }));
  const unexported = await unexport(app, surroundings, settings, false);
  const failed = removeManifest(places, app);
  if (failed !== null) return refuse(...unexported, failed);
  forgetAccepted(places, app);
  const gone = renderText("install.removed", { file: manifestFilesOf(places, app).manifest }, MESSAGES);
  const data = appDataFolder({ manifest, caller });
  const rest = withData ? removeData(data) : staysNote(app, data);
  return typeof rest === "string"
    ? { status: 0, output: gone + rest, problems: unexported }
    : { status: OWN_FAILURE_STATUS, output: gone, problems: [...unexported, rest] };
}

/** What it left with each user, data and what was accepted, is theirs. */
async function uninstallForAll(app: string, places: Places, surroundings: Surroundings, settings: ExportSettings): Promise<Outcome> {
  const { manifest } = manifestFilesOf(places, app, "system");
  if (!parseAppId(app).ok || !existsSync(manifest)) return refuse(commandProblem("install.not-of-all", { app }));
  const unexported = await unexport(app, surroundings, settings, true);
  const failed = removeManifest(places, app, "system");
  if (failed !== null) return refuse(...unexported, failed);
  return { status: 0, output: renderText("install.removed", { file: manifest }, MESSAGES), problems: unexported };
}

async function unexport(app: string, surroundings: Surroundings, settings: ExportSettings, isSystem: boolean): Promise<readonly Problem[]> {
  const places = exportPlacesOf(isSystem, surroundings, settings.systemRoot);
  const addon = surroundings.addon();
  const mine = (records: Parameters<Parameters<typeof withRecords>[2]>[0]["records"]) => records.filter((record) => record.app === app);
  const done = await withRecords(places, addon, (open) => removeFiles(mine(open.records), places, open, addon));
  if (!done.ok) return done.problems;
  const kinds = new Set(done.value.filter((file) => file.changed).map((file) => file.kind));
  return [...done.notices, ...tellDesktop(kinds, places, surroundings.environment)];
}

/** Links in it are taken away, not followed: the app could make them. */
function removeData(folder: string): string | Problem {
  try {
    rmSync(folder, { recursive: true, force: true });
    return renderText("install.data-removed", { file: folder }, MESSAGES);
  } catch (error) {
    return { ...commandProblem("install.data-failed", { system: (error as NodeJS.ErrnoException).code ?? "" }), file: folder };
  }
}

function staysNote(app: string, folder: string): string {
  return `${renderText("install.data-stays", { file: folder }, MESSAGES)}${renderHint("install.data-stays", { app }, MESSAGES)}\n`;
}

/** The data of an app whose manifest went before. What has a manifest anywhere, in order or not, is another matter. */
function removeLeftData(raw: string, problems: readonly Problem[], { caller }: Viewer, surroundings: Surroundings): Outcome {
  const id = parseAppId(raw);
  const folder = id.ok ? `${allAppsFolder(caller.home)}/${id.value}` : "";
  const isLeft = id.ok && problems.every(({ key }) => key.startsWith("find.unknown-app")) && existsSync(folder);
  if (!isLeft) return refuse(...problems);
  if (runningIds(surroundings).includes(id.value)) return refuse(commandProblem("install.runs", { app: id.value }));
  const removed = removeData(folder);
  return typeof removed === "string" ? { status: 0, output: removed, problems: [] } : refuse(removed);
}
