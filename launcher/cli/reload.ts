// `tsbox reload`: what manifests and overrides say of buses by now counts for what runs, at once.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { HOST_RUNTIME, listInstances, type RunningInstance } from "../instance/door.ts";
import { splitInstanceId } from "../manifest/door.ts";
import { renderText } from "../messages/render.ts";
import type { MessageTable } from "../messages/message.ts";
import { messagesFor } from "../messages/messages.ts";
import { type Command, commandProblem, isGiven, type Outcome, refuse, type Reloaded, type Surroundings } from "./command.ts";
import { FLAG, listOf, record, renderShape, type ShapeType, TEXT } from "./shape.ts";

const ROWS = listOf(record({ instance: TEXT, application: TEXT, changed: listOf(TEXT), later: listOf(TEXT), kept: FLAG }));
type Row = ShapeType<typeof ROWS>[number];

export const reloadCommand: Command = {
  name: "reload",
  summary: "let what manifests and overrides say of buses by now count for what runs",
  positionals: "[INSTANCE|APP]",
  options: [{ flags: "-j, --json", summary: "print JSON" }],
  optionsFirst: false,
  details: [
    "`override` does so by itself. With sound servers it is the same. Folders, devices, sockets and the network stay as they were at the start.",
    "A bus that an app has not had so far it gets when it is started again.",
  ],
  json: { reload: ROWS },
  answeredByBroker: true,
  answer: async (invocation, surroundings) => {
    const name = invocation.positionals[0] ?? null;
    const { runtimeDirectory } = surroundings;
    if (runtimeDirectory === null) return refuse(commandProblem("cli.no-runtime-directory", {}));
    const reloaded = (await surroundings.reload?.(name)) ?? [];
    const others = running(surroundings, runtimeDirectory, name).filter(({ id }) => !reloaded.some(({ instance }) => instance === id));
    const left = others.map(({ id, appId }): Reloaded => {
      const problems = [commandProblem("reload.no-broker", { app: appId, instance: id })];
      return { instance: id, application: appId, changed: [], later: [], problems };
    });
    return outcomeOf([...reloaded, ...left], name, isGiven(invocation, "json"), messagesFor(surroundings.environment));
  },
};

function outcomeOf(all: readonly Reloaded[], name: string | null, json: boolean, texts: MessageTable): Outcome {
  const problems = all.flatMap((one) => one.problems);
  const status = problems.length > 0 ? 1 : 0;
  const rows = all.map(({ problems: why, ...row }): Row => ({ ...row, kept: why.length > 0 }));
  if (name !== null && all.length === 0) return { status: 1, output: "", problems: [commandProblem("cli.not-running", { name })] };
  if (json) return { status, output: renderShape(ROWS, rows), problems };
  return { status, output: rows.length === 0 ? renderText("reload.nothing", {}, texts) : rows.map((row) => renderRow(row, texts)).join(""), problems };
}

function renderRow({ instance, application, changed, later, kept }: Row, texts: MessageTable): string {
  const say = (key: string, values: Readonly<Record<string, string>>): string => renderText(key, values, texts);
  const values = { app: application, instance };
  const now = changed.length > 0 ? say("reload.changed", { ...values, buses: changed.join(", ") }) : kept ? "" : say("reload.same", values);
  return now + (later.length > 0 ? say("reload.later", { ...values, buses: later.join(", ") }) : "");
}

/** Programs of the host that tsbox runs; `name` as in the command, null for all. */
function running(surroundings: Surroundings, runtimeDirectory: string, name: string | null): readonly RunningInstance[] {
  return listInstances(surroundings.addon(), runtimeDirectory).filter(
    ({ id, appId, runtime }) => runtime === HOST_RUNTIME && (name === null || name === id || name === appId || name === splitInstanceId(appId)?.app),
  );
}

/** What to print behind a change: what counts at once in what runs. The broker does it, asked by a front; where nothing runs nobody is started for it. `id`: null for all apps. */
export async function reloadRunning(surroundings: Surroundings, front: string, id: string | null): Promise<string> {
  const { runtimeDirectory } = surroundings;
  if (runtimeDirectory === null || running(surroundings, runtimeDirectory, id).length === 0) return "";
  const child = spawn(front, ["reload", "--json", ...(id === null ? [] : [id])], { stdio: ["ignore", "pipe", "inherit"] });
  const failed = new Promise<string>((settle) => child.once("error", () => settle("[]")));
  const rows = readRows(await Promise.race([text(child.stdout), failed]));
  return rows
    .filter(({ changed, later }) => changed.length + later.length > 0)
    .map((row) => renderRow(row, messagesFor(surroundings.environment)))
    .join("");
}

function readRows(json: string): readonly Row[] {
  try {
    return JSON.parse(json) as readonly Row[];
  } catch {
    // It has said why on standard error.
    return [];
  }
}
