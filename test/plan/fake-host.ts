// A host as a literal: paths and what lies there. Answers the plan's questions as the probe would, so that a question never asked is found out.
import type { SoundName } from "../../dbus-proxy/control.ts";
import type { Caller, CompositorFact, DeviceFact, HostFacts, HostQueries, PathFact } from "../../launcher/host/facts.ts";
import { landlockAbiOf } from "../../launcher/host/landlock-abi.ts";
import { walkPath } from "../../launcher/host/walk.ts";
import type { AppId, Manifest } from "../../launcher/manifest/manifest.ts";
import type { Problem, Result } from "../../launcher/manifest/origin.ts";
import { DEFAULT_RUN_OPTIONS, type Installation, type Plan, planRun, queriesForRun, type RunInputs, type RunOptions } from "../../launcher/plan/door.ts";
import { origin, permissionsOf, type Words } from "./permissions.ts";

/** `directory`, `socket`, `character`, `-> TARGET`, `set-uid` (a file), or `file` with its text after a colon. `root:` before it: not writable by the caller. */
export type Tree = Readonly<Record<string, string>>;

const UID = 1000;

/** A Debian with merged /usr, a home with the app's folders, nothing granted, no desktop. */
export const DEBIAN: Tree = {
  "/usr": "root:directory",
  "/usr/lib/os-release": "root:file",
  "/usr/local": "root:directory",
  "/usr/src": "root:directory",
  "/usr/share/zoneinfo/Europe/Berlin": "root:file",
  "/usr/lib/debug": "root:directory",
  "/bin": "root:-> usr/bin",
  "/sbin": "root:-> usr/sbin",
  "/lib": "root:-> usr/lib",
  "/lib64": "root:-> usr/lib64",
  "/usr/bin": "root:directory",
  "/usr/sbin": "root:directory",
  "/usr/lib64": "root:directory",
  "/etc/ld.so.cache": "root:file",
  "/etc/alternatives": "root:directory",
  "/etc/localtime": "root:-> /usr/share/zoneinfo/Europe/Berlin",
  "/etc/ssl/certs": "root:directory",
  "/etc/fonts": "root:directory",
  "/etc/os-release": "root:-> ../usr/lib/os-release",
  "/etc/shadow": "root:file",
  "/etc/java-17-openjdk": "root:directory",
  "/etc/resolv.conf": "root:-> ../run/systemd/resolve/stub-resolv.conf",
  "/run/systemd/resolve/stub-resolv.conf": "root:file:nameserver 127.0.0.53\n",
  "/etc/hosts": "root:file:127.0.0.1 localhost\n10.0.0.7 printer\n",
  "/sys/block": "root:directory",
  "/sys/bus": "root:directory",
  "/sys/class": "root:directory",
  "/sys/dev": "root:directory",
  "/sys/devices": "root:directory",
  "/sys/kernel": "root:directory",
  "/dev": "root:directory",
  "/dev/shm": "directory",
  "/proc": "root:directory",
  "/tmp": "directory",
  "/tmp/tsbox-1000": "directory",
  "/run/user/1000": "directory",
  "/home": "root:directory",
  "/home/ada": "directory",
  "/home/ada/.var/app/org.example.App/config": "directory",
  "/home/ada/.var/app/org.example.App/data": "directory",
  "/home/ada/.var/app/org.example.App/cache/tmp": "directory",
  "/home/ada/.var/app/org.example.App/cache/fontconfig": "directory",
  "/home/ada/.var/app/org.example.App/.local/state": "directory",
};

/** What the preparations make in a home that is written to. */
export const GUARDED_HOME: Tree = {
  "/home/ada/.local/share/tsbox": "directory",
  "/home/ada/.config/tsbox": "directory",
  "/home/ada/.local/state/tsbox": "directory",
  "/home/ada/.cache/tsbox": "directory",
  "/home/ada/.local/share/flatpak": "directory",
  "/home/ada/.local/share/applications": "directory",
  "/home/ada/.local/share/dbus-1": "directory",
  "/home/ada/.local/bin": "directory",
  "/home/ada/.bashrc": "file",
  "/home/ada/.config/autostart": "directory",
  "/home/ada/.ssh": "directory",
  "/home/ada/Documents": "directory",
  "/home/ada/Music": "directory",
};

export interface FakeRun {
  readonly tree?: Tree;
  readonly words?: Words;
  readonly environment?: Readonly<Record<string, string>>;
  readonly options?: Partial<RunOptions>;
  readonly caller?: Partial<Caller>;
  readonly manifest?: Partial<Manifest>;
  readonly cwd?: string;
  readonly abstractSockets?: readonly string[];
  readonly compositor?: CompositorFact;
  readonly devices?: readonly DeviceFact[];
  readonly installation?: Installation;
}

