// Fonts and icons of the host for an app whose `/usr` is another's: below `/run/host`, where runtimes look for them (Flatpak's layout). Pure.
import type { HostFacts } from "../host/facts.ts";
import { walkFacts } from "../permissions/granted.ts";
import { leadsToGuarded, USER_SHARE } from "./home.ts";
import type { RunInputs } from "./inputs.ts";
import type { Operation } from "./plan.ts";
import { plantedLink, type Reach } from "./planted-links.ts";
import { because, bindIfThere, textFile } from "./sources.ts";

interface Look {
  /** Tried in this order. */
  readonly from: readonly string[];
  readonly to: string;
  readonly reason: string;
  /** What stands there where none is found: a cache that fontconfig would otherwise try to write. */
  readonly emptyOtherwise: boolean;
  /** As which fontconfig is to see it. */
  readonly remap: boolean;
}

function looksOf({ caller }: RunInputs): readonly Look[] {
  const font = { reason: "the host's fonts", emptyOtherwise: false, remap: true };
  const cache = { reason: "ready-made font cache", emptyOtherwise: true, remap: false };
  const icons = { reason: "the host's icons", emptyOtherwise: false, remap: false };
  return [
    { from: ["/usr/share/fonts"], to: "/run/host/fonts", ...font },
    { from: ["/usr/local/share/fonts"], to: "/run/host/local-fonts", ...font },
    { from: ["/var/cache/fontconfig", "/usr/lib/fontconfig/cache"], to: "/run/host/fonts-cache", ...cache },
    { from: [`${caller.dataHome}/fonts`, `${caller.home}/.fonts`], to: "/run/host/user-fonts", ...font },
    { from: [`${caller.cacheHome}/fontconfig`], to: "/run/host/user-fonts-cache", ...cache },
    { from: ["/usr/share/icons"], to: "/run/host/share/icons", ...icons },
    { from: [`${caller.dataHome}/icons`], to: `${USER_SHARE}/icons`, ...icons },
  ];
}

export function lookQueries(inputs: RunInputs): readonly string[] {
  return looksOf(inputs).flatMap(({ from }) => from);
}

export function lookOperations(inputs: RunInputs, facts: HostFacts, reach: Reach): readonly Operation[] {
  const remapped: string[] = [];
  const binds = looksOf(inputs).flatMap(({ from, to, reason, emptyOtherwise, remap }): readonly Operation[] => {
    const path = from.find((one) => {
      const walk = walkFacts(one, facts);
      return walk.end?.type === "directory" && plantedLink(walk, reach) === null && !leadsToGuarded(walk, inputs);
    });
    if (path !== undefined && remap) remapped.push(`  <remap-dir as-path="${escapeXml(path)}">${to}</remap-dir>\n`);
    if (path !== undefined) return bindIfThere(path, to, ["directory"], facts, reason);
    return emptyOtherwise ? [{ kind: "tmpfs", to, mode: 0o500, sizeBytes: null, because: because(`no ${reason} on this host`) }] : [];
  });
  const text = `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n${remapped.join("")}</fontconfig>\n`;
  return [...binds, textFile("/run/host/font-dirs.xml", text, "by which names of the host fontconfig knows the fonts")];
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
