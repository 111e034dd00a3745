// Reads an application id. The rules are Flatpak's (reference: flatpak-metadata(5) and the D-Bus naming rules); a name that lies in the desktop's own
// name space is a second question, asked apart: Flatpak's own apps may have one.
import type { AppId } from "./manifest.ts";
import type { Result } from "./origin.ts";
import { errorAt, failure, NO_PLACE, type Place, success } from "./problem.ts";
import { REFUSED_NAME_SPACES, type RefusedNameSpace } from "./refused-name-spaces.ts";

const NAME_SPACES: ReadonlyMap<string, RefusedNameSpace> = new Map(REFUSED_NAME_SPACES.map((space) => [space.prefix, space]));
const MAX_APP_ID_BYTES = 255;
const MIN_SEGMENTS = 3;

/** 1 to 255 bytes; at least three segments of `A-Z a-z 0-9 _`, none starting with a digit; `-` only in the last. */
export function parseAppId(raw: string, place: Place = NO_PLACE): Result<AppId> {
  const fault = faultOf(raw);
  if (fault !== null) return failure(errorAt(place, fault.key, { id: raw, character: fault.character }));
  return success(raw as AppId);
}

/** Refuses an id whose bus names would be those of the desktop itself: an app may own its id and everything below it. */
export function refuseDesktopName(id: AppId, place: Place = NO_PLACE): Result<AppId> {
  const hit = desktopNameSpaceOf(id);
  if (hit === undefined) return success(id);
  return failure(errorAt(place, "manifest.id-of-desktop", { id, prefix: hit.prefix, reason: hit.reason }));
}

/** The desktop's name space in which a bus name lies. */
export function desktopNameSpaceOf(name: string): RefusedNameSpace | undefined {
  for (let end = name.length; end > 0; end = name.lastIndexOf(".", end - 1)) {
    const found = NAME_SPACES.get(name.slice(0, end));
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Fault {
  readonly key: string;
  readonly character: string;
}

function faultOf(raw: string): Fault | null {
  const fault = (key: string, character = ""): Fault => ({ key: `manifest.id-${key}`, character });
  if (raw === "") return fault("empty");
  if (new TextEncoder().encode(raw).length > MAX_APP_ID_BYTES) return fault("too-long");
  if (raw.startsWith(".")) return fault("starts-with-period");
  if (raw.endsWith(".")) return fault("ends-with-period");
  const segments = raw.split(".");
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    for (const [at, character] of [...segment].entries()) {
      if (/[A-Za-z_]/.test(character)) continue;
      if (character === "-" && isLast) continue;
      if (character === "-") return fault("dash");
      if (at === 0) return fault(index === 0 ? "bad-start" : "bad-segment-start", character);
      if (!/[0-9]/.test(character)) return fault("bad-character", character);
    }
    if (segment === "") return fault("bad-segment-start", ".");
  }
  return segments.length < MIN_SEGMENTS ? fault("few-periods") : null;
}
