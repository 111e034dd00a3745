// Several hundred command lines, made from seeds, through Debian's bwrap and through ours: what the program sees must be the same, but for the rules in
// bwrap/sight.ts and the cases in bwrap/known.ts.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import type { Session } from "../support/session.ts";
import { type CommandLine, makeCommandLine } from "./bwrap/command-lines.ts";
import { KNOWN, KNOWN_KINDS } from "./bwrap/known.ts";
import { differences, facts, RULES, type Run } from "./bwrap/sight.ts";

const CASES = Number(process.env["TSBOX_DIFFERENTIAL_LINES"] ?? 300);
/** Others than the kept ones begin elsewhere. */
const FIRST = Number(process.env["TSBOX_DIFFERENTIAL_FIRST"] ?? 1);
/** What may differ case by case, of all. */
const MOST_KNOWN = CASES * 0.02;
const LIMIT = 20_000;

function buildLook(): string {
  const source = resolve("test/differential/bwrap/look.c");
  const binary = resolve("build/test/look");
  if (existsSync(binary) && statSync(binary).mtimeMs > statSync(source).mtimeMs) return binary;
  mkdirSync(resolve("build/test"), { recursive: true });
  execFileSync("cc", ["-static", "-O1", "-Wall", "-Wextra", "-o", `${binary}.${process.pid}`, source], { stdio: ["ignore", "inherit", "inherit"] });
  renameSync(`${binary}.${process.pid}`, binary);
  return binary;
}

/** Made again before each run: a command line may write to its sources. */
function makeSources(session: Session, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  session.makeFolder(join(folder, "folder/deep"));
  session.makeFolder(join(folder, "other"));
  session.makeFolder(join(folder, "root"));
  session.write(join(folder, "folder/file"), "in the folder\n");
  session.write(join(folder, "file"), "a file\n");
  session.link("folder", join(folder, "link-to-folder"));
  session.link("./file", join(folder, "link-to-file"));
  session.write(join(folder, "look"), readFileSync(buildLook()), 0o755);
}

/** `--chmod` on what root binds writable, or on a procfs of no namespace of its own, is the host's: both launchers obey. What was so before each line is so after it. */
const HOST_FOLDERS = ["/", "/dev", "/etc", "/proc", "/run", "/sys", "/tmp", "/usr", "/var"];
const modeOf = (path: string): number => statSync(path).mode & 0o7777;
const HOST_MODES = new Map(HOST_FOLDERS.map((path) => [path, modeOf(path)]));

function mendHost(): void {
  for (const [path, mode] of HOST_MODES) if (modeOf(path) !== mode) chmodSync(path, mode);
}

async function runWith(session: Session, launcher: string, line: CommandLine): Promise<Run> {
  const folder = join(session.scratch, "sources");
  makeSources(session, folder);
  const outputs: string[] = [];
  const descriptors: number[] = [];
  const words = line.words.map((word) => {
    if (!word.startsWith("@")) return word.replace(/^%/, folder);
    const file = session.write(join(session.scratch, `descriptor-${descriptors.length}`), word === "@>" ? "" : Buffer.from(word.slice(1), "latin1"));
    if (word === "@>") outputs.push(file);
    descriptors.push(openSync(file, word === "@>" ? "w" : "r"));
    return String(2 + descriptors.length);
  });
  const outcome = await session.run([launcher, ...words, "/look", "/t", ...line.end], { descriptors, limit: LIMIT }).finally(mendHost);
  for (const descriptor of descriptors) closeSync(descriptor);
  return { ...outcome, written: outputs.map((file) => readFileSync(file, "utf8")) };
}

inEachSession("tsbox-bwrap", (session) => {
  let ours = "";
  let host: ReadonlyMap<string, string>;
  before(async () => {
    const s = session();
    ours = join(s.scratch, "tsbox-bwrap");
    copyFileSync(resolve("build/tsbox"), ours);
    chmodSync(ours, 0o755);
    const links = await s.run(["sh", "-c", "cd /proc/self/ns; for n in *; do echo $n $(readlink $n); done"]);
    host = new Map(links.stdout.split("\n").map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]));
  });

  it(`shows a program what bwrap shows it, for ${CASES} command lines`, async (test) => {
    const failures: string[] = [];
    let succeeded = 0;
    let ofKnownKind = 0;
    for (let seed = FIRST; seed < FIRST + CASES; seed++) {
      const line = makeCommandLine(seed);
      const theirs = await runWith(session(), "bwrap", line);
      const mine = await runWith(session(), ours, line);
      if (theirs.stdout !== "") succeeded++;
      const found = differences(facts(theirs, host), facts(mine, host));
      const known = KNOWN.find((each) => each.seed === seed && (each.account === undefined || each.account === session().account.name));
      if (known === undefined && found.length > 0 && KNOWN_KINDS.some((kind) => kind.applies(line.words, found, theirs.stderr))) {
        ofKnownKind++;
        continue;
      }
      if (known !== undefined && found.length === 0) failures.push(`seed ${seed}: stands in known.ts and does not differ`);
      if (known === undefined && found.length > 0)
        failures.push(
          `seed ${seed}: ${JSON.stringify(line.words)}\n    ${found.join("\n    ")}\n    bwrap said: ${theirs.stderr.trim()}\n    ours said: ${mine.stderr.trim()}`,
        );
    }
    test.diagnostic(
      `${CASES} command lines, ${succeeded} of which run; ${KNOWN.length} known cases, ${ofKnownKind} of a known kind; rules: ${RULES.map((rule) => `${rule.class}: ${rule.reason}`).join("; ")}`,
    );
    assert.ok(succeeded > CASES / 4, `only ${succeeded} ran at all`);
    assert.ok(FIRST !== 1 || ofKnownKind + KNOWN.length <= MOST_KNOWN, `${KNOWN.length} known cases, ${ofKnownKind} of a known kind`);
    assert.deepEqual(failures, [], failures.slice(0, Number(process.env.TSBOX_SHOW ?? 12)).join("\n"));
  });

  it("takes a folder where a link that leads nowhere lies, as bwrap does, and refuses one below it", async () => {
    const start = ["--ro-bind", "%/look", "/look", "--proc", "/proc", "--dir", "/t", "--symlink", "nowhere", "/t/l"];
    for (const [words, runs] of [
      [["--dir", "/t/l"], true],
      [["--perms", "0700", "--dir", "/t/l"], true],
      [["--dir", "/t/l/below"], false],
      [["--tmpfs", "/t/l"], false],
    ] as const) {
      const line: CommandLine = { seed: 0, words: [...start, ...words], end: ["exit", "0"] };
      const theirs = await runWith(session(), "bwrap", line);
      const mine = await runWith(session(), ours, line);
      assert.equal(theirs.stdout !== "", runs, theirs.stderr);
      assert.deepEqual(differences(facts(theirs, host), facts(mine, host)), [], `${words}: ${mine.stderr}`);
    }
  });
});
