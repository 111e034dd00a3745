// The entry of `npm run bench`: compiles the measuring programs and the orchestrator into build/bench, then runs it.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const into = join(root, "build", "bench");

// Static, so that each runs unchanged in every sandbox, also in one without libraries.
const programs = {
  probe: ["probe.c", "x11.c"],
  spawner: ["spawner.c", "spawner-job.c", "x11.c"],
  "with-proxy": ["with-proxy.c"],
  forget: ["forget.c"],
  memory: ["memory.c"],
  crowd: ["crowd.c"],
  filter: ["filter.c"],
  "bus-load": ["bus-load.c", "bus-wire.c"],
};

mkdirSync(into, { recursive: true });
for (const [name, sources] of Object.entries(programs)) {
  const words = ["-O2", "-static", "-std=gnu17", "-Wall", "-Wextra", "-o", join(into, name), ...sources.map((source) => join(here, source))];
  const made = spawnSync(process.env.CC ?? "cc", words, { stdio: ["ignore", "inherit", "inherit"] });
  if (made.status !== 0) {
    console.error(`cannot compile \`${name}\`: ${made.error?.message ?? `the compiler ended with ${made.status}`}`);
    process.exit(1);
  }
}

const bundle = join(into, "bench.mjs");
await build({ entryPoints: [join(here, "main.ts")], outfile: bundle, bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "warning" });
const { runBench } = await import(pathToFileURL(bundle).href);
process.exitCode = await runBench(process.argv.slice(2), { root, tools: into });
