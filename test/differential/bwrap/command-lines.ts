// Command lines of bubblewrap, made from a seed: mostly right, some with a mistake.

/** Words with `@TEXT` for a descriptor that holds TEXT, and `@>` for one that is written to; `%` is the folder of sources. */
export interface CommandLine {
  readonly seed: number;
  readonly words: readonly string[];
  /** How the program ends, as arguments of `look`. */
  readonly end: readonly ["exit" | "signal", string];
}

interface Choice {
  below(count: number): number;
  chance(percent: number): boolean;
  of<T>(list: readonly T[]): T;
}

/** Mulberry32: small, and the same everywhere. */
function makeChoice(seed: number): Choice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    below,
    chance: (percent) => below(100) < percent,
    of: (list) => {
      const found = list[below(list.length)];
      if (found === undefined) throw new Error("nothing to choose from");
      return found;
    },
  };
}

/** Made by the test in the folder of sources; `missing` is not. */
const FOLDERS = ["folder", "folder/deep", "other", "link-to-folder"];
const FILES = ["file", "link-to-file"];
const PLACES = [
  "/t/a",
  "/t/a/b",
  "/t/a/b/c",
  "/t/b",
  "/t/c/d",
  "/t/g",
  "/t/folder",
  "/t/folder/deep",
  "/t/folder/file",
  "t/relative",
  "/t//double/",
  "/t/l",
  "/t/l/below",
];
const MODES = ["0700", "0755", "0750", "0711", "1777", "0644", "0600", "0444"];
const BINDS = ["--bind", "--bind-try", "--ro-bind", "--ro-bind-try", "--dev-bind", "--dev-bind-try"];
const DATA = ["--file", "--bind-data", "--ro-bind-data"];
const CAPABILITIES = ["CAP_CHOWN", "CAP_NET_ADMIN", "cap_sys_admin", "CAP_KILL", "ALL"];
/** Allows everything, in the order of bytes of both architectures. */
const ALLOW = "\x06\x00\x00\x00\x00\x00\xff\x7f";

type Maker = (choice: Choice) => readonly string[];

const OPERATIONS: readonly Maker[] = [
  (choice) => [choice.of(BINDS), `%/${choice.of(FOLDERS)}`, choice.of(PLACES)],
  (choice) => [choice.of(BINDS), `%/${choice.of(FOLDERS)}`, choice.of(PLACES)],
  (choice) => [choice.of(BINDS), `%/${choice.of(FILES)}`, choice.of(["/t/f", "/t/g/h", "/t/l", "/t/a/file"])],
  (choice) => [choice.of(["--bind-try", "--ro-bind-try", "--dev-bind-try", "--bind"]), "%/missing", choice.of(PLACES)],
  (choice) => [choice.of(["--ro-bind", "--ro-bind-try", "--dev-bind-try"]), choice.of(["/dev/shm", "/sys", "/dev"]), choice.of(PLACES)],
  (choice) => [...modes(choice, 40), ...(choice.chance(20) ? ["--size", choice.of(["65536", "0x10000", "1048576"])] : []), "--tmpfs", choice.of(PLACES)],
  (choice) => [...modes(choice, 40), "--dir", choice.of(PLACES)],
  (choice) => [...modes(choice, 50), choice.of(DATA), `@text ${choice.below(10)}`, choice.of(["/t/f", "/t/g/h", "/t/l", "/t/data", "/t/a/x"])],
  (choice) => ["--symlink", choice.of(["a", "/t/a", "../usr", "f", "/nowhere", "folder"]), choice.of(["/t/l", "/t/m/n", ...PLACES])],
  (choice) => afterwards(choice.of(PLACES), choice.chance(90) ? ["--dir"] : [], ["--chmod", choice.of(MODES)]),
  (choice) => afterwards(choice.of(PLACES), choice.chance(90) ? [choice.of(["--tmpfs", "--mqueue"])] : [], ["--remount-ro"]),
  (choice) => ["--mqueue", choice.of(PLACES)],
  (choice) => ["--proc", choice.of(["/t/proc", "/t/a"])],
  (choice) => ["--dev", choice.of(["/t/dev", "/t/a"])],
];

