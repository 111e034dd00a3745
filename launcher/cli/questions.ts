// `tsbox questions` and `tsbox answer`: what apps ask where the session has no dialogs, answered on a terminal that is not the app's.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openQuestions, type QuestionAnswer, terminalsOf, type WaitingQuestion } from "../../portals/kept.ts";
import { listInstances, type RunningInstance } from "../instance/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderOutsideText, renderText } from "../messages/render.ts";
import { type Command, type Invocation, isGiven, type Outcome, refuseFor, type Surroundings } from "./command.ts";
import { type Column, renderJson, renderTable, shapeOfTable } from "./table.ts";

const COLUMNS: readonly Column<WaitingQuestion>[] = [
  { name: "id", title: "Id", byDefault: true, value: (row) => row.id },
  { name: "application", title: "Application", byDefault: true, value: (row) => row.app },
  { name: "kind", title: "Kind", byDefault: true, value: (row) => row.kind },
  { name: "question", title: "Question", byDefault: true, value: (row) => row.text },
  { name: "says", title: "Says", byDefault: true, value: (row) => row.appText },
];

export const questionsCommand: Command = {
  name: "questions",
  summary: "list what apps ask and nobody has answered, where the session has no dialogs",
  positionals: "",
  options: [{ flags: "-j, --json", summary: "print JSON" }],
  optionsFirst: false,
  details: ["Apps that were started on a terminal ask so; `tsbox answer` answers, on another terminal."],
  json: { questions: shapeOfTable(COLUMNS) },
  answeredByBroker: false,
  answer(invocation, surroundings) {
    const { runtimeDirectory } = surroundings;
    if (runtimeDirectory === null) return refuseFor("cli.no-runtime-directory", {});
    const rows = openQuestions(runtimeDirectory).all();
    const output = isGiven(invocation, "json") ? renderJson(rows, COLUMNS) : renderTable(rows, COLUMNS, surroundings.stdoutIsTerminal);
    return { status: 0, output, problems: [] };
  },
};

export const answerCommand: Command = {
  name: "answer",
  summary: "answer what an app asks, where the session has no dialogs",
  positionals: "[ID] [ANSWER...]",
  options: [
    { flags: "--refuse", summary: "no, or no file" },
    { flags: "--with-neighbours", summary: "give the folder of the file too, until the app ends" },
    { flags: "-w, --allow-write", summary: "that folder to write as well as to read" },
  ],
  optionsFirst: false,
  details: [
    "ANSWER is `yes` or `no`, the files to open or the one to save, or the number of a choice. Without it the question is put here; without ID the first that waits.",
    "Refused on a terminal that is the app's too, or another app's that runs: it could paint the question over and read the answer.",
    "Example: `tsbox answer --with-neighbours 1f0c22ab ~/film.mkv`",
  ],
  answeredByBroker: false,
  answer(invocation, surroundings) {
    const { runtimeDirectory } = surroundings;
    if (runtimeDirectory === null) return refuseFor("cli.no-runtime-directory", {});
    const questions = openQuestions(runtimeDirectory);
    const [id, ...given] = invocation.positionals;
    const waiting = questions.all();
    const question = id === undefined ? waiting[0] : waiting.find((one) => one.id === id);
    if (question === undefined) return id === undefined ? refuseFor("question.none", {}) : refuseFor("question.unknown", { id });
    const app = appHere(question, listInstances(surroundings.addon(), runtimeDirectory));
    if (app !== null) return refuseFor("question.same-terminal", { app, id: question.id });
    const words = given.length > 0 || isGiven(invocation, "refuse") ? given : wordsOf(surroundings.ask?.(shown(question)) ?? null);
    if (words === null) return refuseFor("question.no-answer", { id: question.id });
    const read = readAnswer(question, words, invocation, surroundings);
    if (!("agreed" in read)) return read;
    return questions.answer(question.id, read) ? { status: 0, output: "", problems: [] } : refuseFor("question.unknown", { id: question.id });
  },
};

/** The app that asks, or another one that runs, where it has a terminal of ours: any could paint over what is put here. */
function appHere(question: WaitingQuestion, running: readonly RunningInstance[]): string | null {
  const ours = terminalsOf("self");
  const isHere = (terminals: readonly number[]): boolean => terminals.some((terminal) => ours.includes(terminal));
  if (isHere(question.terminals)) return question.app;
  return running.find(({ pid }) => pid !== null && isHere(terminalsOf(pid)))?.appId ?? null;
}

/** INVARIANT: the app's id as we know it comes first, and what the app says is one line, in marks, without a control character. */
function shown({ app, kind, text, appText, choices }: WaitingQuestion): string {
  const rows = choices.map(({ label }, index) => `  ${index + 1}  ${renderOutsideText(label)}\n`);
  const said = appText === "" ? "" : `${renderText("question.app-says", { text: appText }, MESSAGES).trimEnd()}\n`;
  const how = renderText(`question.how-${kind}`, {}, MESSAGES).trimEnd();
  return `${renderOutsideText(app)}\n${renderOutsideText(text)}\n${said}${rows.join("")}${how}: `;
}

function wordsOf(line: string | null): readonly string[] | null {
  return line === null ? null : line === "" ? [] : [line];
}

function readAnswer(question: WaitingQuestion, words: readonly string[], invocation: Invocation, surroundings: Surroundings): QuestionAnswer | Outcome {
  const { kind, id, choices, multiple } = question;
  const [word = ""] = words;
  if (isGiven(invocation, "refuse") || word === "") return { agreed: false };
  if (kind === "consent") {
    if (words.length > 1 || !/^(yes|no|y|n)$/i.test(word)) return refuseFor("question.yes-or-no", { id, word });
    return { agreed: /^y/i.test(word) };
  }
  if (kind === "choice") {
    const choice = choices[Number(word) - 1] ?? choices.find((one) => one.id === word);
    return choice === undefined || words.length > 1 ? refuseFor("question.no-choice", { id, word }) : { agreed: true, choice: choice.id };
  }
  if (words.length > 1 && !multiple) return refuseFor("question.one-file", { id });
  // What is typed at the question has met no shell.
  const home = surroundings.environment.get("HOME") ?? "";
  const files = words.map((path) => resolve(surroundings.workingDirectory, path.replace(/^~(?=\/)/, home)));
  const missing = kind === "save" ? undefined : files.find((path) => !existsSync(path));
  if (missing !== undefined) return refuseFor("question.no-file", { path: missing });
  if (!isGiven(invocation, "with-neighbours")) return { agreed: true, files };
  const neighbours = kind === "save" || isGiven(invocation, "allow-write") ? "write" : "read";
  if (!question.neighbours.some((access) => access === neighbours)) return refuseFor("question.no-neighbours", {});
  return { agreed: true, files, neighbours };
}
