// A guard: one place of the host that must stay as it is, or unseen, although a grant reaches it. Pure.
import type { RunInputs } from "./inputs.ts";
import { loginGuards } from "./login-set.ts";
import type { Because, Preparation } from "./plan.ts";
import { type GuardInputs, protectedGuards } from "./protected-paths.ts";

export interface Guard {
  /** Absolute, links not resolved: the links on the way are guarded as well. */
  readonly path: string;
  /** `hide`: nothing of it is seen. `read-only`: apps have reason to read it. */
  readonly cover: "hide" | "read-only";
  /**
   * `protected`: no grant lifts it; where it could be planted the app does not start. `login`: a grant of the place itself lifts it, `home:rw-all` lifts all;
   * where it could be planted this is a told lower level. `denied`: an entry of the manifest or of the user says so; what is not there is not denied.
   */
  readonly strength: "protected" | "login" | "denied";
  readonly because: Because;
  /** What is made where it is missing, so that no app makes it first. Null: a made one would do harm, or nobody can say what it should be. */
  readonly make: { readonly kind: Preparation["kind"]; readonly target: string | null; readonly mode: number } | null;
  /** Whether a read-only grant of the place, or of something in it, is given although it is protected. */
  readonly readable: boolean;
}

/** Whether any place of the host is granted at all, or bound. Without one nothing can be reached, and no guard is needed. */
function hasGrants({ permissions, options }: Pick<RunInputs, "permissions" | "options">): boolean {
  return permissions.binds.length + options.binds.length > 0 || [...permissions.filesystems.values()].some(({ mode }) => mode !== "none");
}

/** Every guard that this run may need. */
export function collectGuards(inputs: RunInputs): readonly Guard[] {
  if (!hasGrants(inputs)) return [];
  return [...protectedGuards(inputs), ...(hasLoginSet(inputs) ? loginGuards(inputs) : [])];
}

/** What no folder may bring that the user picks for an app: every protected place, and the login set. */
export function guardedPaths(inputs: GuardInputs): readonly string[] {
  const guards = [...protectedGuards(inputs), ...loginGuards(inputs)];
  return guards.filter(({ strength }) => strength !== "denied").map(({ path }) => path);
}

/** `home:rw-all` means what it is called: writable as a whole. */
function hasLoginSet({ permissions, options }: RunInputs): boolean {
  const all = permissions.filesystems.get("home-all");
  const writable =
    [...permissions.binds, ...options.binds].some(({ mode }) => mode === "rw") ||
    [...permissions.filesystems.values()].some(({ mode }) => mode === "rw" || mode === "create");
  return writable && !(all !== undefined && (all.mode === "rw" || all.mode === "create"));
}
