// The language in which a plan travels from the broker to the front: bubblewrap's own argument words, NUL-separated, and a few of our own.
// Its twin in C is plan.c. A data argument (`--ro-bind-data`, `--file`, `--seccomp`, …) is `%N`: blob N of the same frame;
// in tsbox-bwrap and tsbox-plan, which read words from a command line, it is a descriptor's number.

/** A PLAN frame: u32 count of argument bytes, u32 count of blobs, u32 length of each blob, the arguments, the blobs. All little endian. */
export interface EncodedPlan {
  readonly arguments: readonly string[];
  readonly blobs: readonly Uint8Array[];
}

/**
 * Words of our own, beside those of bubblewrap (see the manual of bwrap for the rest). In the order of a plan, settings first:
 *
 * | word | arguments | meaning |
 * |---|---|---|
 * | `--instance-dir` | DIR | host directory of the instance: the front writes `pid` and `bwrapinfo.json` there, and holds a read lock on `.ref`, inherited by init and connector |
 * | `--connector` | DATA | start a connector whose root holds DATA as `/.flatpak-info` |
 * | `--connector-bus` | NAME ADDRESS | a bus it may reach: absolute socket path, or `@abstract` |
 * | `--init` | DEST | the installed binary is bound read-only at DEST and executed there as pid 1 |
 * | `--scope` | `abstract-unix-socket` or `signal` | Landlock scope for the app |
 * | `--landlock` | RIGHTS | Landlock refuses these rights over paths (the sum of their bits, in decimal) but where a rule gives them |
 * | `--landlock-path` | RIGHTS PATH | such a rule, after `--landlock`: on what lies at PATH inside when everything is mounted, and on all below it |
 * | `--source` | TYPE DEV INO | what the next bind's source, or the next bus, must be: `d f s c b l`, device and inode in decimal; a mismatch ends the start |
 * | `--link-bind` | SRC DEST | clone of the symbolic link SRC itself, mounted on the link DEST (it can then be neither renamed nor removed) |
 * | `--layer` | LOWER UPPER WORK | after `--source`: an overlay of the folder LOWER, whose changes go to UPPER; nowhere by itself, see the next |
 * | `--layered-bind` | SRC DEST | as `--bind`, of what the layer whose LOWER is SRC or a folder above shows at SRC; SRC itself is compared with `--source` |
 * | `--sysfs` | DEST | fresh sysfs of the own network namespace, read-only |
 * | `--whole-proc` | DEST | as `--proc`, without covers over what only root could write: a nested procfs needs a whole one beside it. Not for uid 0 |
 * | `--listen` | NAME DEST | a listening unix socket at DEST in the new root, handed to the broker under NAME |
 * | `--wayland-context` | COMPOSITOR APP-ID DEST | a listening unix socket at DEST in the new root, offered to the compositor whose socket is COMPOSITOR as a security context of engine `org.flatpak`, APP-ID and the instance's number |
 * | `--x11-server` | PROGRAM APP-ID DEST | a listening unix socket at DEST in the new root, served by PROGRAM (Xephyr or Xwayland), which the front starts on the caller's display and ends with the sandbox |
 * | `--x11-clipboard` | `in` or `both`, DEST | after `--x11-server` of the same DEST: a connection to it, made before the app starts, with which the front starts the carrier of the clipboard |
 * | `--pass-env` | NAME | the caller's own value of NAME, byte for byte; nothing where it is unset |
 * | `--caller-args` | N | after the command's words: the caller's argv from index N on, byte for byte |
 * | `--keep-fd` | N | the caller's descriptor N stays open in the app |
 * | `--timing` | – | the front prints the time of each stage on standard error before the app starts to be supervised |
 * | `--name-data` | – | data that is mounted (`--ro-bind-data`) keeps a name below `/.tsbox-data`, so that the app's own sandboxes can mount it once more |
 * | `--share-ipc` | – | the host's ipc namespace stays; without it the sandbox has its own, as it always has its own user, mount, pid, uts and cgroup namespaces |
 * | `--op` | INDEX | number of the operation that the following words come from; returned with a failure |
 */
export const OWN_WORDS = [
  "--instance-dir",
  "--connector",
  "--connector-bus",
  "--init",
  "--scope",
  "--landlock",
  "--landlock-path",
  "--source",
  "--link-bind",
  "--layer",
  "--layered-bind",
  "--sysfs",
  "--whole-proc",
  "--listen",
  "--wayland-context",
  "--x11-server",
  "--x11-clipboard",
  "--pass-env",
  "--caller-args",
  "--keep-fd",
  "--timing",
  "--name-data",
  "--share-ipc",
  "--op",
] as const;

/** The payload of a PLAN frame. Arguments are UTF-8 and NUL-free. */
export function encodePlan(plan: EncodedPlan): Uint8Array {
  // A word with a NUL would be two words in C: nothing that is shown, and something that is done.
  const torn = plan.arguments.find((word) => word.includes("\0"));
  if (torn !== undefined) throw new Error(`a word of the plan holds a NUL: ${JSON.stringify(torn)}`);
  const words = Buffer.from(plan.arguments.map((word) => `${word}\0`).join(""), "utf8");
  const header = Buffer.alloc(8 + 4 * plan.blobs.length);
  header.writeUInt32LE(words.length, 0);
  header.writeUInt32LE(plan.blobs.length, 4);
  plan.blobs.forEach((blob, index) => {
    header.writeUInt32LE(blob.byteLength, 8 + 4 * index);
  });
  return Buffer.concat([header, words, ...plan.blobs]);
}
