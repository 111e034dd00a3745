// Names of the session bus that stay hidden whatever a wildcard grants. Data with reasons; pure.
import { patternCovers } from "../manifest/bus-name.ts";
import type { BusLevel } from "./permissions.ts";

/** Behind it a program outside does what it is told. `exempt`: an explicit grant of the name itself lifts it. */
export interface HiddenName {
  readonly name: string;
  readonly exempt: boolean;
  readonly because: string;
  /** tsbox serves the name itself; the host's stays hidden. */
  readonly onlyOnBus?: boolean;
}

export const HIDDEN_NAMES: readonly HiddenName[] = [
  {
    name: "org.freedesktop.portal.Flatpak",
    exempt: false,
    onlyOnBus: true,
    because: "the host's starts programs with Flatpak's permissions; tsbox's own serves this app",
  },
  { name: "org.freedesktop.impl.*", exempt: true, because: "back ends of portals answer whoever calls them, without asking the user" },
  { name: "org.freedesktop.Flatpak.*", exempt: true, because: "its Development interface runs any command outside the sandbox" },
  { name: "org.freedesktop.systemd1", exempt: true, because: "it starts units, that is, any command outside the sandbox" },
];

interface Grant {
  readonly name: string;
  readonly level: BusLevel;
}

/** Whether the grant speaks of the hidden name itself, or for a hidden family of a name in it. A wider wildcard (`org.freedesktop.*`) does not. */
export function speaksOfHidden(hidden: HiddenName, { name }: Pick<Grant, "name">): boolean {
  const stem = hidden.name.endsWith(".*") ? hidden.name.slice(0, -2) : hidden.name;
  return name === stem || name === hidden.name || patternCovers(`${stem}.*`, name);
}

/** Whether one of the grants lifts it. `see` does not: the name would be open to all that a wildcard beside it allows. */
export function isLifted(hidden: HiddenName, grants: readonly Grant[]): boolean {
  return hidden.exempt && grants.some((grant) => (grant.level === "talk" || grant.level === "own") && speaksOfHidden(hidden, grant));
}
