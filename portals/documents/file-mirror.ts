// One granted file: the app's side is a name in a folder of its own (the stage), the host's side the file itself. On one file system both are hard links to the same
// file, so what either writes is there for the other at once; where one side puts another file in its place (an atomic save), the other side follows.
import {
  closeSync,
  constants,
  type FSWatcher,
  fstatSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  watch,
  writeSync,
} from "node:fs";
import { basename, dirname } from "node:path";

export interface MirrorParts {
  readonly path: string;
  readonly stage: string;
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

interface Side {
  readonly ino: bigint;
  /** Tells one state of a file from another. */
  readonly mark: string;
  readonly mtime: bigint;
}

export function openMirror(parts: MirrorParts): Mirror {
  const { path, stage } = parts;
  const name = basename(path);
  const inside = `${stage}/${name}`;
  mkdirSync(stage, { recursive: true, mode: 0o700 });
  const [outerMark, innerMark] = parts.known.split(" ");
  let known = { host: outerMark ?? "", stage: innerMark ?? "" };
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const remember = (host: Side | undefined, staged: Side | undefined): void => {
    const next = { host: host?.mark ?? "", stage: staged?.mark ?? "" };
    if (next.host === known.host && next.stage === known.stage) return;
    known = next;
    parts.remember(`${next.host} ${next.stage}`);
  };
  const later = (milliseconds: number): void => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds).unref();
  };
  const run = (): void => {
    try {
      const wait = compare();
      if (wait) later(GONE_MILLISECONDS);
    } catch (error) {
      parts.note("document", { path, detail: (error as Error).message });
    }
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
      remember(host, staged);
      return false;
    }
    const hostChanged = (host?.mark ?? "") !== known.host;
    const stageChanged = (staged?.mark ?? "") !== known.stage;
    if (staged !== undefined && stageChanged && parts.writable()) {
      if (host !== undefined && hostChanged && known.host !== "") keepLoser(host, staged);
      const newer = host === undefined || !hostChanged || staged.mtime >= host.mtime;
      if (newer) put(inside, path);
      else put(path, inside);
    } else if (host !== undefined && (hostChanged || staged === undefined || stageChanged)) {
      // A name that the app took away may be about to come back from its side.
      if (staged === undefined && seen && !hostChanged && parts.writable()) return vanished(() => unlinkSync(path));
      put(path, inside);
    } else if (host === undefined && staged !== undefined && known.host !== "") return vanished(() => rmSync(inside, { force: true }));
    goneSince = 0;
    remember(look(path), look(inside));
    return false;
  };
  const vanished = (end: () => void): boolean => {
    goneSince ||= Date.now();
    if (Date.now() - goneSince < GONE_MILLISECONDS) return true;
    end();
    goneSince = 0;
    remember(look(path), look(inside));
    return false;
  };
  /** Both sides got another file: the newer one gets the name, the older one stays beside it on the host. */
  const keepLoser = (host: Side, staged: Side): void => {
    const [loser] = staged.mtime >= host.mtime ? [path] : [inside];
    const beside = `${path}.conflict-${Date.now()}`;
    parts.note("document conflict", { path, beside });
    copyOrLink(loser as string, beside);
  };
  const watchers = [stage, dirname(path)].flatMap((folder) => watchFolder(folder, name, () => later(SETTLE_MILLISECONDS)));
  run();

  return {
    sync: run,
    close(drop) {
      run();
      closed = true;
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      if (drop) rmSync(inside, { force: true });
    },
  };
}

function watchFolder(folder: string, name: string, changed: () => void): readonly FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, (_, which) => {
      if (which === name || which === null) changed();
    });
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    // Out of watches, or a file system without: what was compared at each start is all that is known.
    return [];
  }
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
function put(from: string, to: string): void {
  const temporary = `${dirname(to)}/.${basename(to).slice(0, 200)}.tsbox-${process.pid}`;
  rmSync(temporary, { force: true });
  copyOrLink(from, temporary);
  if (look(temporary) === undefined) {
    rmSync(temporary, { force: true });
    return;
  }
  renameSync(temporary, to);
}

function copyOrLink(from: string, to: string): void {
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
    const { mtime } = statOfFile(source);
    const target = openSync(to, "wx", 0o600);
    try {
      const chunk = new Uint8Array(1024 * 1024);
      for (let count = readSync(source, chunk); count > 0; count = readSync(source, chunk)) writeSync(target, chunk, 0, count);
      futimesSync(target, mtime, mtime);
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

function statOfFile(fd: number) {
  const found = fstatSync(fd);
  if (!found.isFile()) throw new RangeError("no regular file");
  return found;
}
