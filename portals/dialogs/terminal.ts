// Questions of an app that was started on a terminal, where the session has no dialogs: they wait for `tsbox answer` on another terminal. INVARIANT: never on one of the app's
// own: it could paint the question over and read the answer. On its own the user is told only that something waits, and under which number.
import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { terminalAt, terminalsOf } from "../outside/terminals.ts";
import type { Dialogs } from "./dialogs.ts";
import { neighboursOf } from "./neighbours.ts";
import { openQuestions, type QuestionAnswer, type WaitingQuestion } from "./questions.ts";

const LOOK_MILLISECONDS = 300;
const PATIENCE_MILLISECONDS = 10 * 60 * 1000;

type Asked = Partial<WaitingQuestion> & Pick<WaitingQuestion, "kind" | "text">;

/** Undefined where the app was not started on a terminal, or may see the terminals of this machine. */
export async function terminalDialogs(instance: PortalInstance): Promise<Dialogs | undefined> {
  const front = frontOf(instance);
  const isOnTerminal = front !== undefined && ["0", "1", "2"].some((name) => terminalAt(`/proc/${front}/fd/${name}`) !== undefined);
  if (!isOnTerminal || seesTerminals(instance)) return undefined;
  const ask = (question: Asked, cancelled: AbortSignal): Promise<QuestionAnswer | undefined> => askElsewhere(instance, front, question, cancelled);
  return {
    driver: "terminal",
    async confirm({ text, appText, cancelled }) {
      const answer = await ask({ kind: "consent", text, appText }, cancelled);
      return answer === undefined ? "none" : answer.agreed ? "yes" : "no";
    },
    async pickFiles({ kind, title, multiple, neighbours, cancelled }) {
      const answer = await ask({ kind, text: title, multiple, neighbours: neighbours?.accesses ?? [] }, cancelled);
      if (answer === undefined) return undefined;
      const paths = (answer.files ?? []).filter((path) => path.startsWith("/")).slice(0, multiple ? undefined : 1);
      return answer.agreed && paths.length > 0 ? { paths, ...neighboursOf(neighbours, answer.neighbours) } : null;
    },
    async choose({ text, choices, cancelled }) {
      const answer = await ask({ kind: "choice", text, choices }, cancelled);
      return answer === undefined ? undefined : answer.agreed ? (choices.find(({ id }) => id === answer.choice)?.id ?? null) : null;
    },
  };
}

async function askElsewhere(instance: PortalInstance, front: number, question: Asked, cancelled: AbortSignal): Promise<QuestionAnswer | undefined> {
  const questions = openQuestions(instance.origin.environment["XDG_RUNTIME_DIR"] ?? "");
  const standard = { appText: "", multiple: false, neighbours: [], choices: [] };
  const id = questions.put({ ...standard, ...question, app: instance.appId, terminals: terminalsOf(front) });
  tell(front, instance.say("portal.question-waits", { id }));
  try {
    for (const end = Date.now() + PATIENCE_MILLISECONDS; Date.now() < end && !cancelled.aborted; ) {
      const answer = questions.answerTo(id);
      if (answer !== undefined) return answer;
      await wait(LOOK_MILLISECONDS, cancelled);
    }
    return undefined;
  } finally {
    questions.remove(id);
  }
}

function wait(milliseconds: number, cancelled: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      cancelled.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    cancelled.addEventListener("abort", done);
  });
}

/** One line on the standard error that the app was given, if that is a terminal; one that is stopped is not waited for. */
function tell(front: number, text: string): void {
  const path = `/proc/${front}/fd/2`;
  if (terminalAt(path) === undefined) return;
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    try {
      writeSync(fd, `tsbox: ${text}\r\n`);
    } finally {
      closeSync(fd);
    }
  } catch {
    // It has gone, or takes nothing: `tsbox questions` lists the question all the same.
  }
}

/** The front's number, as it wrote it down itself. */
function frontOf({ id, origin }: PortalInstance): number | undefined {
  try {
    const pid = Number(readFileSync(`${origin.environment["XDG_RUNTIME_DIR"] ?? ""}/.flatpak/${id}/pid`, "utf8"));
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** With the host's devices it can open every terminal of the user's. */
function seesTerminals({ origin }: PortalInstance): boolean {
  return origin.views.some(
    ({ outside }) => outside === "/" || outside === "/dev" || outside === "/dev/pts" || outside.startsWith("/dev/pts/") || outside.startsWith("/dev/tty"),
  );
}
