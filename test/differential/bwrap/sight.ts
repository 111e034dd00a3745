// What `look` saw, as facts that can be compared, and the known differences: rules that are applied to both sides.

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was written to `@>` descriptors. */
  readonly written: readonly string[];
}

export interface Rule {
  readonly class: "published hole" | "text of a message" | "newer version" | "documented extension";
  readonly reason: string;
  /** The fact as both sides may say it, or nothing where it says nothing. */
  apply(fact: string): string | undefined;
}

const CLOSED_PROC = /^mount \S*\/(?:proc|a)\/(?:sys|sysrq-trigger|irq|bus)(?:\/\S*)? /;
const MADE_ANEW = /^(mount \S+) \S+ \S+ (\S+) (tmpfs|proc|devpts|mqueue|overlay)\b/;

export const RULES: readonly Rule[] = [
  {
    class: "documented extension",
    reason:
      "/proc/sys, /proc/irq, /proc/bus and /proc/sysrq-trigger are read-only always, not only where the caller could write to them (root could: the kernel checks the owner)",
    apply: (fact) => (CLOSED_PROC.test(fact) ? undefined : fact),
  },
  {
    class: "documented extension",
    reason: "the nodes of --dev are mounted noexec too",
    apply: (fact) => fact.replace(/^(mount \S+\/(?:null|zero|full|random|urandom|tty|console) \S+ \S+ )noexec,/, "$1"),
  },
  {
    class: "text of a message",
    reason: "messages say the same in other words; what counts is that there is one, and that it begins with `bwrap: ` or is the usage",
    apply: (fact) => fact.replace(/^message (?:bwrap: .*|usage: .*)$/, "message"),
  },
  {
    class: "text of a message",
    reason: "file systems that each run makes anew: where they lie in the launcher's own scratch space, and their number, say nothing",
    apply: (fact) => fact.replace(MADE_ANEW, "$1 $2 $3"),
  },
  {
    class: "text of a message",
    reason: "numbers of processes and namespaces in the written status differ from run to run",
    apply: (fact) => (fact.startsWith("written ") ? fact.replace(/: \d+/g, ": N") : fact),
  },
];

/** The topmost mount of each place: `mount PLACE DEVICE ROOT FLAGS TYPE [size]`. The order of lines says nothing: a mount may be made long before it is attached. */
function mounts(lines: readonly string[]): readonly string[] {
  const all = lines.map((line) => {
    const fields = line.split(" ");
    const dash = fields.indexOf("-");
    const [id = "", parent = "", device = "", root = "", place = "", options = ""] = fields;
    return { id, parent, device, root, place, flags: options.split(",").sort().join(","), type: fields[dash + 1] ?? "", superOptions: fields[dash + 3] ?? "" };
  });
  const isCovered = (mount: (typeof all)[number]): boolean => all.some((other) => other.parent === mount.id && other.place === mount.place);
  return all
    .filter((mount) => !isCovered(mount))
    .map(({ device, root, place, flags, type, superOptions }) => {
      const size = type === "tmpfs" && root === "/" ? (/(?:^|,)size=\w+/.exec(superOptions)?.[0] ?? "") : "";
      return `mount ${place} ${device} ${root} ${flags} ${type}${size}`;
    });
}

/** Facts of one run, sorted; `host` are the namespaces outside, by name. */
export function facts(run: Run, host: ReadonlyMap<string, string>): readonly string[] {
  const lines = run.stdout.split("\n").filter((line) => line !== "");
  const of = (label: string): string[] => lines.filter((line) => line.startsWith(`${label} `)).map((line) => line.slice(label.length + 1));
  const found = [
    `status ${run.status}`,
    ...lines.filter((line) => !/^(mount|namespace|device|variable _=)/.test(line)),
    ...mounts(of("mount")),
    ...of("namespace").map((line) => `namespace ${line.split(" ")[0]} ${host.get(line.split(" ")[0] ?? "") === line.split(" ")[1] ? "of the host" : "own"}`),
    ...of("device").map((line) => `device ${line.trim().split(/[:|]/)[0]}`),
    ...run.written.map((text) => `written ${text}`),
    ...(run.stdout === "" ? run.stderr.split("\n").slice(0, 1) : []).map((line) => `message ${line}`),
  ];
  return RULES.reduce<readonly (string | undefined)[]>((kept, rule) => kept.map((fact) => (fact === undefined ? undefined : rule.apply(fact))), found)
    .filter((fact): fact is string => fact !== undefined)
    .sort();
}

export function differences(theirs: readonly string[], ours: readonly string[]): readonly string[] {
  const only = (left: readonly string[], right: readonly string[], who: string): string[] =>
    left.filter((fact) => !right.includes(fact)).map((fact) => `${who}: ${fact}`);
  return [...only(theirs, ours, "bwrap"), ...only(ours, theirs, "ours ")];
}
