// The fuzzers' programs: with clang's libFuzzer and sanitizers to search, without them to replay the kept inputs under valgrind.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export const FUZZERS = ["plan", "front", "connector", "addon"] as const;
export type Fuzzer = (typeof FUZZERS)[number];

/** Of native/, which a fuzzer brings in by itself: its main, or the file whose insides it calls. */
const INCLUDED: Readonly<Record<string, string>> = { front: "front.c", connector: "connector-serve.c", plan: "front.c" };
const SEARCH = ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"];

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a fuzzer or a replay. Its output goes to files: an input may name any descriptor to be read, and from a file that is open for writing nothing comes. */
export function runToEnd(command: string, argv: readonly string[], folder: string): Ended {
  const [out, err] = [join(folder, `${process.pid}.out`), join(folder, `${process.pid}.err`)];
  const descriptors = [openSync(out, "w"), openSync(err, "w")] as const;
  try {
    const { status } = spawnSync(command, argv, { stdio: ["ignore", ...descriptors] });
    return { status, stdout: readFileSync(out, "utf8"), stderr: readFileSync(err, "utf8") };
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
    for (const path of [out, err]) rmSync(path);
  }
}

export const corpusOf = (fuzzer: Fuzzer): string => resolve("test/fuzz/corpus", fuzzer);

/** Builds one and gives its path. `replay`: plain, by `compiler`, with a main that runs the files named on its command line. */
export function buildFuzzer(fuzzer: Fuzzer, replay: boolean, compiler = "gcc"): string {
  const target = resolve("build/fuzz", replay ? `replay-${fuzzer}-${compiler}` : fuzzer);
  mkdirSync(dirname(target), { recursive: true });
  const end = replay ? [compileC(compiler, `${target}.o`)] : [];
  const mode = replay ? [] : SEARCH;
  if (fuzzer === "addon") {
    const headers = join(dirname(dirname(realpathSync(process.execPath))), "include/node");
    const defines = ["NAPI_VERSION=8", "NODE_ADDON_API_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED", "_GNU_SOURCE", "NODE_GYP_MODULE_NAME=tsbox"];
    const includes = [`-I${headers}`, "-Inode_modules/node-addon-api"];
    const files = ["test/fuzz/fuzz-addon.cc", "test/fuzz/fake-napi.cc", ...sourcesOf("native/addon", ".cc", ""), "native/peer.c"];
    const flags = ["-std=gnu++17", "-fexceptions", "-O1", "-g", "-w", ...defines.map((name) => `-D${name}`), ...includes];
    // Not by g++, which keeps wrappers that nobody calls, of functions that the fake lacks; -gdwarf-4 is what valgrind reads.
    execFileSync("clang++-14", [...(replay ? ["-gdwarf-4"] : []), ...flags, ...mode, ...files, ...end, "-o", target], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    return target;
  }
  const files = [`test/fuzz/fuzz-${fuzzer}.c`, "test/fuzz/arena.c", ...sourcesOf("native", ".c", INCLUDED[fuzzer] ?? "")];
  const without = fuzzer === "connector" ? files.filter((file) => file !== "native/front.c") : files;
  execFileSync(
    replay ? compiler : "clang-14",
    [...(compiler === "gcc" ? [] : ["-static"]), "-std=gnu17", "-O1", "-g", "-w", "-include", "test/fuzz/arena.h", ...mode, ...without, ...end, "-o", target],
    {
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  return target;
}

/** The main of a replay, without the arena: its blocks are its own. */
function compileC(compiler: string, object: string): string {
  execFileSync(compiler, ["-O1", "-g", "-c", "test/fuzz/replay.c", "-o", object], { stdio: ["ignore", "inherit", "inherit"] });
  return object;
}

function sourcesOf(folder: string, ending: string, but: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending) && name !== but)
    .sort()
    .map((name) => join(folder, name));
}
