// One granted file: the app's side is a name in a folder of its own (the stage), the host's side the file itself. On one file system both are hard links to the same
// file, so what either writes is there for the other at once; where one side puts another file in its place (an atomic save), the other side follows.
import { closeSync, constants, fstatSync, futimesSync, linkSync, lstatSync, openSync, readSync, renameSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Addon } from "../../native/addon.ts";
import { conflictName, forgetOldConflicts } from "./conflicts.ts";
import { type NameWatcher, watchNames } from "./folder-watch.ts";
import { inFolders } from "./held-folder.ts";

export interface MirrorParts {
  readonly addon: Addon;
  readonly path: string;
  /** Device and inode of the folder that the file lies in. */
  readonly mark: string;
  readonly stage: string;
  readonly stageMark: string;
  /** In the stage. Missing: as the file. */
  readonly stageName?: string;
  /** Never one file under two names. */
  readonly copies?: boolean;
  readonly writable: () => boolean;
  /** What was the same on both sides, as it was last written down; "" for nothing. */
  readonly known: string;
  remember(known: string): void;
  note(event: string, values: Readonly<Record<string, unknown>>): void;
}

export interface Mirror {
  /** Compares both sides and does what follows. */
  sync(): void;
  /** `drop`: takes the app's name away, so that it keeps no deleted file alive. */
  close(drop: boolean): void;
}

/** A name that vanished may be about to come back: programs delete and make anew. */
const GONE_MILLISECONDS = 1_000;
const SETTLE_MILLISECONDS = 20;
/** What a comparison took must pass this many times before the next one. */
const SHARE = 4;
const MAX_COPY_BYTES = 256 * 1024 * 1024;

interface Side {
  readonly ino: bigint;
  /** Tells one state of a file from another. */
  readonly mark: string;
  readonly mtime: bigint;
}

export function openMirror(parts: MirrorParts): Mirror {
  const { addon, stage } = parts;
  const name = basename(parts.path);
  const insideName = parts.stageName ?? name;
  const folders = [
    { path: dirname(parts.path), mark: parts.mark },
    { path: stage, mark: parts.stageMark },
  ];
  // INVARIANT: both are ways through held descriptors of the very folders that were given, made anew for each comparison. An app that moves a folder away and puts a
  // link or another folder in its place gets nothing compared, nothing written and nothing taken away.
  let path = "";
  let inside = "";
  const held = <T>(work: () => T): T =>
    inFolders(addon, folders, ([outer, inner]) => {
      path = `${outer}/${name}`;
      inside = `${inner}/${insideName}`;
      return work();
    });
  const [outerMark, innerMark] = parts.known.split(" ");
  let known = { host: outerMark ?? "", stage: innerMark ?? "" };
  let timer: NodeJS.Timeout | undefined;
  let watcher: NameWatcher | undefined;
  let closed = false;
  let cost = 0;

  const remember = (host: string | undefined, staged: string | undefined): void => {
    const next = { host: host ?? "", stage: staged ?? "" };
    if (next.host === known.host && next.stage === known.stage) return;
    known = next;
    parts.remember(`${next.host} ${next.stage}`);
  };
  const later = (milliseconds: number): void => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(run, Math.max(milliseconds, cost * SHARE)).unref();
  };
  const run = (): void => {
    const began = Date.now();
    watcher?.quiet();
    let wait = false;
    try {
      wait = held(compare);
    } catch (error) {
      parts.note("document", { path: parts.path, detail: (error as Error).message });
    }
    cost = Date.now() - began;
    if (wait) later(GONE_MILLISECONDS);
  };
  let goneSince = 0;
  /** INVARIANT: only a name that was there under our eyes is taken for deleted by the app; a stage that somebody cleared away deletes nothing. */
  let seen = false;

  /** True where something vanished and time will tell. */
  const compare = (): boolean => {
    const host = look(path);
    const staged = look(inside);
    seen ||= staged !== undefined;
    if (host !== undefined && staged !== undefined && (host.ino === staged.ino || (host.mark === known.host && staged.mark === known.stage))) {
      goneSince = 0;
      remember(host.mark, staged.mark);
      return false;
    }
    // What each side was while it was put there: one that changes right behind that has changed.
    let put: { readonly host: string; readonly stage: string } | undefined;
    const putOutside = (): void => {
      const marks = putFile(inside, path, parts.copies === true);
      put = marks && { host: marks.to, stage: marks.from };
    };
    const putInside = (): void => {
      const marks = putFile(path, inside, parts.copies === true);
      put = marks && { host: marks.from, stage: marks.to };
    };
    const hostChanged = (host?.mark ?? "") !== known.host;
    const stageChanged = (staged?.mark ?? "") !== known.stage;
    if (staged !== undefined && stageChanged && parts.writable()) {
      if (host !== undefined && hostChanged && known.host !== "") keepLoser(host, staged);
      const newer = host === undefined || !hostChanged || staged.mtime >= host.mtime;
      if (newer) putOutside();
      else putInside();
    } else if (host !== undefined && (hostChanged || staged === undefined || stageChanged)) {
      // A name that the app took away may be about to come back from its side.
      if (staged === undefined && seen && !hostChanged && parts.writable()) return vanished(() => unlinkSync(path));
      putInside();
    } else if (host === undefined && staged !== undefined && known.host !== "") return vanished(() => removeFile(inside));
    goneSince = 0;
    const shown = look(inside);
    seen ||= shown !== undefined;
    if (put === undefined) remember(look(path)?.mark, shown?.mark);
    else remember(put.host, put.stage);
    return false;
  };
  const vanished = (end: () => void): boolean => {
    goneSince ||= Date.now();
    if (Date.now() - goneSince < GONE_MILLISECONDS) return true;
    end();
    goneSince = 0;
    remember(look(path)?.mark, look(inside)?.mark);
    return false;
  };
  /** Both sides got another file: the newer one gets the name, the older one stays beside it on the host. */
  const keepLoser = (host: Side, staged: Side): void => {
    const [loser] = staged.mtime >= host.mtime ? [path] : [inside];
    parts.note("document conflict", { path: parts.path });
    putFile(loser as string, conflictName(path, Date.now()), parts.copies === true);
    forgetOldConflicts(path);
  };
  watcher = watchNames(addon, folders, [name, insideName], () => later(SETTLE_MILLISECONDS));
  run();

  return {
    sync: run,
    close(drop) {
      run();
      closed = true;
      clearTimeout(timer);
      watcher?.close();
      if (!drop) return;
      try {
        held(() => removeFile(inside));
      } catch (error) {
        // A folder that the app put there, or its stage is gone: it stays with the state until the document ends.
        parts.note("document", { path: parts.path, detail: (error as Error).message });
      }
    },
  };
}

