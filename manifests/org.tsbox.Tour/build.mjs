// Builds the Tour's probe: one static C program, so that it shows the sandbox and needs nothing in it.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Throws where the compiler fails; its own words are on stderr by then. */
export function buildTourProbe() {
  const here = dirname(fileURLToPath(import.meta.url));
  const sources = ["probe.c", "things.c", "bus.c"].map((name) => join(here, name));
  const words = ["-O2", "-static", "-std=gnu17", "-Wall", "-Wextra", "-o", join(here, "bin/tour-probe"), ...sources];
  const made = spawnSync(process.env.CC || "cc", words, { stdio: ["ignore", "inherit", "inherit"] });
  if (made.status !== 0) throw new Error(`cannot compile the Tour's probe: ${made.error ? made.error.message : `the compiler ended with ${made.status}`}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildTourProbe();
