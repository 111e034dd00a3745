// Builds the native part with the host's compiler: the static ELF (build/tsbox, and bin/tsbox by rename; both also by
// the name tsbox-bwrap), the addon (build/tsbox.node), and what the bundles need beside them. Skips what is up to date. `--c-only`: the ELF alone. Plain JavaScript, because it runs before anything is installed.
import { execFile, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildTourProbe } from "../manifests/org.tsbox.Tour/build.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(root, "native");
const build = join(root, "build");
const objects = join(build, "native");
const elf = join(build, "tsbox");
/** `--sanitize=FILE`: the ELF once more, with the address and undefined-behaviour sanitizers, for tests. Dynamic, since those have no static form. */
const sanitized = process.argv.find((word) => word.startsWith("--sanitize="))?.slice("--sanitize=".length);

const COMPILE_FLAGS = [
  "-std=gnu17",
  "-O2",
  "-g0",
  "-D_GNU_SOURCE",
  "-D_FORTIFY_SOURCE=2",
  "-fstack-protector-strong",
  "-ffunction-sections",
  "-fdata-sections",
  "-Wall",
  "-Wextra",
  "-Wshadow",
  "-Wconversion",
  "-Wstrict-prototypes",
  "-Wmissing-prototypes",
  "-Wvla",
  "-Wundef",
  "-Wpointer-arith",
  "-Wcast-align",
  "-Wwrite-strings",
  "-Wimplicit-fallthrough",
  "-Wold-style-definition",
  "-Wformat=2",
  "-Werror",
];
const LINK_FLAGS = ["-Wl,-z,relro,-z,now,-z,noexecstack", "-Wl,--gc-sections", "-s"];

/** Ends the build with what is missing and what to do, one line each. */
function stop(...lines) {
  for (const line of lines) process.stderr.write(`tsbox: ${line}\n`);
  process.exit(1);
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function sources(folder, ...endings) {
  return readdirSync(folder)
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => join(folder, name))
    .sort();
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
  return { missing: result.error?.code === "ENOENT", ok: result.status === 0, output: `${result.stdout ?? ""}${result.stderr ?? ""}` };
}

/** Every command's end, as many at a time as there are processors. */
async function runAll(commands) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < commands.length) {
      const index = next++;
      const [command, ...args] = commands[index];
      results[index] = await new Promise((done) => {
        execFile(command, args, { cwd: root, encoding: "utf8" }, (error, stdout, stderr) => done({ ok: error === null, output: `${stdout}${stderr}` }));
      });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

/** The C compiler: $CC, else the first of the usual names. */
function findCompiler() {
  const names = process.env.CC ? [process.env.CC] : ["cc", "gcc", "clang"];
  return (
    names.find((name) => run(name, ["--version"]).ok) ??
    stop(`building needs a C compiler: none of ${names.join(", ")} was found`, "on Debian: `apt-get install gcc g++ make libc6-dev linux-libc-dev`")
  );
}

/** Position-independent where the C library has the start file for it (glibc 2.26 and newer), else static at a fixed address. */
function linkMode(compiler) {
  const start = run(compiler, ["-print-file-name=rcrt1.o"]).output.trim();
  return start.startsWith("/") && existsSync(start) ? { compile: "-fPIE", link: "-static-pie" } : { compile: "-fno-pie", link: "-static" };
}

const SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];

/** Leaks are no question of processes that end; in a sandbox there is nobody to look for them. */
const SANITIZER_OPTIONS = `const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:exitcode=99:handle_segv=0"; }
`;

function buildSanitized(target) {
  const compiler = findCompiler();
  const options = `${target}-options.c`;
  writeFileSync(options, SANITIZER_OPTIONS);
  const flags = COMPILE_FLAGS.filter((flag) => !/^-(O2|g0|D_FORTIFY_SOURCE=2)$/.test(flag));
  const result = run(compiler, [
    ...flags,
    "-O1",
    "-g1",
    "-fPIE",
    ...SANITIZE,
    "-static-libasan",
    "-static-libubsan",
    "-pie",
    ...sources(native, ".c"),
    options,
    "-o",
    target,
  ]);
  if (!result.ok) stop(`building ${target} with ${compiler}:`, result.output.trim());
}

async function buildElf() {
  const files = sources(native, ".c");
  const newest = Math.max(...sources(native, ".c", ".h").map(modified), modified(fileURLToPath(import.meta.url)));
  if (modified(elf) >= newest) return false;
  const headers = Math.max(...sources(native, ".h").map(modified), modified(fileURLToPath(import.meta.url)));
  const compiler = findCompiler();
  const mode = linkMode(compiler);
  mkdirSync(objects, { recursive: true });
  const made = files.map((file) => ({ file, object: join(objects, `${file.slice(native.length + 1, -2)}.o`) }));
  const stale = made.filter(({ file, object }) => modified(object) < Math.max(modified(file), headers));
  const results = await runAll(stale.map(({ file, object }) => [compiler, ...COMPILE_FLAGS, mode.compile, "-c", file, "-o", object]));
  const wrong = results.findIndex(({ ok }) => !ok);
  if (wrong >= 0) stop(`compiling ${stale[wrong].file.slice(root.length + 1)} with ${compiler}:`, results[wrong].output.trim());
  const temporary = `${elf}.${process.pid}`;
  const result = run(compiler, [mode.link, ...LINK_FLAGS, ...made.map(({ object }) => object), "-o", temporary]);
  if (!result.ok) stop(`linking build/tsbox with ${compiler}:`, result.output.trim(), "a static C library is needed; on Debian it is in libc6-dev");
  renameSync(temporary, elf);
  return true;
}