function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Undefined for what is no regular file: a link or a pipe that an app puts there means nothing. */
function look(path: string): Side | undefined {
  try {
    const found = lstatSync(path, { bigint: true });
    if (!found.isFile()) return undefined;
    // A hard link is known by its inode; a copy by its times too, which hold for links as well unless somebody writes in place, and then both sides change alike.
    return { ino: found.ino, mark: `${found.dev}:${found.ino}:${found.mtimeNs}:${found.size}`, mtime: found.mtimeNs };
  } catch {
    return undefined;
  }
}

/** INVARIANT: what gets the name is a regular file, looked at under a name that the app cannot reach or change: `link` follows no link, and a link that it made is left out. */
function putFile(from: string, to: string, copies: boolean): { readonly from: string; readonly to: string } | undefined {
  const temporary = `${dirname(to)}/.${basename(to).slice(0, 200)}.tsbox-${process.pid}`;
  rmSync(temporary, { force: true });
  const source = look(from);
  copyOrLink(from, temporary, copies);
  const target = look(temporary);
  if (source === undefined || target === undefined) {
    rmSync(temporary, { force: true });
    return undefined;
  }
  renameSync(temporary, to);
  return { from: source.mark, to: target.mark };
}

function copyOrLink(from: string, to: string, copies: boolean): void {
  if (copies) {
    copyFile(from, to);
    return;
  }
  try {
    linkSync(from, to);
  } catch (error) {
    if (!["EXDEV", "EPERM", "EMLINK", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    copyFile(from, to);
  }
}

/** INVARIANT: follows no link: the app may put one in the place of what was looked at. */
function copyFile(from: string, to: string): void {
  const source = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { mtime, size } = statOfFile(source);
    // The broker copies while every app waits: neither a large file nor one with holes may take it for long.
    if (size > MAX_COPY_BYTES) throw new RangeError("too large to be copied between file systems");
    const target = openSync(to, "wx", 0o600);
    try {
      copyBytes(source, target, size);
      futimesSync(target, mtime, mtime);
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

/** Not more than there was at first: who goes on writing would be copied for ever. */
function copyBytes(source: number, target: number, size: number): void {
  const chunk = new Uint8Array(Math.min(Math.max(size, 1), 1024 * 1024));
  for (let left = size; left > 0; ) {
    const count = readSync(source, chunk, 0, Math.min(left, chunk.length), null);
    if (count === 0) return;
    writeSync(target, chunk, 0, count);
    left -= count;
  }
}

function statOfFile(fd: number) {
  const found = fstatSync(fd);
  if (!found.isFile()) throw new RangeError("no regular file");
  return found;
}
