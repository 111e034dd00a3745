// `tsbox kill INSTANCE|APP`: ends all processes of the instances that match.
import { setTimeout } from "node:timers/promises";
import { listInstances, type RunningInstance } from "../instance/door.ts";
import { type Command, commandProblem, type Outcome, refuse } from "./command.ts";

const SWEEP_MILLISECONDS = 50;
const MOST_SWEEPS = 100;
const QUIET_SWEEPS = 2;

export const killCommand: Command = {
  name: "kill",
  summary: "end a running instance with all its processes",
  positionals: "<INSTANCE|APP>",
  options: [],
  optionsFirst: false,
  details: ["An app's id ends all that runs of it; a named instance is ended by `ID--NAME`."],
  answeredByBroker: true,
  answer(invocation, surroundings) {
    const wanted = invocation.positionals[0] as string;
    const { runtimeDirectory } = surroundings;
    if (runtimeDirectory === null) return refuse(commandProblem("cli.no-runtime-directory", {}));
    const matching = (): readonly RunningInstance[] =>
      listInstances(surroundings.addon(), runtimeDirectory).filter((instance) => instance.id === wanted || instance.appId === wanted);
    const release = surroundings.holdParts?.(wanted);
    return endAll(matching, wanted).finally(() => release?.());
  },
};

/**
 * INVARIANT: what an app starts of itself while it is ended is ended too. Sweeps until there was nothing left more than once: a sandbox that is being built is
 * no process yet.
 */
async function endAll(matching: () => readonly RunningInstance[], name: string): Promise<Outcome> {
  let left = matching();
  if (left.length === 0) return { status: 1, output: "", problems: [commandProblem("cli.not-running", { name })] };
  const signalled = new Map<string, number>();
  let quiet = 0;
  for (let sweep = 0; sweep < MOST_SWEEPS && quiet < QUIET_SWEEPS; sweep++) {
    left = matching().filter((instance) => !isOver(instance, signalled));
    quiet = left.length === 0 ? quiet + 1 : 0;
    await setTimeout(SWEEP_MILLISECONDS);
  }
  return { status: left.length === 0 ? 0 : 1, output: "", problems: left.map(({ id }) => commandProblem("cli.kill-refused", { name: id })) };
}

/**
 * pid 1 of a pid namespace takes everything in it along. Before the front has said who that is, the front itself: its death ends what it has built so far.
 * The number is taken from an instance whose lock was held a moment ago, by that very process; it is signalled once, as it may be another's a little later.
 */
function isOver(instance: RunningInstance, signalled: Map<string, number>): boolean {
  const pid = instance.childPid ?? instance.pid;
  if (pid === null) return false;
  const isFirst = signalled.get(instance.id) !== pid;
  signalled.set(instance.id, pid);
  try {
    process.kill(pid, isFirst ? "SIGKILL" : 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
