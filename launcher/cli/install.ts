// `tsbox install FILE|DIR`: shows what a manifest asks for, asks, and puts it among the user's own.
import { existsSync } from "node:fs";
import {
  findManifestAsWritten,
  type Gains,
  gainsOf,
  installManifest,
  isDenial,
  keepAccepted,
  type Manifest,
  mergeLayers,
  parseManifest,
  type Problem,
  readAccepted,
  readRegularFile,
  renderEntry,
  manifestFilesOf,
} from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderHint, renderText } from "../messages/render.ts";
import { describePermissions } from "../permissions/describe.ts";
import { meaningOfEntry, RISKS } from "../permissions/meaning.ts";
import { type Command, commandProblem, type Invocation, isGiven, type Outcome, OWN_FAILURE_STATUS, refuse, type Surroundings } from "./command.ts";
import { renderGains } from "./gains-output.ts";
import { readViewer, type Viewer } from "./known-app.ts";
import { readManifestAt } from "./manifest-argument.ts";
import { renderReport } from "./permissions-output.ts";

const SCREEN_LINES = 24;
const SCREEN_CHARACTERS = 24 * 80;
const MOST_REPEATED = 8;
const MOST_CHARACTERS = 120;

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function installCommand(catalogue: () => string): Command {
  return {
    name: "install",
    summary: "put a manifest among your own, after showing what it asks for",
    positionals: "<FILE>",
    options: [
      { flags: "-y, --assumeyes", summary: "accept what the manifest asks for without being asked" },
      { flags: "--system", summary: "put it among those of all users" },
      { flags: "--replace", summary: "put it in the place of another manifest of the same app" },
    ],
    optionsFirst: false,
    details: [
      "FILE is a manifest, or a folder with one in it. A folder of the app's id beside it, with the app's program, is copied too.",
      "What it asks for in a later version is not given before `tsbox accept APP`.",
      "With --system, as root: below /usr/local/share. What it asks for counts as accepted by each user at his first start; what it asks for later, each accepts alone.",
      "Example: `tsbox install ./org.example.App.ini`",
    ],
    answeredByBroker: false,
    answer: (invocation, surroundings) => {
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const read = readManifestAt(invocation.positionals[0] as string, viewer.value.request.cwd);
      if (read.ok) return install(read.value, invocation, surroundings, viewer.value, read.notices);
      return refuse(...(noManifest(invocation.positionals[0] as string, viewer.value) ?? read.problems));
    },
  };
}

/** Who names an app as with Flatpak; null where a file is meant, or lies there. */
function noManifest(raw: string, { request, places }: Viewer): readonly Problem[] | null {
  if (raw.includes("/") || raw.endsWith(".ini") || existsSync(`${request.cwd}/${raw}`)) return null;
  const known = findManifestAsWritten(raw, request.cwd, places);
  if (!known.ok) return known.problems.some(({ key }) => key.endsWith("-nearest")) ? known.problems : [commandProblem("install.no-app", { app: raw })];
  return [commandProblem("install.known", { app: known.value.manifest.id, file: known.value.manifest.file })];
}

