// `tsbox data adopt APP`: asks what becomes of settings that the program has outside, does it, and takes it back.
import { asideFolder, adoptCopy, type Adoptable, type Adopted, findAdoptable, forgetAdopted, keepAdopted, readAdopted, undoCopy } from "../app-data/door.ts";
import { editOverride, findManifest, layOver, parseOptions, PERMISSION_OPTIONS, type Problem, takeOut } from "../manifest/door.ts";
import type { PermissionEntry } from "../permissions/entries.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { appDataFolder, guardedPaths } from "../plan/door.ts";
import { commandProblem, type Invocation, isGiven, type Outcome, refuse, type Surroundings } from "./command.ts";
import type { Viewer } from "./known-app.ts";
import { keepHistory, targetOf } from "./override-work.ts";

export const ADOPT_OPTIONS = [
  { flags: "--copy", summary: "`adopt`: a copy of the settings, which the app changes for itself" },
  { flags: "--share", summary: "`adopt`: the settings themselves, which the app changes for the program outside too" },
  { flags: "--none", summary: "`adopt`: nothing, and not to be asked again" },
  { flags: "--undo", summary: "`adopt`: take back what was decided; what the app did since is set aside" },
] as const;

const WAYS = ["copy", "share", "none"] as const;
const ANSWERS: Readonly<Record<string, Adopted["way"]>> = { c: "copy", copy: "copy", s: "share", share: "share", n: "none", none: "none" };

interface Work {
  readonly id: string;
  readonly folder: string;
  readonly viewer: Viewer;
  readonly surroundings: Surroundings;
  /** A new place for what is set aside. */
  readonly aside: (name: string) => string;
}

export async function adoptData(app: string, invocation: Invocation, surroundings: Surroundings, viewer: Viewer): Promise<Outcome> {
  const found = findManifest(app, viewer.request.cwd, viewer.places);
  if (!found.ok) return refuse(...found.problems);
  const { manifest } = found.value;
  const aside = asideFolder(viewer.places.state, `${manifest.id}.adopt`);
  const work: Work = {
    id: manifest.id,
    folder: appDataFolder({ manifest, caller: viewer.caller }),
    viewer,
    surroundings,
    aside: (name) => `${aside}/${name}`,
  };
  const before = readAdopted(viewer.places.state, work.id);
  if (isGiven(invocation, "undo")) return before === null ? refuse(commandProblem("data.adopt-undecided", { app })) : undo(before, work);
  if (before !== null) return refuse(commandProblem("data.adopt-decided", { app, way: before.way }));
  const installation = { folder: viewer.places.catalogue, binary: viewer.places.catalogue, node: process.execPath };
  const { found: items, refused } = findAdoptable(
    manifest,
    viewer.caller,
    work.folder,
    guardedPaths({ caller: viewer.caller, request: viewer.request, installation }),
  );
  const notes = refused.map(({ key, path }): Problem => ({ ...commandProblem(key, { path }), severity: "notice" }));
  if (items.length === 0) return { status: 0, output: say("data.adopt-nothing", { app }), problems: notes };
  const shown = items.map(({ from, seen }) => say("data.adopt-item", { from, to: seen })).join("");
  const given = WAYS.filter((way) => isGiven(invocation, way));
  const way = given.length === 1 ? (given[0] as Adopted["way"]) : given.length > 1 ? undefined : answerOf(surroundings, app, shown);
  if (way === undefined) return refuse(...notes, commandProblem("data.adopt-needs-word", { app }));
  const done = way === "copy" ? copyAll(items, work) : way === "share" ? await shareAll(items, work) : { ok: true as const, value: [] };
  if (!done.ok) return refuse(...notes, ...done.problems);
  keepAdopted(viewer.places.state, work.id, { way, items: done.value });
  return { status: 0, output: shown + say(`data.adopted-${way}`, { app }), problems: notes };
}

/** Undefined where nobody is there to ask, or says something else. */
function answerOf({ ask }: Surroundings, app: string, shown: string): Adopted["way"] | undefined {
  const answer = ask?.(shown + renderText("data.adopt-ask", { app }, MESSAGES).trimEnd()) ?? null;
  return answer === null ? undefined : ANSWERS[answer.trim().toLowerCase()];
}

type Done = { readonly ok: true; readonly value: Adopted["items"] } | { readonly ok: false; readonly problems: readonly Problem[] };

/** All or none. */
function copyAll(items: readonly Adoptable[], work: Work): Done {
  const addon = work.surroundings.addon();
  const made: Adopted["items"][number][] = [];
  for (const [index, item] of items.entries()) {
    const copied = adoptCopy(addon, item, work.folder, work.aside(`before-${index}`));
    if (copied.ok) {
      made.push({ ...item, aside: copied.value.aside });
      continue;
    }
    for (const [at, one] of made.entries()) undoCopy(addon, one, work.aside(`given-up-${at}`));
    return copied;
  }
  return { ok: true, value: made };
}

async function shareAll(items: readonly Adoptable[], work: Work): Promise<Done> {
  const done = await editBinds(items, work, false);
  return done === null ? { ok: true, value: items.map((item) => ({ ...item, aside: null })) } : { ok: false, problems: done };
}

/** Sharing is a bind like any other: the user sees it among the permissions. Null where it is written. */
async function editBinds(items: readonly Adoptable[], work: Work, isUndone: boolean): Promise<readonly Problem[] | null> {
  const { places } = work.viewer;
  const target = targetOf(places, work.id, false);
  const option = PERMISSION_OPTIONS.find(({ flag }) => flag === "--bind");
  if (option === undefined) throw new Error("no option --bind");
  const entries = parseOptions(
    items.map(({ from, seen }) => ({ option, raw: `${from}:${seen}` })),
    target.layer,
  );
  if (!entries.ok) return entries.problems;
  const tryLock = (descriptor: number): boolean => work.surroundings.addon().flock(descriptor, true);
  const change = (keyfile: Parameters<typeof layOver>[0]) =>
    isUndone ? takeOut(keyfile, entries.value as readonly PermissionEntry[]).keyfile : layOver(keyfile, entries.value);
  const edited = await editOverride(target, change, tryLock, keepHistory({ places, target }, `tsbox data adopt${isUndone ? " --undo" : ""}`));
  return edited.ok ? null : edited.problems;
}

async function undo({ way, items }: Adopted, work: Work): Promise<Outcome> {
  const problems: Problem[] = [];
  if (way === "share") problems.push(...((await editBinds(items, work, true)) ?? []));
  if (way === "copy") {
    for (const [index, item] of items.entries()) {
      const undone = undoCopy(work.surroundings.addon(), item, work.aside(`adopted-${index}`));
      if (!undone.ok) problems.push(...undone.problems);
    }
  }
  if (problems.length > 0) return refuse(...problems);
  forgetAdopted(work.viewer.places.state, work.id);
  return { status: 0, output: say("data.adopt-undone", { app: work.id }), problems: [] };
}

function say(key: string, values: Readonly<Record<string, string>>): string {
  return renderText(key, values, MESSAGES);
}
