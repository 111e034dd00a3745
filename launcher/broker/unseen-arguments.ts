// Arguments that name files of the host which the app does not see: it would take each for one that is not there. Told, and nothing else.
import { lstatSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Problem } from "../manifest/origin.ts";
import { type Plan, seesPath } from "../plan/door.ts";
import { runProblem } from "./broker.ts";

/** One notice for each. */
export function unseenArguments(plan: Plan, argv: readonly string[], cwd: string): readonly Problem[] {
  const words = plan.callerArgumentsFrom === null ? plan.command.slice(1) : argv.slice(plan.callerArgumentsFrom);
  // As the caller named it: a manifest's file, which nothing knows by its id.
  const named = plan.callerArgumentsFrom === null ? plan.appId : (argv[plan.callerArgumentsFrom - 1] ?? plan.appId);
  return words.flatMap((word) => {
    const path = word.startsWith("-") ? null : pathOfArgument(word, cwd);
    // A word like `test` may be anything; a folder is meant where it is written as a path.
    if (path === null || (kindOfPath(path) === "folder" && !word.includes("/")) || kindOfPath(path) === null) return [];
    if (seesPath(plan, realpathSync(path))) return [];
    return [{ ...runProblem("run.argument-unseen", { path, app: plan.appId, named }), severity: "notice" as const }];
  });
}

/** The file or folder that a word may mean, not looked at; null where it is an address. */
export function pathOfArgument(word: string, cwd: string): string | null {
  try {
    if (word.startsWith("file:")) return fileURLToPath(word);
  } catch {
    return null;
  }
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(word) || word === "" ? null : resolve(cwd, word);
}

/** Through links; null where there is neither. */
export function kindOfPath(path: string): "file" | "folder" | null {
  try {
    const found = lstatSync(realpathSync(path));
    return found.isFile() ? "file" : found.isDirectory() ? "folder" : null;
  } catch {
    return null;
  }
}
