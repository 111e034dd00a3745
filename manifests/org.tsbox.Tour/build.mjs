// Builds the Tour's probe: one static C program, so that it shows the sandbox and needs nothing in it.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Does nothing where the probe is newer than its sources. Throws where the compiler fails; its own words are on stderr by then. */
export function buildTourProbe() {
  const here = dirname(fileURLToPath(import.meta.url));
  const probe = join(here, "bin/tour-probe");
  const files = readdirSync(here).filter((name) => /\.[ch]$/.test(name));
  const newest = Math.max(...files.map((name) => statSync(join(here, name)).mtimeMs));
  if (existsSync(probe) && statSync(probe).mtimeMs >= newest) return;
  const sources = files.filter((name) => name.endsWith(".c")).map((name) => join(here, name));
  const words = ["-O2", "-static", "-s", "-std=gnu17", "-Wall", "-Wextra", "-o", probe, ...sources];
  const made = spawnSync(process.env.CC || "cc", words, { stdio: ["ignore", "inherit", "inherit"] });
  if (made.status !== 0) throw new Error(`cannot compile the Tour's probe: ${made.error ? made.error.message : `the compiler ended with ${made.status}`}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildTourProbe();
