// `tsbox doctor INSTANCE|APP`: what a running instance waits for: its processes, the answers of the buses, dialogs of our portals.
import { readProcesses, waitingOf } from "../doctor/door.ts";
import { listInstances, type RunningInstance } from "../instance/door.ts";
import { messagesFor } from "../messages/messages.ts";
import type { MessageTable } from "../messages/message.ts";
import { renderOutsideText, renderText } from "../messages/render.ts";
import { type Command, type Invocation, isGiven, type Outcome, refuseFor, type Surroundings } from "./command.ts";
import { COUNT, FLAG, listOf, orNull, record, renderShape, type ShapeType, TEXT } from "./shape.ts";

/** Names of checks have no period and are no number: no word can be both. */
const INSTANCE_WORD = /^\d+$|\./;

const EXAMINED = record({
  instance: TEXT,
  application: TEXT,
  /** The sandbox does not stand yet. */
  starting: FLAG,
  /** Null: no bus process could be asked. */
  buses: orNull(record({ connections: COUNT, outstandingCalls: COUNT })),
  /** Methods of our portals that wait for the user or for something else; null: no broker could be asked. */
  portalRequests: orNull(listOf(TEXT)),
  processes: listOf(record({ pid: COUNT, inside: COUNT, name: TEXT, waits: TEXT, call: orNull(TEXT), on: orNull(TEXT) })),
});
type Examined = ShapeType<typeof EXAMINED>;

export const INSTANCE_JSON = { "doctor-instance": listOf(EXAMINED) };

export function namesInstance(invocation: Invocation): boolean {
  return invocation.positionals.some((word) => INSTANCE_WORD.test(word));
}

/** The broker's part of `doctor`: it alone can ask what the buses and portals wait for. Checks of the machine are the command line's. */
export function doctorInBroker(command: Command): Command {
  return { ...command, answeredByBroker: true, isForBroker: namesInstance };
}

export async function examineInstances(invocation: Invocation, surroundings: Surroundings): Promise<Outcome> {
  if (surroundings.runtimeDirectory === null) return refuseFor("cli.no-runtime-directory", {});
  const running = listInstances(surroundings.addon(), surroundings.runtimeDirectory);
  const chosen: RunningInstance[] = [];
  for (const word of invocation.positionals) {
    const matching = running.filter(({ id, appId }) => id === word || appId === word);
    if (matching.length === 0) return { ...refuseFor("cli.not-running", { name: word }), status: 1 };
    chosen.push(...matching);
  }
  const rows = await Promise.all(chosen.map((instance) => examineOne(instance, surroundings)));
  const texts = messagesFor(surroundings.environment);
  const output = isGiven(invocation, "json") ? renderShape(INSTANCE_JSON["doctor-instance"], rows) : rows.map((row) => render(row, texts)).join("");
  return { status: 0, output, problems: [] };
}

async function examineOne({ id, appId, childPid }: RunningInstance, { waits }: Surroundings): Promise<Examined> {
  const held = (await waits?.(id)) ?? null;
  const processes = childPid === null ? [] : readProcesses(childPid);
  return {
    instance: id,
    application: appId,
    starting: childPid === null,
    buses: held?.buses ?? null,
    portalRequests: held?.portalRequests ?? null,
    processes: processes.map((facts) => {
      const { kind, call, on } = waitingOf(facts, process.arch);
      return { pid: facts.pid, inside: facts.inside, name: facts.name, waits: kind, call, on };
    }),
  };
}

function render({ instance, application, starting, buses, portalRequests, processes }: Examined, texts: MessageTable): string {
  const say = (key: string, values: Readonly<Record<string, string>> = {}): string => renderText(`doctor.${key}`, values, texts);
  const what = (row: Examined["processes"][number]): string => {
    const on = row.on === null ? "" : describe(row.on, say);
    return say(on === "" ? `waits-${row.waits}` : `waits-${row.waits}-on`, { call: row.call ?? "", on }).trimEnd();
  };
  const lines = processes.map((row) =>
    say("instance-process", { pid: String(row.pid), inside: String(row.inside), name: row.name })
      .trimEnd()
      .concat(" ", what(row), "\n"),
  );
  const calls = String(buses?.outstandingCalls ?? 0);
  return [
    `${renderOutsideText(application)} ${instance}\n`,
    starting ? say("instance-starting") : "",
    buses === null
      ? say("instance-no-broker")
      : say(buses.outstandingCalls === 0 ? "instance-no-calls" : "instance-calls", { calls, connections: String(buses.connections) }),
    ...(portalRequests ?? []).map((method) => say("instance-portal", { method })),
    ...lines,
  ].join("");
}

/** A file by its path; the kernel's numbers for sockets and pipes tell a reader nothing. */
function describe(on: string, say: (key: string) => string): string {
  if (/^(?:\/|@)/.test(on)) return on;
  const kind = /^(socket|pipe|anon_inode)/.exec(on)?.[1];
  return kind === undefined ? "" : say(`on-${kind}`).trimEnd();
}
