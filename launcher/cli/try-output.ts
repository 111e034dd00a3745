// What a start with `--try` changed, as a user reads it; and what becomes of it.
import type { Addon } from "../../native/addon.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { type Change, type KeptTry, removeTry, walkTry } from "../try/door.ts";
import { commandProblem, type Outcome, OWN_FAILURE_STATUS, type Surroundings } from "./command.ts";
import type { AfterTry } from "./run.ts";
import { COUNT, listOf, orNull, record, TEXT, wordOf } from "./shape.ts";

/** Longer lists are cut where somebody has to answer. */
const MOST_SHOWN = 60;
const ANSWERS: Readonly<Record<string, AfterTry>> = { k: "keep", keep: "keep", d: "drop", drop: "drop", a: "aside", aside: "aside" };

export const CHANGES = listOf(
  record({
    change: wordOf("added", "changed", "removed"),
    kind: wordOf("file", "folder", "link", "other"),
    path: TEXT,
    bytes: orNull(COUNT),
    before: orNull(COUNT),
    left: orNull(wordOf("conflict", "guarded", "special", "name", "failed", "gone")),
    system: TEXT,
  }),
);

export function sayOfTry(key: string, values: Readonly<Record<string, string>>): string {
  return renderText(key, values, MESSAGES);
}

export function renderChanges(changes: readonly Change[], app: string, isCut: boolean): string {
  const shown = isCut ? changes.slice(0, MOST_SHOWN) : changes;
  const count = (word: Change["change"]): string => String(changes.filter(({ change }) => change === word).length);
  const head = sayOfTry("try.head", { app, added: count("added"), changed: count("changed"), removed: count("removed") });
  const rest = changes.length - shown.length;
  return head + shown.map(renderChange).join("") + (rest === 0 ? "" : sayOfTry("try.more", { count: String(rest) }));
}

function renderChange({ change, kind, path, bytes, before, left, system }: Change): string {
  const values = { path: kind === "folder" ? `${path}/` : path, bytes: String(bytes ?? before ?? ""), before: String(before ?? ""), system };
  const size = bytes === null && before === null ? "" : bytes !== null && before !== null ? "-sizes" : "-size";
  const line = sayOfTry(`try.${change}${size}`, values);
  return left === null ? line : line + sayOfTry(`try.left-${left}`, values);
}

/** `aside` where nobody answers, or says something else. */
export function answerToTry({ ask }: Surroundings): AfterTry {
  const answer = ask?.(sayOfTry("try.ask", {}).trimEnd()) ?? null;
  return answer === null ? "aside" : (ANSWERS[answer.trim().toLowerCase()] ?? "aside");
}

/** What could not be brought to its place stays aside. */
export function keepTry(addon: Addon, kept: KeptTry, overwrite: boolean): Outcome {
  const done = walkTry(addon, kept, { act: true, overwrite });
  const left = done.filter((one) => one.left !== null);
  const output = sayOfTry("try.kept", { count: String(done.length - left.length) });
  if (left.length === 0) return finish(kept, output);
  const problem = commandProblem("try.left", { count: String(left.length), name: kept.name });
  return { status: OWN_FAILURE_STATUS, output: output + left.map(renderChange).join(""), problems: [problem] };
}

export function dropTry(kept: KeptTry): Outcome {
  return finish(kept, sayOfTry("try.dropped", { app: kept.app }));
}

function finish({ folder }: KeptTry, output: string): Outcome {
  const failed = removeTry(folder);
  return failed === null
    ? { status: 0, output, problems: [] }
    : { status: OWN_FAILURE_STATUS, output, problems: [commandProblem("try.not-removed", { folder, system: failed })] };
}
