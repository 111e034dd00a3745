// A space: one way in which places of the host appear inside. In the main space a path is the same outside and inside. Pure.

/** `HOST\0INSIDE`: host paths at or below HOST appear at or below INSIDE. A string, so that exposures of one space compare equal. */
export type Space = string;

export const MAIN_SPACE: Space = "/\0/";

export function spaceAt(host: string, inside: string): Space {
  return `${host}\0${inside}`;
}

/** The real host path at which the space begins. */
export function hostOf(space: Space): string {
  return space.slice(0, space.indexOf("\0"));
}

/** Where the real host path `path` appears. It must lie in the space. */
export function insideOf(space: Space, path: string): string {
  const host = hostOf(space);
  const inside = space.slice(space.indexOf("\0") + 1);
  const rest = host === "/" ? (path === "/" ? "" : path) : path.slice(host.length);
  return inside === "/" ? path : inside + rest;
}
