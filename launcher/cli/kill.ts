// `tsbox kill INSTANCE|APP`: ends all processes of the instances that match.
import { listInstances, type RunningInstance } from "../instance/door.ts";
import { type Command, commandProblem } from "./command.ts";
import { OWN_FAILURE_STATUS } from "./context.ts";

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
    if (surroundings.runtimeDirectory === null) return { status: OWN_FAILURE_STATUS, output: "", problems: [commandProblem("cli.no-runtime-directory", {})] };
    const running = listInstances(surroundings.addon(), surroundings.runtimeDirectory);
    const matching = running.filter((instance) => instance.id === wanted || instance.appId === wanted);
    if (matching.length === 0) return { status: 1, output: "", problems: [commandProblem("cli.not-running", { name: wanted })] };
    const refused = matching.filter((instance) => !killInstance(instance));
    return { status: refused.length === 0 ? 0 : 1, output: "", problems: refused.map((instance) => commandProblem("cli.kill-refused", { name: instance.id })) };
  },
};

/**
 * pid 1 of a pid namespace takes everything in it along. Before the front has said who that is, the front itself: its death ends what it has built so far.
 * The number is taken from an instance whose lock was held a moment ago, by that very process.
 */
function killInstance(instance: RunningInstance): boolean {
  const pid = instance.childPid ?? instance.pid;
  if (pid === null) return false;
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