export function fakeInputs(run: FakeRun): RunInputs {
  const environment = new Map(Object.entries({ HOME: "/home/ada", LANG: "de_DE.UTF-8", SECRET_TOKEN: "42", ...run.environment }));
  const home = "/home/ada";
  const caller: Caller = {
    uid: UID,
    gid: UID,
    userName: "ada",
    groupName: "ada",
    realName: "Ada",
    home,
    dataHome: `${home}/.local/share`,
    configHome: `${home}/.config`,
    cacheHome: `${home}/.cache`,
    stateHome: `${home}/.local/state`,
    runtimeDirectory: "/run/user/1000",
    runtimeDirectoryIsFallback: false,
    hostname: "desk",
    arch: "x86_64",
    kernel: { major: 6, minor: 12 },
    landlockAbi: landlockAbiOf(run.caller?.kernel ?? { major: 6, minor: 12 }),
    userFolders: new Map([
      ["xdg-documents", `${home}/Documents`],
      ["xdg-music", `${home}/Music`],
    ]),
    ...run.caller,
  };
  return {
    caller,
    manifest: {
      id: "org.example.App" as AppId,
      file: "/home/ada/.local/share/tsbox/manifests/org.example.App.ini",
      programFolder: null,
      installed: null,
      instanceOf: null,
      deployment: null,
      runtime: { value: "host", origin: origin("runtime=host", 3) },
      command: { value: "app", origin: origin("command=app", 2) },
      layer: { layer: "manifest", file: "", entries: [] },
      ...run.manifest,
    },
    permissions: permissionsOf(run.words ?? {}),
    request: {
      argv: ["run", "org.example.App"],
      cwd: run.cwd ?? "/home/ada",
      environment,
      standard: ["tty", "tty", "tty"],
      descriptors: [],
      umask: 0o022,
      uid: caller.uid,
      gid: caller.gid,
      runtimeDirectory: caller.runtimeDirectory,
      runtimeDirectoryIsFallback: false,
      hostname: "desk",
    },
    installation: run.installation ?? { folder: "/usr/lib/node_modules/tsbox", binary: "/usr/lib/node_modules/tsbox/bin/tsbox", node: "/usr/bin/node" },
    options: { ...DEFAULT_RUN_OPTIONS, ...run.options },
  };
}

export function planOf(run: FakeRun): Result<Plan> {
  const inputs = fakeInputs(run);
  return planRun(inputs, answer(queriesForRun(inputs), run));
}

/** The plan, or an error that names the problems. */
export function goodPlanOf(run: FakeRun): Plan {
  const result = planOf(run);
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 1));
  return result.value;
}

/** What stands in the way of a plan; an error where a plan was made. */
export function problemsOf(run: FakeRun): readonly Problem[] {
  const result = planOf(run);
  if (result.ok) throw new Error("a plan was made");
  return result.problems;
}

/** The keys of what a plan tells. */
export function noticesOf(run: FakeRun): readonly string[] {
  const result = planOf(run);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.notices.map(({ key }) => key);
}

/** What the probe would answer on this tree. */
export function answer(queries: HostQueries, run: FakeRun): HostFacts {
  const tree = new Map<string, PathFact>();
  const contents = new Map<string, string>();
  const add = (path: string, raw: string): void => {
    const isRoot = raw.startsWith("root:");
    const what = isRoot ? raw.slice(5) : raw;
    const type = what.startsWith("-> ") ? "symlink" : ((what.startsWith("file") || what === "set-uid" ? "file" : what) as PathFact["type"]);
    if (what.startsWith("file:")) contents.set(path, what.slice(5));
    tree.set(path, {
      path,
      type,
      dev: 1n,
      ino: BigInt(tree.size + 1),
      mode: what === "set-uid" ? 0o4755 : 0o755,
      uid: isRoot ? 0 : UID,
      target: type === "symlink" ? what.slice(3) : null,
      writable: !isRoot,
    });
  };
  const all: Tree = { "/": "root:directory", ...DEBIAN, ...run.tree };
  for (const [path, what] of Object.entries(all)) {
    for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
      const folder = path.slice(0, at);
      if (!tree.has(folder)) add(folder, all[folder] ?? (folder.startsWith("/home/ada") || folder.startsWith("/tmp") ? "directory" : "root:directory"));
    }
    if (what !== "absent" && !tree.has(path)) add(path, what);
  }
  const paths = new Map<string, PathFact | null>();
  const look = (path: string): PathFact | null => {
    const fact = tree.get(path) ?? null;
    paths.set(path, fact);
    return fact;
  };
  const encoder = new TextEncoder();
  const walks = new Map(queries.paths.map((path) => [path, walkPath(path, look)]));
  const texts = queries.texts.map((path) => {
    const walk = walkPath(path, look);
    return [path, walk.end?.type === "file" ? encoder.encode(contents.get(walk.real) ?? "") : null] as const;
  });
  const folders = queries.folders.map(({ path, looking }) => {
    const start = path === "/" ? "/" : `${path}/`;
    const names = [...tree.keys()]
      .filter((one) => one !== "/" && one.startsWith(start) && !one.slice(start.length).includes("/"))
      .map((one) => one.slice(start.length))
      .sort();
    for (const name of names) if (looking.some((prefix) => name.startsWith(prefix))) walkPath(start + name, look);
    return [path, names] as const;
  });
  return {
    paths,
    walks,
    texts: new Map(texts),
    folders: new Map(folders),
    machineId: "0123456789abcdef0123456789abcdef",
    devices: queries.devices ? (run.devices ?? []) : null,
    compositor: queries.compositor === null ? null : (run.compositor ?? "plain"),
    abstractSockets: new Set(run.abstractSockets ?? []),
  };
}

type MessageBus = Exclude<Plan["buses"][number], { readonly name: SoundName }>;

/** The bus of this name that the plan gives. */
export function messageBusOf(plan: Plan, name: MessageBus["name"]): MessageBus | undefined {
  return plan.buses.find((bus): bus is MessageBus => bus.name === name);
}
