// What editors and users do with a document that an app was given, as data: what runs inside, what happens outside meanwhile, and whether it came through.
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { waitFor } from "../support/process.ts";
import type { Session } from "../support/session.ts";

export interface Scene {
  readonly session: Session;
  /** On the host. */
  readonly file: string;
  /** Both sides see it: a word between them. */
  readonly ready: string;
  readonly go: string;
  /** Ends what serves the documents, as a crash does. */
  crash(): Promise<void>;
  /** Brings it back. */
  revive(): Promise<void>;
}

export interface DocumentCase {
  readonly name: string;
  /** Missing: there is no file yet, and the user names it in a dialog. */
  readonly content?: string;
  readonly readOnly?: boolean;
  /** On another file system than the home. */
  readonly far?: boolean;
  /** sh, in the document's folder; `$1` is the document, `$name` its name, `$ready` and `$go` files that both sides see. */
  readonly inside: string;
  /** Begins when `$ready` is there. */
  outside?(scene: Scene): Promise<void>;
  /** Asked until it is so, or time is over. */
  cameThrough(scene: Scene, output: string): boolean;
  /** It fails behind Debian's document portal (1.16), which serves its documents by FUSE: what is seen there. */
  readonly losesByFuse?: string;
}

const saysOutside =
  (text: string) =>
  (scene: Scene): boolean =>
    existsSync(scene.file) && readFileSync(scene.file, "utf8") === text;
const WAIT_FOR_GO = 'touch "$ready"; n=0; while [ ! -e "$go" ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n+1)); done';
const UNTIL_NEW = 'n=0; while [ $n -lt 60 ]; do grep -qs new "$name" && echo seen && break; sleep 0.05; n=$((n+1)); done';
const SETTLE = "sleep 0.5";
const replaceOutside = ({ file }: Scene): Promise<void> => {
  writeFileSync(`${file}.part`, "new\n");
  renameSync(`${file}.part`, file);
  return Promise.resolve();
};

const ATOMIC = 'echo saved > .part && mv .part "$name"';

export const DOCUMENT_CASES: readonly DocumentCase[] = [
  { name: "writing in place", content: "one\n", inside: 'echo more >> "$name"', cameThrough: saysOutside("one\nmore\n") },
  {
    name: "a shared mapping",
    content: "one\n",
    inside: 'save_document.py mapping "$1" two',
    cameThrough: saysOutside("two\n"),
  },
  { name: "an atomic save", content: "one\n", inside: `${ATOMIC}; ${SETTLE}`, cameThrough: saysOutside("saved\n") },
  {
    name: "a save that keeps a backup by its name",
    content: "one\n",
    inside: `mv "$name" "$name~" && echo saved > "$name"; ${SETTLE}; cat "$name~"`,
    cameThrough: (scene, output) => saysOutside("saved\n")(scene) && output === "one\n",
  },
  {
    name: "no litter beside the file after temporary files and backups",
    content: "one\n",
    inside: `cp "$name" "$name~" && ${ATOMIC}; echo lock > ".~lock.$name#"; ${SETTLE}`,
    cameThrough: (scene) => saysOutside("saved\n")(scene) && readdirSync(dirname(scene.file)).length === 1,
    losesByFuse: "`.xdp-…` files beside it, until the file system forgets them",
  },
  { name: "deletion and making anew", content: "one\n", inside: `rm "$name"; echo saved > "$name"; ${SETTLE}`, cameThrough: saysOutside("saved\n") },
  { name: "deletion", content: "one\n", inside: 'sleep 0.2; rm "$name"; sleep 2', cameThrough: ({ file }) => !existsSync(file) },
  {
    name: "a change in place outside",
    content: "one\n",
    inside: `${WAIT_FOR_GO}; ${UNTIL_NEW}`,
    outside: ({ file }) => Promise.resolve(writeFileSync(file, "new\n", { flag: "a" })),
    cameThrough: (_, output) => output === "seen\n",
  },
  {
    name: "an atomic save outside",
    content: "one\n",
    inside: `${WAIT_FOR_GO}; ${UNTIL_NEW}`,
    outside: replaceOutside,
    cameThrough: (_, output) => output === "seen\n",
  },
  {
    name: "an atomic save outside, heard by GLib's monitor inside",
    content: "one\n",
    inside: '(sleep 1; touch "$ready") & save_document.py watch "$1" 6000',
    outside: replaceOutside,
    cameThrough: (_, output) => output === "watching\nheard\n",
    losesByFuse: "no event comes inside",
  },
  {
    name: "a lock held outside, seen inside",
    content: "one\n",
    inside: `${WAIT_FOR_GO}; flock -n "$name" true || echo locked`,
    async outside({ session, file }) {
      const holder = session.start(["flock", file, "sh", "-c", "echo held; sleep 6"], { limit: 10_000 });
      await waitFor("the lock", () => holder.stdout().startsWith("held"));
    },
    cameThrough: (_, output) => output === "locked\n",
    losesByFuse: "the file system has locks of its own",
  },
  { name: "a new file by SaveFile", inside: `echo fresh > "$name"; ${SETTLE}; echo more >> "$name"`, cameThrough: saysOutside("fresh\nmore\n") },
  {
    name: "a new file by SaveFile, saved atomically",
    inside: `${ATOMIC}; ${SETTLE}`,
    cameThrough: saysOutside("saved\n"),
  },
  { name: "an atomic save on another file system", content: "one\n", far: true, inside: `${ATOMIC}; ${SETTLE}`, cameThrough: saysOutside("saved\n") },
  {
    name: "an atomic save outside on another file system",
    content: "one\n",
    far: true,
    inside: `${WAIT_FOR_GO}; ${UNTIL_NEW}`,
    outside: replaceOutside,
    cameThrough: (_, output) => output === "seen\n",
  },
  {
    name: "read-only by the kernel",
    content: "one\n",
    readOnly: true,
    inside:
      '(echo more >> "$name") 2> /dev/null || echo refused; (rm "$name") 2> /dev/null || echo refused; (echo x > .part && mv .part "$name") 2> /dev/null || echo refused',
    cameThrough: (scene, output) => output === "refused\nrefused\nrefused\n" && saysOutside("one\n")(scene),
  },
  {
    name: "writing on through a crash of what serves the document",
    content: "one\n",
    inside: `exec 3>> "$name"; ${WAIT_FOR_GO}; echo late >&3`,
    outside: ({ crash }) => crash(),
    cameThrough: saysOutside("one\nlate\n"),
    losesByFuse: "`Transport endpoint is not connected`",
  },
  {
    name: "an atomic save after a crash of what serves the document",
    content: "one\n",
    inside: `${WAIT_FOR_GO}; ${ATOMIC}; ${SETTLE}`,
    outside: ({ crash }) => crash(),
    cameThrough: saysOutside("saved\n"),
    losesByFuse: "`Transport endpoint is not connected`, also after it is back",
  },
  {
    name: "vim's save by renaming",
    content: "one\n",
    inside: "vim -es -u NONE -i NONE -c 'set backup backupcopy=no' -c 's/one/saved/' -c 'wq' \"$name\"; sleep 0.5",
    cameThrough: saysOutside("saved\n"),
  },
  {
    name: "GTK's save (g_file_replace_contents with a backup)",
    content: "one\n",
    inside: `save_document.py gio "$1" saved; ${SETTLE}`,
    cameThrough: saysOutside("saved"),
  },
  { name: "Qt's save (QSaveFile)", content: "one\n", inside: `save_document.py qt "$1" saved; ${SETTLE}`, cameThrough: saysOutside("saved") },
];
