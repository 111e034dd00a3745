// Bundles each process into one file in build/, so that a start reads one file and an upgrade cannot mix versions. `node launcher/bundle.mjs [NAME…]`.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, "build");

const ENTRIES = {
  broker: "launcher/broker/main.ts",
  "host-bus-worker": "launcher/broker/host-bus-worker.ts",
  // Loaded by the broker for a request that no remembered plan answers.
  planner: "launcher/broker/answer-anew.ts",
  // A process beside the broker for lines that only look.
  listings: "launcher/broker/listings-process.ts",
  bus: "dbus-proxy/main.ts",
  clipboard: "launcher/x11/carry-clipboard.ts",
  cli: "launcher/cli/main.ts",
  "dbus-proxy": "dbus-proxy/command.ts",
  // Loaded by the broker when an app first asks for portals.
  portals: "portals/door.ts",
  // Packages that a process loads late or never: in a file of their own nobody reads them before.
  pino: "node_modules/pino/pino.js",
  ini: "node_modules/ini/lib/ini.js",
  yaml: "node_modules/yaml/dist/index.js",
  "smol-toml": "node_modules/smol-toml/dist/index.js",
  // Texts of other languages than English: read by a process that speaks one.
  zh_CN: "launcher/messages/zh_CN/messages.ts",
  // When a package is made.
  pages: "launcher/cli/pages/write-pages.ts",
  // Loaded by the broker when it has something to say.
  messages: "launcher/messages/messages.ts",
  train: "launcher/startup/train.ts",
};

/** Started by launcher/startup/starter.cjs, which is copied under their name; the bundle itself is NAME-code.cjs. */
const STARTED_FROM_CACHE = ["broker", "planner", "portals", "listings", "bus", "cli"];

/** A dynamic import of a package with a bundle of its own becomes a look beside this bundle. */
const late = {
  name: "late",
  setup({ onResolve }) {
    onResolve({ filter: /\/answer-anew\.ts$/ }, ({ kind }) => (kind === "dynamic-import" ? { path: "./planner.cjs", external: true } : undefined));
    onResolve({ filter: /\/portals\/door\.ts$/ }, ({ kind }) => (kind === "dynamic-import" ? { path: "./portals.cjs", external: true } : undefined));
    onResolve({ filter: /^(pino|ini|yaml|smol-toml)$/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path: `./${path}.cjs`, external: true } : undefined,
    );
  },
};

/** What Node itself has loaded when a program begins. */
const LOADED = ["buffer", "events", "fs", "path", "process", "timers", "util"];
/**
 * Modules that take milliseconds to load (node:net 10 ms) and that hardly a start needs: each of their names becomes a getter that loads the module at its
 * first use. In packages only those that commander asks for, to start programs, which it never does here: others take a module for the function that it may be.
 */
const LAZY_IN_PACKAGES = ["child_process", "crypto", "worker_threads", "timers/promises"];
const LAZY = [...builtinModules.filter((name) => !name.startsWith("_") && !LOADED.includes(name)), "commander"];
const lazy = {
  name: "lazy",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(node:)?(${LAZY.join("|")})$`) }, ({ path, namespace, kind, importer }) => {
      if (kind === "dynamic-import") return undefined;
      if (importer.includes("/node_modules/") && !LAZY_IN_PACKAGES.includes(path.replace(/^node:/, ""))) return undefined;
      if (namespace !== "lazy") return { path: path.replace(/^node:/, ""), namespace: "lazy" };
      return builtinModules.includes(path) ? { path: `node:${path}`, external: true } : undefined;
    });
    onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => {
      const names = JSON.stringify(Object.keys(require(path)));
      const contents = `for (const name of ${names}) Object.defineProperty(exports, name, { enumerable: true, get: () => require("${path}")[name] });`;
      return { contents, resolveDir: root };
    });
  },
};

/** The texts are a third of what a broker would load, and most starts say nothing: each name becomes a getter that loads them at its first use. */
const WITHOUT_MESSAGES = ["broker", "planner", "portals"];
const texts = {
  name: "texts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/messages\/messages\.ts$|^\.\/messages\.ts$/ }, ({ resolveDir, path }) => ({ path: join(resolveDir, path), namespace: "texts" }));
    onLoad({ filter: /.*/, namespace: "texts" }, ({ path }) => {
      const names = [...readFileSync(path, "utf8").matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name);
      return {
        contents: names
          .map((name) => `Object.defineProperty(exports, "${name}", { enumerable: true, get: () => require("./messages.cjs").${name} });`)
          .join("\n"),
      };
    });
    onResolve({ filter: /^\.\/messages\.cjs$/, namespace: "texts" }, ({ path }) => ({ path, external: true }));
  },
};

/** A language becomes a getter that reads its bundle when somebody speaks it. */
const languages = {
  name: "languages",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/zh_CN\/messages\.ts$/ }, ({ kind, importer }) =>
      kind === "entry-point" || importer === "" ? undefined : { path: "CHINESE ./zh_CN.cjs", namespace: "language" },
    );
    onResolve({ filter: /\.cjs$/, namespace: "language" }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: "language" }, ({ path }) => {
      const [name, file] = path.split(" ");
      return { contents: `Object.defineProperty(exports, "${name}", { enumerable: true, get: () => require("${file}").${name} });`, resolveDir: root };
    });
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
  const file = STARTED_FROM_CACHE.includes(name) ? `${name}-code.cjs` : `${name}.cjs`;
  // Written under another name first: a process that starts meanwhile reads the old one or the new one, never half of one.
  const temporary = join(out, `.${file}`);
  await build({
    entryPoints: [join(root, entry)],
    outfile: temporary,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // `import()` becomes `require`: compiled code from a cache has no module loader behind it, and none need be loaded for it.
    supported: { "dynamic-import": false },
    // Bundles that the starter reads are ASCII; a table of Chinese escaped is three times as long.
    charset: name === "zh_CN" ? "utf8" : "ascii",
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: false,
    legalComments: "none",
    logLevel: "warning",
    plugins: [late, ...(WITHOUT_MESSAGES.includes(name) ? [texts] : []), lazy, languages],
    // Old fallbacks of dbus-next and usocket's native part: never reached, since it is given a plain socket.
    external: name === "host-bus-worker" ? ["usocket", "x11", "abstract-socket"] : [],
  });
  renameSync(temporary, join(out, file));
}
for (const name of STARTED_FROM_CACHE) {
  const temporary = join(out, `.${name}.cjs`);
  copyFileSync(join(root, "launcher/startup/starter.cjs"), temporary);
  renameSync(temporary, join(out, `${name}.cjs`));
}
// Compiled code of an older bundle would only be read in vain.
for (const name of STARTED_FROM_CACHE) rmSync(join(out, `${name}-code.cache`), { force: true });
if (existsSync(join(out, "tsbox.node"))) spawnSync(process.execPath, [join(out, "train.cjs"), out], { stdio: ["ignore", "inherit", "inherit"] });
