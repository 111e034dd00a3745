// Bundles each process into one file in build/, so that a start reads one file and an upgrade cannot mix versions. `node launcher/bundle.mjs [NAME…]`.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, "build");

const ENTRIES = {
  broker: "launcher/broker/main.ts",
  "host-bus-worker": "launcher/broker/host-bus-worker.ts",
  bus: "dbus-proxy/main.ts",
  cli: "launcher/cli/main.ts",
  "dbus-proxy": "dbus-proxy/command.ts",
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(ENTRIES);
mkdirSync(out, { recursive: true });
// The package is ESM; the bundles are not; what the tests compile beside them is again.
writeFileSync(join(out, "package.json"), '{ "type": "commonjs" }\n');
mkdirSync(join(out, "js"), { recursive: true });
writeFileSync(join(out, "js", "package.json"), '{ "type": "module" }\n');
for (const name of wanted) {
  const entry = ENTRIES[name];
  if (entry === undefined) throw new Error(`no bundle is called ${name}`);
  // Written under another name first: a process that starts meanwhile reads the old one or the new one, never half of one.
  const temporary = join(out, `.${name}.cjs`);
  await build({
    entryPoints: [join(root, entry)],
    outfile: temporary,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    minify: false,
    sourcemap: false,
    legalComments: "none",
    logLevel: "warning",
    // Old fallbacks of dbus-next and usocket's native part: never reached, since it is given a plain socket.
    external: name === "host-bus-worker" ? ["usocket", "x11", "abstract-socket"] : [],
  });
  renameSync(temporary, join(out, `${name}.cjs`));
}
