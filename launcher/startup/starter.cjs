// What build/broker.cjs, build/planner.cjs, build/portals.cjs, build/listings.cjs, build/bus.cjs and build/cli.cjs are: runs the bundle beside it (`NAME-code.cjs`) from compiled code that a training run left (`NAME-code.cache`), since
// compiling is a third of a cold start. Copied by bundle.mjs; plain JavaScript, because nothing may have to be compiled before it.
//
// INVARIANT: V8 checks its own version and flags and the length of the source, not the source itself. So the cache holds the whole source and the name of the
// Node that made it, both are compared byte by byte, and anything else than equal means: compile as ever.
"use strict";
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { Script } = require("node:vm");

const name = __filename.slice(0, -".cjs".length);
const code = `${name}-code.cjs`;
const source = readFileSync(code);
const maker = Buffer.from(`${process.version} ${process.arch}\n`);

function compiledBefore() {
  let cache;
  try {
    cache = readFileSync(`${name}-code.cache`);
  } catch {
    return undefined;
  }
  const start = maker.length + source.length;
  const isOurs = cache.length > start && cache.subarray(0, maker.length).equals(maker) && cache.subarray(maker.length, start).equals(source);
  return isOurs ? cache.subarray(start) : undefined;
}

// esbuild writes ASCII.
const wrapped = `(function (exports, require, module, __filename, __dirname) {${source.latin1Slice()}\n})`;
const script = new Script(wrapped, { filename: code, cachedData: compiledBefore() });

/** Of the command line, and of the process that lists beside the broker: words after `--make-code-cache`, a lone `+` between two lines. */
let lines = [];
function commandLines() {
  const found = [[]];
  for (const word of process.argv.slice(process.argv.indexOf("--make-code-cache") + 1)) {
    if (word === "+") found.push([]);
    else found.at(-1).push(word);
  }
  return found;
}

// Each bundle of the process that is started so leaves its own.
if (process.argv.includes("--make-code-cache")) {
  if (name.endsWith("/cli") || name.endsWith("/listings")) lines = commandLines();
  const file = `${name}-code.cache`;
  // Or V8 forgets what was compiled and has not run for a while. It believes compiled code only under the flags of its making, so they are as ever by then.
  require("node:v8").setFlagsFromString("--no-flush-bytecode");
  process.on("exit", () => {
    require("node:v8").setFlagsFromString("--flush-bytecode");
    writeFileSync(`${file}.new`, Buffer.concat([maker, source, script.createCachedData()]));
    renameSync(`${file}.new`, file);
  });
}
const run = () => script.runInThisContext()(exports, require, module, code, __dirname);
// Several commands in one process, since what V8 compiled is one process's: each begins when the one before has nothing left to do.
process.on("beforeExit", () => {
  const next = lines.shift();
  if (next === undefined) return;
  process.argv = [...process.argv.slice(0, 2), ...next];
  run();
  // Without anything to do Node would not ask again.
  setImmediate(() => {});
});
if (lines.length === 0) run();
