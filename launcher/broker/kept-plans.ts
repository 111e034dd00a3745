// Remembered plans on disk, for the broker that comes when this one has left: the first start after a pause is then as quick as Node is. They lie in the runtime
// directory, which no app sees and which ends with the session; each is checked like one in memory (plan-cache.ts), and belongs to one build of tsbox and one boot of the machine.
import { namesIn } from "../manifest/door.ts";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Addon } from "../../native/addon.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import { type FingerprintRecord, restoreFingerprint } from "../host/door.ts";
import { type GuardedPaths, guardedKnown, restoreGuarded } from "./guarded-paths.ts";
import { type RememberedPlan, restOfRequest } from "./plan-cache.ts";
import { decodePlanText, encodePlanText } from "./plan-text.ts";
import { type EnvironmentRecord, restoreEnvironment } from "./recorded-environment.ts";
import { createRunEncoding, type KeptEncoding } from "./run-encoding.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface KeptPlans {
  /** What may fit this request; the caller compares. Undefined where there is none, or where it cannot be read. */
  load(request: FrontRequest): RememberedPlan | undefined;
  /** Writes it down for later. Without its encoding it would be of no use, and is left out. */
  keep(plan: RememberedPlan): void;
  /** One that did not hold is never read again. */
  forget(plan: RememberedPlan): void;
}

export interface KeptPlansPlace {
  readonly addon: Addon;
  /** A folder of our own. */
  readonly folder: string;
  /** Files of this build: another one's plans speak another language. */
  readonly made: readonly string[];
}

interface KeptPlan extends Omit<RememberedPlan, "environment" | "fingerprint" | "encoding"> {
  readonly maker: string;
  readonly environment: EnvironmentRecord;
  readonly fingerprint: FingerprintRecord;
  readonly encoding: KeptEncoding;
  readonly guarded: GuardedPaths | null;
}

const MOST_FILES = 64;
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

export function openKeptPlans({ addon, folder, made }: KeptPlansPlace): KeptPlans {
  const maker = (): string => [process.version, bootId(), ...made.map(identityOf)].join(" ");
  const fileOf = ({ words, hasArguments, rest }: Pick<RememberedPlan, "words" | "hasArguments" | "rest">): string => nameOf(words, hasArguments, rest);
  return {
    load(request) {
      const rest = restOfRequest(request);
      const { argv } = request;
      const name = namesIn(folder).find((file) => {
        const count = Number.parseInt(file, 10);
        return count <= argv.length && file === nameOf(argv.slice(0, count), argv.length > count, rest);
      });
      if (name === undefined) return undefined;
      try {
        const kept = decodePlanText(readFileSync(`${folder}/${name}`, "utf8")) as KeptPlan;
        if (kept.maker !== maker()) return undefined;
        restoreGuarded(kept.plan, kept.guarded);
        return {
          ...kept,
          environment: restoreEnvironment(kept.environment),
          fingerprint: restoreFingerprint(addon, kept.fingerprint),
          encoding: createRunEncoding(kept.plan, kept.printTiming, kept.encoding),
        };
      } catch {
        // Cut off, or of a time when it looked otherwise: the plan is made anew and takes its place.
        return undefined;
      }
    },
    keep(plan) {
      const { kept } = plan.encoding;
      if (kept === null) return;
      const text: KeptPlan = {
        ...plan,
        maker: maker(),
        environment: plan.environment.record,
        fingerprint: plan.fingerprint.record,
        encoding: kept,
        guarded: guardedKnown(plan.plan),
      };
      const file = `${folder}/${fileOf(plan)}`;
      const temporary = `${folder}/.${process.pid}`;
      makeFolders(folder, 0o700);
      rmSync(temporary, { force: true });
      writeFileSync(temporary, encodePlanText(text), { flag: "wx", mode: 0o600 });
      renameSync(temporary, file);
      for (const oldest of oldestOf(folder)) rmSync(`${folder}/${oldest}`, { force: true });
    },
    forget(plan) {
      rmSync(`${folder}/${fileOf(plan)}`, { force: true });
    },
  };
}

function oldestOf(folder: string): readonly string[] {
  const names = namesIn(folder);
  if (names.length <= MOST_FILES) return [];
  const times = new Map(names.map((name) => [name, statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.mtimeMs ?? 0]));
  return names.toSorted((one, other) => (times.get(one) ?? 0) - (times.get(other) ?? 0)).slice(0, names.length - MOST_FILES);
}

/** A folder in /tmp may outlive the kernel whose protections a plan was made from. */
function bootId(): string {
  return readFileSync(BOOT_ID, "utf8").trim();
}

function identityOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? "absent" : `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}`;
}

/** How many words of the command line belong to the plan, and a checksum (FNV-1a, 32 bits, twice): two requests of one name are told apart by what is in the file. */
function nameOf(words: readonly string[], hasArguments: boolean, rest: string): string {
  const text = [...words, String(hasArguments), rest].join("\0");
  return `${words.length}-${checksum(text, 0x811c9dc5)}${checksum(text, 0x01000193)}`;
}

function checksum(text: string, start: number): string {
  let sum = start;
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return (sum >>> 0).toString(16).padStart(8, "0");
}
