// Packages that one long test alone needs: installed where the tests run as root, asked for otherwise.
import { execFileSync, spawnSync } from "node:child_process";

export function installPackages(names: readonly string[]): void {
  const known = spawnSync("dpkg-query", ["-W", `-f=\${db:Status-Status} \${Package}\\n`, ...names], { encoding: "utf8" }).stdout;
  const present = new Set([...known.matchAll(/^installed (\S+)$/gm)].map(([, name]) => name));
  const missing = names.filter((name) => !present.has(name));
  if (missing.length === 0) return;
  const line = ["apt-get", "install", "--no-install-recommends", "-y", "-q", ...missing];
  if (process.getuid?.() !== 0) throw new Error(`packages are missing; as root, run: ${line.join(" ")}`);
  execFileSync(line[0] as string, line.slice(1), { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
}
