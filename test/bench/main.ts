// One run of the benchmark: prepare, calibrate, measure interleaved, report.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureBus } from "./bus.ts";
import { measureBusMemory } from "./bus-memory.ts";
import { chooseComparisons, compare, type Comparison, listComparisons, type Result, SIZES } from "./comparisons.ts";
import { installFlatpakApp } from "./flatpak.ts";
import { measureFrames } from "./frames.ts";
import { listingLines } from "./listings.ts";
import { type Line, parseAnswer, renderJob, type Samples } from "./job.ts";
import { measureMemory } from "./memory.ts";
import { type BenchOptions, parseOptions, USAGE, wantsPart } from "./options.ts";
import { type Installed, installCopy, ourLines, ourWords, writeManifest } from "./ours.ts";
import { bwrapArguments, bwrapLine, bwrapWithProxyLine, fixedPeers, windowPeers } from "./peers.ts";
import { openPlace, type Place } from "./place.ts";
import { measurePortals } from "./portals.ts";
import { measureDocuments } from "./documents.ts";
import { measureSandboxes } from "./sandboxes.ts";
import { measurePipewire } from "./pipewire.ts";
import { measureSound } from "./sound.ts";
import { renderLines, renderResults, renderTargets } from "./report.ts";
import { TARGETS } from "./targets.ts";

const WARM_UP = 2;
/** Milliseconds that one start may take before the run as a whole is given up. */
const LONGEST_START = 20_000;

/** The number that the probe counts in its own mountinfo, or an error text. */
function countMounts(place: Place, words: readonly string[]): number | string {
  const ran = place.run(["timeout", "20", ...words]);
  const found = /^mounts ([0-9]+)$/m.exec(ran.stdout)?.[1];
  return found === undefined ? `\`${words.slice(0, 3).join(" ")} …\` ended with ${ran.status}: ${ran.stderr.trim()}` : Number(found);
}

interface Prepared {
  readonly lines: readonly Line[];
  /** Mounts inside, by line. */
  readonly mounts: ReadonlyMap<string, number>;
  readonly notes: readonly string[];
}

/** Gives bwrap as many mounts as ours has, which is the wanted number or our own least. */
function prepare(place: Place, installed: Installed | undefined, haveFlatpak: boolean, wantsListings: boolean): Prepared {
  const notes: string[] = [];
  const mounts = new Map<string, number>();
  const lines: Line[] = [];
  const probe = [join(place.tools, "probe"), "mounts"];
  const withFilter = (words: readonly string[]): readonly string[] => ["sh", "-c", 'exec "$@" 9<"$0"', join(place.directory, "filter.bpf"), ...words];
  let ourBase: number | string = 0;
  if (installed !== undefined) {
    writeManifest(place, installed, "Base", 0);
    ourBase = countMounts(place, ourWords(installed, "Base", ["mounts"]));
    if (typeof ourBase === "string") throw new Error(ourBase);
  }
  const bwrapBase = countMounts(place, withFilter(bwrapArguments(place, 0, probe)));
  if (typeof bwrapBase === "string") throw new Error(bwrapBase);
  let extraAt57 = 0;
  for (const size of SIZES) {
    const count = Math.max(size, ourBase, bwrapBase);
    if (count > size) notes.push(`at ${size} mounts: our least is ${count}, so \`bwrap\` has ${count} too; \`bwrap-fewer\` has ${Math.max(size, bwrapBase)}`);
    if (installed !== undefined) {
      writeManifest(place, installed, size, count - ourBase);
      const counted = countMounts(place, ourWords(installed, size, ["mounts"]));
      if (typeof counted === "string") throw new Error(counted);
      mounts.set(`tsbox-${size}`, counted);
    }
    const extra = count - bwrapBase;
    const fewer = Math.max(0, size - bwrapBase);
    if (size === 57) extraAt57 = extra;
    for (const name of [`bwrap-${size}`, `bwrap-with-proxy-${size}`, `tsbox-bwrap-${size}`]) mounts.set(name, bwrapBase + extra);
    lines.push(bwrapLine(place, `bwrap-${size}`, extra), bwrapWithProxyLine(place, size, extra));
    if (fewer < extra) {
      mounts.set(`bwrap-fewer-${size}`, bwrapBase + fewer);
      lines.push(bwrapLine(place, `bwrap-fewer-${size}`, fewer));
    }
    if (installed !== undefined) lines.push(bwrapLine(place, `tsbox-bwrap-${size}`, extra, installed.bwrap));
  }
  lines.unshift(...fixedPeers(place, haveFlatpak));
  lines.push(...windowPeers(place, extraAt57, haveFlatpak));
  if (installed !== undefined) lines.unshift(...ourLines(place, installed, SIZES));
  if (wantsListings) lines.push(...listingLines(place, installed, haveFlatpak));
  return { lines, mounts, notes };
}

