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
  // Packages that a process loads late or never: in a file of their own nobody reads them before.
  pino: "node_modules/pino/pino.js",
  ini: "node_modules/ini/lib/ini.js",
};

/** A dynamic import of a package with a bundle of its own becomes a look beside this bundle. */
const late = {
  name: "late",
  setup({ onResolve }) {
    onResolve({ filter: /^(pino|ini)$/ }, ({ path, kind }) => (kind === "dynamic-import" ? { path: `./${path}.cjs`, external: true } : undefined));
  },
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
    plugins: [late],
    // Old fallbacks of dbus-next and usocket's native part: never reached, since it is given a plain socket.
    external: name === "host-bus-worker" ? ["usocket", "x11", "abstract-socket"] : [],
  });
  renameSync(temporary, join(out, `${name}.cjs`));
}