/** The name by which the same program takes bubblewrap's command line, in one step: npm linked a stub of that name. */
function linkDropIn(folder) {
  const name = join(folder, "tsbox-bwrap");
  if (lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const temporary = `${name}.${process.pid}`;
  symlinkSync("tsbox", temporary);
  renameSync(temporary, name);
}

/** The stub that npm linked becomes the ELF, in one step, so that a start in between finds one or the other. */
function installElf() {
  const installed = join(root, "bin", "tsbox");
  if (existsSync(installed) && readFileSync(installed).equals(readFileSync(elf))) return;
  mkdirSync(dirname(installed), { recursive: true });
  const temporary = `${installed}.${process.pid}`;
  copyFileSync(elf, temporary);
  chmodSync(temporary, 0o755);
  renameSync(temporary, installed);
}

const LEAST_NODE_GYP = 10;

/** The one that npm brings, or ours; never the old one that an optional dependency of dbus-next puts beside it. */
function findNodeGyp() {
  const require = createRequire(import.meta.url);
  const bundled = join(dirname(realpathSync(process.execPath)), "..", "lib", "node_modules", "npm", "node_modules", "node-gyp", "bin", "node-gyp.js");
  const candidates = [process.env.npm_config_node_gyp, bundled];
  try {
    candidates.unshift(require.resolve("node-gyp/bin/node-gyp.js"));
  } catch {
    // Not among our packages: a package that was installed has no development dependencies.
  }
  for (const candidate of candidates) {
    if (!candidate || !existsSync(candidate)) continue;
    const manifest = join(dirname(dirname(realpathSync(candidate))), "package.json");
    if (existsSync(manifest) && Number.parseInt(JSON.parse(readFileSync(manifest, "utf8")).version, 10) >= LEAST_NODE_GYP) return candidate;
  }
  return stop(`building the addon needs node-gyp ${LEAST_NODE_GYP} or newer, which comes with npm: none was found`, "run `npm install` first, or update npm");
}

function buildAddon() {
  const addon = join(build, "tsbox.node");
  const folder = join(native, "addon");
  if (!existsSync(folder)) return;
  const newest = Math.max(...sources(folder, ".cc", ".h").map(modified), ...["binding.gyp", "peer.c", "peer.h"].map((name) => modified(join(native, name))));
  const stamp = join(build, "tsbox.node.for");
  const wanted = `${process.version} ${process.arch}\n`;
  if (modified(addon) >= newest && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const compiler = process.env.CXX ?? "c++";
  if (run(compiler, ["--version"]).missing)
    stop(`building the addon needs a C++ compiler: ${compiler} was not found`, "on Debian: `apt-get install g++ make python3`");
  if (run("make", ["--version"]).missing) stop("building the addon needs make: it was not found", "on Debian: `apt-get install make`");
  const prefix = join(dirname(realpathSync(process.execPath)), "..");
  const headers = existsSync(join(prefix, "include", "node", "node.h")) ? [`--nodedir=${prefix}`] : [];
  const result = run(process.execPath, [findNodeGyp(), "rebuild", "--jobs", String(availableParallelism()), "--directory", native, ...headers]);
  if (!result.ok) stop("building the addon with node-gyp:", result.output.trim());
  const temporary = `${addon}.${process.pid}`;
  copyFileSync(join(native, "build", "Release", "tsbox.node"), temporary);
  renameSync(temporary, addon);
  writeFileSync(stamp, wanted);
}

/** Compiled code for this very Node, where a package brings the bundles; launcher/bundle.mjs does it for those that it makes. */
function trainBundles() {
  const trainer = join(build, "train.cjs");
  // A clone (packages have no tests) makes its bundles by `npm run build`: those of before may not fit this addon, and would say that the training failed.
  if (
    existsSync(join(root, "test", "setup")) ||
    !existsSync(trainer) ||
    modified(join(build, "broker-code.cache")) >= Math.max(...["broker-code.cjs", "tsbox.node"].map((name) => modified(join(build, name))))
  )
    return;
  run(process.execPath, [trainer, build], { stdio: ["ignore", "inherit", "inherit"] });
}

/** What the front and the bundles read beside them. */
function writeFacts() {
  writeFileSync(join(build, "package.json"), '{"type":"commonjs"}\n');
  writeFileSync(join(build, "node"), `${realpathSync(process.execPath)}\n`);
}

if (process.platform !== "linux") stop("tsbox needs Linux");
mkdirSync(build, { recursive: true });
if (sanitized !== undefined) {
  buildSanitized(sanitized);
  process.exit(0);
}
await buildElf();
linkDropIn(build);
if (!process.argv.includes("--c-only")) {
  installElf();
  linkDropIn(join(root, "bin"));
  buildAddon();
  buildTourProbe();
  writeFacts();
  trainBundles();
}