function measure(place: Place, lines: readonly Line[], rounds: number): ReadonlyMap<string, Samples> {
  const job = join(place.directory, "job");
  writeFileSync(job, renderJob(lines, rounds, WARM_UP, place.environment));
  const ran = place.run([join(place.tools, "spawner"), job], new Map(), (rounds + WARM_UP) * lines.length * LONGEST_START);
  if (ran.status !== 0) throw new Error(`the spawner ended with ${ran.status}: ${ran.stderr.trim()}`);
  writeFileSync(join(place.tools, "..", "stderr"), ran.stderr);
  return parseAnswer(ran.stdout, lines);
}

/** Lines that the chosen comparisons need; without ours all peers, so that a machine can be tried before the first build. */
function neededLines(lines: readonly Line[], comparisons: readonly Comparison[]): readonly Line[] {
  const names = new Set(comparisons.flatMap((comparison) => [comparison.ours, comparison.theirs]));
  return lines.filter((line) => names.has(line.name));
}

async function runIn(place: Place, options: BenchOptions): Promise<number> {
  const say = (text: string): void => {
    if (!options.json && text !== "") console.log(`${text}\n`);
  };
  const comparisons = chooseComparisons(listComparisons(), options.only);
  const memoryWanted = options.only.length === 0 || options.only.includes("memory");
  const busMemoryWanted = wantsPart(options, "bus", "bus-memory");
  const installed = installCopy(place, memoryWanted || busMemoryWanted);
  const flatpakProblem = installFlatpakApp(place);
  say(flatpakProblem === undefined ? "" : `without flatpak: ${flatpakProblem}`);
  const prepared = prepare(
    place,
    installed,
    flatpakProblem === undefined,
    comparisons.some((one) => one.metric === "exit" && /^(?:listing|answer)-/.test(one.case)),
  );
  const results: Result[] = [];
  if (comparisons.length > 0) {
    const lines = neededLines(prepared.lines, comparisons);
    say(prepared.notes.join("\n"));
    // Windows take seconds and a program's whole weight: beside them no start of milliseconds would find the machine at rest.
    for (const group of [lines.filter((line) => !line.window), lines.filter((line) => line.window)]) {
      if (group.length === 0) continue;
      const samples = measure(place, group, options.rounds);
      results.push(...comparisons.flatMap((comparison) => compare(comparison, samples) ?? []));
      say(renderLines(group, samples, prepared.mounts));
    }
  }
  if (memoryWanted && installed !== undefined) results.push(...(await measureMemory(place, installed)));
  results.push(...(await measureSandboxes(place, installed, { rounds: options.rounds, isWanted: (part) => wantsPart(options, "sandbox", part), say })));
  results.push(...(await measureBus(place, installed, options.rounds, (part) => wantsPart(options, "bus", part))));
  if (busMemoryWanted) results.push(...(await measureBusMemory(place, installed)));
  if (options.only.length === 0 || options.only.includes("portals")) results.push(...(await measurePortals(place, installed)));
  if (wantsPart(options, "documents", "documents")) results.push(...(await measureDocuments(place, installed)));
  if (wantsPart(options, "frames", "frames")) results.push(...measureFrames(place, installed));
  if (wantsPart(options, "sound", "sound-pulse")) results.push(...(await measureSound(place, installed)));
  if (wantsPart(options, "sound", "sound-pipewire")) results.push(...(await measurePipewire(place, installed)));
  if (options.json) console.log(JSON.stringify(results, null, 1));
  say(renderResults(results));
  const targets = renderTargets(TARGETS, results);
  say(targets.text);
  if (installed === undefined) console.error("tsbox is not built: run `npm run build`");
  return installed === undefined || (options.check && targets.missed > 0) ? 1 : 0;
}

/** The exit status of `npm run bench`. */
export async function runBench(words: readonly string[], where: { readonly root: string; readonly tools: string }): Promise<number> {
  const options = parseOptions(words);
  if (options === undefined) {
    console.error(USAGE);
    return 2;
  }
  let place: Place | undefined;
  try {
    place = await openPlace(where.root, where.tools);
    return await runIn(place, options);
  } catch (error) {
    console.error(`the benchmark cannot run: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    place?.end();
  }
}
