// A place that is denied stays so by every name: a link may lead into it that another app left, or a folder may be mounted there a second time. Pure.
import type { HostFacts } from "../host/facts.ts";
import { isBelow, type Walk } from "../host/walk.ts";
import { LAYERS, type Origin } from "../manifest/origin.ts";
import { walkFacts } from "../permissions/granted.ts";
import type { Exposure } from "../permissions/kind.ts";
import type { RunInputs } from "./inputs.ts";

export interface Denied {
  /** Absolute, links not resolved. */
  readonly path: string;
  readonly origin: Origin;
  /** No cover lies on it: what holds it is denied as well. */
  readonly isBare: boolean;
}

/** `home` has no cover of its own, since the app's own data lies there; as a limit it is more than a word that grants nothing. */
export function collectDenied({ permissions, caller }: RunInputs, exposures: readonly Exposure[]): readonly Denied[] {
  const named = exposures.flatMap(({ path, mode, because: { origin } }): Denied[] =>
    mode === "hide" && origin !== null ? [{ path, origin, isBare: false }] : [],
  );
  const home = [...permissions.filesystems.values()].filter(
    ({ location, mode, origin }) => ["home", "home-all"].includes(location) && mode === "none" && origin.layer === "limit",
  );
  return [...named, ...home.map(({ origin }): Denied => ({ path: caller.home, origin, isBare: true }))];
}

/**
 * The denial into which a grant leads by another name than its own, or null. A grant that names a place in the denied one itself is meant, as in Flatpak; but not
 * beside a limit.
 */
export function denialBehind({ path, because }: Exposure, walk: Walk, denied: readonly Denied[], facts: HostFacts): Denied | null {
  const granted = because.origin;
  if (granted === null) return null;
  const isBroken = (denial: Denied): boolean => {
    const { real } = walkFacts(denial.path, facts);
    // A cover lies on the place itself (arrange.ts).
    const leadsIn = isBelow(walk.real, real) && (denial.isBare || walk.real !== real);
    if (!leadsIn && !(denial.isBare && isBelow(real, walk.real))) return false;
    if (denial.origin.layer === "limit") return true;
    return isAbove(denial.origin, granted) && !isBelow(path, denial.path) && !isBelow(path, real);
  };
  return denied.find(isBroken) ?? null;
}

/** Whether the layer of a denial is above that of a grant. */
export function isAbove(denial: Origin | null, grant: Origin | null | undefined): boolean {
  return denial !== null && grant !== null && grant !== undefined && LAYERS.indexOf(denial.layer) > LAYERS.indexOf(grant.layer);
}
