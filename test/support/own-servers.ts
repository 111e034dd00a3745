// X servers that the front started for apps.
import { readdirSync, readFileSync } from "node:fs";

/** Servers that run for an app, by their command lines. */
export function ownServers(): readonly string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return line[0] === "/usr/bin/Xephyr" || line[0] === "/usr/bin/Xwayland" ? [line.join(" ")] : [];
    } catch {
      return [];
    }
  });
}