function install(found: Manifest, invocation: Invocation, surroundings: Surroundings, viewer: Viewer, notices: readonly Problem[]): Outcome {
  const { places, request } = viewer;
  const bytes = readRegularFile(found.file);
  if (bytes.kind !== "read") return refuse({ ...commandProblem("install.no-file", {}), file: found.file });
  // INVARIANT: what is shown, accepted and put there are the same bytes: an app that writes where it lies may exchange it at any moment.
  const read = parseManifest({ file: found.file, bytes: bytes.bytes, from: "tsbox", expectedId: found.id, programFolder: found.programFolder });
  if (!read.ok) return refuse(...read.problems);
  const manifest = read.value;
  const values = { app: manifest.id };
  const owner = isGiven(invocation, "system") ? "system" : "user";
  const target = manifestFilesOf(places, manifest.id, owner);
  // For all users only what lies there already is in the way: what is one user's own stays, and counts before it.
  const present = owner === "user" ? findManifestAsWritten(manifest.id, request.cwd, places, "host") : readManifestAt(target.manifest, request.cwd);
  const there = !present.ok ? null : "manifest" in present.value ? present.value.manifest.file : present.value.file;
  const isSame = there === target.manifest && isEqual(target.manifest, bytes.bytes);
  if (isSame && manifest.programFolder === null) return { status: 0, output: renderText("install.same", values, MESSAGES), problems: notices };
  if (there !== null && !isGiven(invocation, "replace")) return refuse(commandProblem("install.there", { ...values, file: there }));
  const shown = there !== null && owner === "user" ? showMore(manifest, viewer) : showAll(manifest, viewer);
  if (!isGiven(invocation, "assumeyes")) {
    const question = renderText("install.ask", values, MESSAGES).trimEnd().concat(" ");
    const answer = surroundings.ask?.(shown + worstAgain(manifest, shown) + question) ?? null;
    if (answer === null) return { status: OWN_FAILURE_STATUS, output: shown, problems: [...notices, commandProblem("install.needs-yes", {})] };
    if (!/^(?:y|yes)$/i.test(answer)) return { status: 1, output: renderText("install.declined", {}, MESSAGES), problems: notices };
  }
  // Of what others put on the machine each user accepts for himself, by the first start.
  const failed = installManifest(places, manifest.id, bytes.bytes, manifest.programFolder, owner) ?? (owner === "user" ? keepAccepted(places, manifest) : null);
  if (failed !== null) return refuse(failed);
  const done = { ...values, file: target.manifest };
  const output = `${isGiven(invocation, "assumeyes") ? shown : ""}${renderText("install.done", done, MESSAGES)}${renderHint("install.done", done, MESSAGES)}\n`;
  return { status: 0, output, problems: notices };
}

/** As `permissions` shows it, from the manifest alone. */
function showAll(manifest: Manifest, viewer: Viewer): string {
  const report = describePermissions(mergeLayers([manifest.layer]), { app: manifest.id, placeOf: viewer.placeOf, keptAt: null, holds: null });
  return renderReport({ ...report, app: manifest.id, file: manifest.file, lowerLevels: [], obstacles: [] });
}

/** What opens the sandbox or comes near to it, once more right above the question where the list is longer than a screen: it stands at the list's top, out of sight. */
function worstAgain({ layer }: Manifest, shown: string): string {
  if (shown.length < SCREEN_CHARACTERS && shown.split("\n").length < SCREEN_LINES) return "";
  const worst = layer.entries.flatMap((entry) => {
    const risk = isDenial(entry) ? null : meaningOfEntry(entry, null)?.risk;
    return risk === "escape" || risk === "high" ? [{ risk, permission: renderEntry(entry) }] : [];
  });
  const rows = worst.sort((one, other) => RISKS.indexOf(other.risk) - RISKS.indexOf(one.risk)).slice(0, MOST_REPEATED);
  const lines = rows.map(({ risk, permission }) => renderText("install.worst", { risk, permission: cut(permission) }, MESSAGES));
  const rest = worst.length - rows.length;
  return `\n${lines.join("")}${rest === 0 ? "" : renderText("install.worst-more", { count: String(rest) }, MESSAGES)}`;
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

/** What is new beside the one that it replaces; all where nobody knows what was accepted of that. */
function showMore(manifest: Manifest, viewer: Viewer): string {
  const accepted = readAccepted(viewer.places, manifest.id);
  if (accepted === "absent" || !accepted.ok) return showAll(manifest, viewer);
  const gains: Gains = gainsOf(accepted.value, manifest.layer);
  const isMore = gains.granted.length + gains.undenied.length > 0;
  return isMore ? renderText("install.ask-more", {}, MESSAGES) + renderGains(gains) : renderText("accept.nothing", { app: manifest.id }, MESSAGES);
}

function isEqual(file: string, bytes: Uint8Array): boolean {
  const read = readRegularFile(file);
  return read.kind === "read" && Buffer.from(read.bytes).equals(bytes);
}