const SETTINGS: readonly Maker[] = [
  (choice) => ["--setenv", choice.of(["ONE", "PATH", "HOME", "PWD"]), choice.of(["", "value", "/t/a", "a=b"])],
  (choice) => ["--unsetenv", choice.of(["HOME", "NONE", "LANG"])],
  () => ["--clearenv"],
  (choice) => ["--chdir", choice.of(["/t", "/", "/proc", "t"])],
  (choice) => ["--hostname", choice.of(["inside", "a.b.c"]), ...(choice.chance(90) ? ["--unshare-uts"] : [])],
  () => ["--new-session"],
  () => ["--die-with-parent"],
  (choice) => ["--as-pid-1", ...(choice.chance(90) ? ["--unshare-pid"] : [])],
  (choice) => [choice.of(["--cap-add", "--cap-drop"]), choice.of(CAPABILITIES)],
  (choice) => [choice.of(["--uid", "--gid"]), choice.of(["0", "7", "1000", "65534"]), ...(choice.chance(90) ? ["--unshare-user"] : [])],
  () => ["--lock-file", "/look"],
  () => ["--sync-fd", "@"],
  () => ["--block-fd", "@x"],
  () => ["--info-fd", "@>"],
  () => ["--json-status-fd", "@>"],
  () => ["--seccomp", `@${ALLOW}`],
  () => ["--add-seccomp-fd", `@${ALLOW}`],
  (choice) => ["--args", `@--setenv\0FROM_ARGS\0${choice.below(9)}\0--dir\0/t/args`],
  () => ["--unshare-user", "--disable-userns"],
];

const NAMESPACES = [
  "--unshare-all",
  "--unshare-user",
  "--unshare-user-try",
  "--unshare-ipc",
  "--unshare-pid",
  "--unshare-net",
  "--unshare-uts",
  "--unshare-cgroup",
  "--unshare-cgroup-try",
  "--share-net",
];

const MISTAKES: readonly Maker[] = [
  () => ["--bind", "%/missing", "/t/x"],
  () => ["--no-such-option"],
  () => ["--tmpfs"],
  () => ["--perms", "0999", "--dir", "/t/x"],
  () => ["--perms", "0700", "--setenv", "A", "b"],
  () => ["--perms", "0700", "--perms", "0700", "--dir", "/t/x"],
  () => ["--size", "0", "--tmpfs", "/t/x"],
  () => ["--size", "4096", "--dir", "/t/x"],
  () => ["--cap-add", "CAP_NONE"],
  () => ["--cap-add", "chown"],
  () => ["--uid", "-1"],
  () => ["--uid", "many"],
  () => ["--symlink", "one", "/t/twice", "--symlink", "two", "/t/twice"],
  () => ["--chmod", "0700", "/t/none"],
  () => ["--remount-ro", "/t"],
  () => ["--userns-block-fd", "@x"],
  () => ["--seccomp", "@short"],
  () => ["--setenv", "", "x"],
  () => ["--chdir"],
  () => ["-"],
  () => ["--assert-userns-disabled"],
  () => ["--chdir", "/nowhere"],
];

function afterwards(place: string, first: readonly string[], then: readonly string[]): readonly string[] {
  return [...(first.length === 0 ? [] : [...first, place]), ...then, place];
}

function modes(choice: Choice, percent: number): readonly string[] {
  return choice.chance(percent) ? ["--perms", choice.of(MODES)] : [];
}

function shuffle<T>(choice: Choice, list: readonly T[]): readonly T[] {
  const left = [...list];
  const mixed: T[] = [];
  while (left.length > 0) mixed.push(...left.splice(choice.below(left.length), 1));
  return mixed;
}

export function makeCommandLine(seed: number): CommandLine {
  const choice = makeChoice(seed);
  const operations = Array.from({ length: choice.below(9) }, () => choice.of(OPERATIONS)(choice));
  const settings = Array.from({ length: choice.below(4) }, () => choice.of(SETTINGS)(choice));
  const namespaces = Array.from({ length: choice.below(4) }, () => [choice.of(NAMESPACES)]);
  const mistakes = choice.chance(8) ? [choice.of(MISTAKES)(choice)] : [];
  const proc = choice.chance(85) ? ["--proc", "/proc"] : ["--ro-bind", "/proc", "/proc"];
  const base = choice.chance(20) ? ["--bind", "%/root", "/"] : [];
  const words = [
    ...base,
    ...["--ro-bind", "%/look", "/look"],
    ...proc,
    ...(choice.chance(60) ? ["--dev", "/dev"] : []),
    ...["--dir", "/t"],
    ...shuffle(choice, [...operations, ...settings, ...namespaces, ...mistakes]).flat(),
    ...(choice.chance(30) ? ["--"] : []),
  ];
  return { seed, words, end: choice.chance(10) ? ["signal", choice.of(["9", "15", "11"])] : ["exit", choice.of(["0", "1", "7", "126", "255"])] };
}
