// Questions that wait for an answer on another terminal: a small file each in the user's runtime directory, which no app ever sees. The broker puts them there, the command line
// lists and answers them. An id is of one question alone: what is answered late is answered to nobody.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Choice, NeighbourAccess } from "./dialogs.ts";
import { makeFolders } from "../../native/make-folders.ts";

export type QuestionKind = "consent" | "open" | "save" | "folder" | "choice";

export interface WaitingQuestion {
  readonly id: string;
  /** As tsbox knows it. */
  readonly app: string;
  readonly kind: QuestionKind;
  /** Of ours. */
  readonly text: string;
  /** What the app says of itself, cleaned. */
  readonly appText: string;
  /** May be picked, for files. */
  readonly multiple: boolean;
  readonly neighbours: readonly NeighbourAccess[];
  readonly choices: readonly Choice[];
  /** Terminals that the app may read and write, by number. */
  readonly terminals: readonly number[];
  /** The broker that waits. */
  readonly broker: number;
}

export interface QuestionAnswer {
  readonly agreed: boolean;
  readonly files?: readonly string[];
  readonly neighbours?: string;
  readonly choice?: string;
}

export interface Questions {
  all(): readonly WaitingQuestion[];
  put(question: Omit<WaitingQuestion, "id" | "broker">): string;
  remove(id: string): void;
  /** False where nobody waits for it any more. */
  answer(id: string, answer: QuestionAnswer): boolean;
  /** Undefined: not answered yet. */
  answerTo(id: string): QuestionAnswer | undefined;
}

export function openQuestions(runtimeDirectory: string): Questions {
  const folder = `${runtimeDirectory}/tsbox/questions`;
  const read = (name: string): unknown => {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as unknown;
    } catch {
      return undefined;
    }
  };
  const write = (name: string, content: unknown): void => {
    makeFolders(folder, 0o700);
    writeFileSync(`${folder}/${name}.new`, JSON.stringify(content), { mode: 0o600 });
    renameSync(`${folder}/${name}.new`, `${folder}/${name}`);
  };
  const remove = (id: string): void => {
    for (const end of ["question", "answer"]) rmSync(`${folder}/${id}.${end}`, { force: true });
  };
  const questions: Questions = {
    all() {
      const waiting: WaitingQuestion[] = [];
      for (const name of namesIn(folder)) {
        const question = name.endsWith(".question") ? (read(name) as WaitingQuestion | undefined) : undefined;
        if (question === undefined) continue;
        // A broker that was killed waits for nothing.
        if (isAlive(question.broker)) waiting.push(question);
        else remove(question.id);
      }
      return waiting;
    },
    put(question) {
      const id = randomBytes(4).toString("hex");
      write(`${id}.question`, { ...question, id, broker: process.pid });
      return id;
    },
    remove,
    answer(id, answer) {
      if (!questions.all().some((question) => question.id === id)) return false;
      write(`${id}.answer`, answer);
      return true;
    },
    answerTo: (id) => read(`${id}.answer`) as QuestionAnswer | undefined,
  };
  return questions;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
