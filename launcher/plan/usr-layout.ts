// The host's programs: /usr, its names in the root (merged and unmerged layouts, by what lstat says), and the stores of other distributions. Pure.
import type { HostFacts } from "../host/facts.ts";
import { walkFacts } from "../permissions/granted.ts";
import type { RunInputs } from "./inputs.ts";
import type { Operation } from "./plan.ts";
import { EXTRA_IN_USR } from "./reserved-paths.ts";
import { because, bindIfThere } from "./sources.ts";

/** In the root a link into /usr where the host merged them, a folder of its own where not. */
const ROOT_NAMES = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] as const;
/** Programs that do not lie in /usr at all. */
const STORES: readonly { readonly path: string; readonly reason: string }[] = [
  { path: "/nix/store", reason: "the programs of NixOS" },
  { path: "/gnu/store", reason: "the programs of Guix" },
  { path: "/run/current-system", reason: "the links to the programs in use (NixOS, Guix)" },
];

const QUERIES: readonly string[] = ["/usr", ...ROOT_NAMES, ...STORES.map(({ path }) => path), ...EXTRA_IN_USR.map(({ path }) => path)];

/** Which program of the host opens what (freedesktop.org, "Association between MIME types and applications"; defaults.list is its forerunner). */
function associations({ request }: RunInputs): readonly string[] {
  const desktops = (request.environment.get("XDG_CURRENT_DESKTOP") ?? "").toLowerCase().split(":");
  const lists = desktops.filter((name) => /^[a-z0-9_-]+$/.test(name)).map((name) => `${name}-mimeapps.list`);
  return ["mimeinfo.cache", "defaults.list", "mimeapps.list", ...lists].map((name) => `/usr/share/applications/${name}`);
}

export function usrQueries(inputs: RunInputs): readonly string[] {
  return [...QUERIES, ...associations(inputs)];
}

export function usrOperations(inputs: RunInputs, facts: HostFacts): readonly Operation[] {
  const operations: Operation[] = [...bindIfThere("/usr", "/usr", ["directory"], facts, "the host's programs")];
  for (const path of ROOT_NAMES) {
    const fact = facts.paths.get(path) ?? null;
    if (fact?.type === "symlink") operations.push({ kind: "symlink", target: fact.target ?? "", to: path, because: because("merged into /usr on this host") });
    else operations.push(...bindIfThere(path, path, ["directory"], facts, "beside /usr on this host"));
  }
  for (const { path, reason } of STORES) operations.push(...bindIfThere(path, path, ["directory"], facts, reason));
  for (const { path, reason } of EXTRA_IN_USR) {
    if (walkFacts(path, facts).end?.type === "directory")
      operations.push({ kind: "tmpfs", to: path, mode: 0o500, sizeBytes: null, because: because(`hidden: ${reason}`) });
  }
  // GLib asks the portal only where it finds no program itself, and what it finds here it would start in this sandbox.
  const reason = "links and files are opened outside, by the user's choice, not by a program of the host in this sandbox";
  for (const to of associations(inputs)) {
    if (facts.paths.get(to)?.type === "file")
      operations.push({ kind: "data", to, mode: 0o644, bytes: new Uint8Array(), as: "bind-ro", because: because(reason) });
  }
  return operations;
}

/** Seals the covers once grants are mounted in them. */
export function usrSeals(facts: HostFacts): readonly Operation[] {
  return EXTRA_IN_USR.flatMap(({ path }) =>
    walkFacts(path, facts).end?.type === "directory" ? [{ kind: "remount-ro" as const, to: path, because: because("nothing is to be written here") }] : [],
  );
}
