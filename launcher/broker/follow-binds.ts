// Keeps files that are bound into sandboxes the same on both sides while an app runs that sees them. What was missed meanwhile is compared at the next start.
import { lstatSync, readFileSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Addon } from "../../native/addon.ts";
import type { Mirror } from "../../portals/door.ts";
import type { FollowedFile } from "../plan/door.ts";
import { decodePlanText, encodePlanText } from "./plan-text.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface BindFollower {
  /** Both sides are the same when it answers; called once the app has ended. Throws where a folder is not the one of the plan. */
  begin(files: readonly FollowedFile[]): Promise<() => void>;
}

const RECORD = "followed";

/** For a broker that comes later. `directory`: the instance's own, which no app sees. */
export function recordFollowed(directory: string, files: readonly FollowedFile[]): void {
  if (files.length === 0) return;
  try {
    writeFileSync(`${directory}/${RECORD}`, encodePlanText(files), { mode: 0o600 });
  } catch {
    // Then no later broker follows them, and what was missed is compared at the next start.
    return;
  }
}

export function readFollowed(directory: string): readonly FollowedFile[] {
  try {
    return decodePlanText(readFileSync(`${directory}/${RECORD}`, "utf8")) as readonly FollowedFile[];
  } catch {
    // None are there, or it was cut off: what was missed is compared at the next start.
    return [];
  }
}

interface Followed {
  readonly mirror: Mirror;
  users: number;
}

export function createBindFollower(addon: Addon, note: (event: string, values: Readonly<Record<string, unknown>>) => void): BindFollower {
  const open = new Map<string, Followed>();
  return {
    async begin(files) {
      if (files.length === 0) return () => {};
      const portals = await import("../../portals/door.ts");
      const begun: string[] = [];
      const end = (): void => {
        for (const key of begun.splice(0)) {
          const followed = open.get(key) as Followed;
          followed.users -= 1;
          if (followed.users > 0) continue;
          open.delete(key);
          followed.mirror.close(false);
          const file = files.find(({ known }) => known === key) as FollowedFile;
          forgetSame(addon, portals.inFolders, file);
          if (file.opened !== null) forgetOpened(file);
        }
      };
      try {
        for (const file of files) {
          const { known } = file;
          const followed = open.get(known) ?? { mirror: openOne(addon, portals, file, note), users: 0 };
          followed.users += 1;
          open.set(known, followed);
          begun.push(known);
        }
      } catch (error) {
        end();
        throw error;
      }
      return end;
    },
  };
}

type Portals = typeof import("../../portals/door.ts");

function openOne(addon: Addon, portals: Portals, file: FollowedFile, note: (event: string, values: Readonly<Record<string, unknown>>) => void): Mirror {
  const { path, stage, name, writable, copies, known } = file;
  const mark = portals.folderMark(addon, dirname(path));
  const stageMark = `${file.stageDev}:${file.stageIno}`;
  const before = readKnown(known);
  // What the app had there of its own before is nobody's to lose, and not to be taken for a newer one.
  if (before === "") portals.inFolders(addon, [{ path: stage, mark: stageMark }], ([way]) => setAside(`${way}/${name}`));
  return portals.openMirror({
    addon,
    path,
    mark,
    stage,
    stageMark,
    stageName: name,
    copies,
    known: before,
    writable: () => writable,
    remember: (text) => keepKnown(known, text),
    note: (event, values) => note(event === "document" ? "bind not followed" : event, values),
  });
}

function setAside(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) renameSync(path, `${path}.before-bind-${Date.now()}`);
}

/** A second name of the host's file would keep it alive for nobody; one that is another file by now may be all that is left of something. */
function forgetSame(addon: Addon, inFolders: Portals["inFolders"], { path, stage, stageDev, stageIno, name, copies }: FollowedFile): void {
  if (copies) return;
  try {
    inFolders(addon, [{ path: stage, mark: `${stageDev}:${stageIno}` }], ([way]) => {
      const inside = lstatSync(`${way}/${name}`);
      if (inside.isFile() && inside.ino === lstatSync(path).ino) unlinkSync(`${way}/${name}`);
    });
  } catch {
    // One of both is not there.
  }
}

/** Left where something else lies in the folder: it may be all that is left of it. */
function forgetOpened({ stage, known }: FollowedFile): void {
  try {
    rmdirSync(stage);
    rmSync(known, { force: true });
  } catch {
    // What was missed is compared at the next start with that file.
    return;
  }
}

function readKnown(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}

function keepKnown(file: string, text: string): void {
  makeFolders(dirname(file), 0o700);
  writeFileSync(`${file}.new`, `${text}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
