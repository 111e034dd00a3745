// Before `npm pack`: the stub takes the place of the program (npm links a `bin` before install scripts run), and the bundles must be there.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bundles = ["broker.cjs", "bus.cjs", "cli.cjs", "dbus-proxy.cjs"].map((name) => join(root, "build", name));

if (!bundles.every((file) => existsSync(file))) {
  const made = spawnSync(process.execPath, [join(root, "launcher/bundle.mjs")], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  const missing = bundles.filter((file) => !existsSync(file));
  if (made.status !== 0 || missing.length > 0) {
    console.error(`cannot pack: ${missing.join(", ")} could not be built`);
    process.exit(1);
  }
}
// By rename: a running program cannot be written to, and one of the two is a link to the other.
for (const name of ["tsbox", "tsbox-bwrap"]) {
  const stub = join(root, "bin", name);
  copyFileSync(join(root, "bin/tsbox.sh"), `${stub}.new`);
  chmodSync(`${stub}.new`, 0o755);
  renameSync(`${stub}.new`, stub);
}
