// A plan in bubblewrap's words alone, for `--backend=bwrap`: the words that the front obeys, without those that bubblewrap does not know. Pure.
// What is lost with them is what `--dry-run=bwrap` tells (render-bwrap.ts).
import type { EncodedPlan } from "../../native/plan-language.ts";
import { encodeRun } from "./encode.ts";
import { INSTANCE_MARK } from "./identity.ts";
import type { Plan } from "./plan.ts";

/** Words that encode.ts uses and bubblewrap 0.8 has, with the number of their arguments. */
const THEIRS: ReadonlyMap<string, number> = new Map([
  ...["--unshare-user", "--unshare-pid", "--unshare-uts", "--unshare-cgroup", "--unshare-net", "--unshare-ipc", "--disable-userns"].map(
    (word) => [word, 0] as const,
  ),
  ...["--hostname", "--chdir", "--seccomp", "--perms", "--size", "--tmpfs", "--dir", "--proc", "--dev", "--mqueue", "--remount-ro"].map(
    (word) => [word, 1] as const,
  ),
  ...["--setenv", "--bind", "--ro-bind", "--dev-bind", "--symlink", "--file", "--ro-bind-data"].map((word) => [word, 2] as const),
]);
/** Their first argument is data. */
const DATA: readonly string[] = ["--seccomp", "--file", "--ro-bind-data"];
/** Words of our own that say nothing to bubblewrap, and take the next operation's modifiers with them where they are an operation. */
const OURS: ReadonlyMap<string, number> = new Map([
  ...["--share-net", "--share-ipc", "--name-data", "--timing"].map((word) => [word, 0] as const),
  ...["--instance-dir", "--connector", "--scope", "--landlock", "--caller-args", "--keep-fd", "--op", "--init", "--sysfs"].map((word) => [word, 1] as const),
  ...["--connector-bus", "--landlock-path", "--link-bind", "--listen"].map((word) => [word, 2] as const),
  ["--source", 3],
]);

/** `arguments` without the program's name; NUL and a number stand for a descriptor of that blob, readable from its start: no other word can be so. Undefined: a word that has no place in either list. */
export function encodeForBwrap(
  plan: Plan,
  environment: ReadonlyMap<string, string>,
  callerArguments: readonly string[],
): EncodedPlan | { readonly unknown: string } {
  const encoded = encodeRun({ ...plan, identity: plan.identity.replaceAll(INSTANCE_MARK, "0") }, { id: "0", directory: "/" });
  const words: string[] = ["--die-with-parent", "--cap-drop", "ALL", "--clearenv"];
  const from = encoded.arguments;
  for (let at = 0; at < from.length; ) {
    const word = from[at] as string;
    if (word === "--") return { arguments: [...words, ...from.slice(at), ...callerArguments], blobs: encoded.blobs };
    if (word === "--pass-env") {
      const name = from[at + 1] as string;
      const value = environment.get(name);
      if (value !== undefined) words.push("--setenv", name, value);
      at += 2;
      continue;
    }
    const known = word === "--whole-proc" ? "--proc" : word;
    const count = THEIRS.get(known);
    const skipped = OURS.get(word);
    if (count !== undefined) {
      const given = from.slice(at + 1, at + 1 + count);
      words.push(known, ...(DATA.includes(known) ? [`\0${(given[0] as string).slice(1)}`, ...given.slice(1)] : given));
    }
    if (count === undefined && skipped === undefined) return { unknown: word };
    at += 1 + (count ?? (skipped as number));
  }
  return { unknown: "--" };
}
