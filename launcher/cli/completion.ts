// `tsbox completion SHELL`: prints the script that completes commands, options, ids and instances.
import { type Command, commandProblem, OWN_FAILURE_STATUS } from "./command.ts";
import { renderCompletion, SHELLS } from "./pages/completion.ts";

/** `commands`: all of them, this one included. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: "print a completion script for bash, zsh or fish",
    positionals: "<SHELL>",
    actions: SHELLS,
    options: [],
    optionsFirst: false,
    details: [
      "Example: `tsbox completion bash > ~/.local/share/bash-completion/completions/tsbox`",
      "Example: `tsbox completion zsh > ~/.zfunc/_tsbox` (with ~/.zfunc in fpath)",
      "Example: `tsbox completion fish > ~/.config/fish/completions/tsbox.fish`",
    ],
    answeredByBroker: false,
    answer: ({ positionals }) => {
      const shell = SHELLS.find((one) => one === positionals[0]);
      if (shell !== undefined) return { status: 0, output: renderCompletion(shell, commands()), problems: [] };
      return { status: OWN_FAILURE_STATUS, output: "", problems: [commandProblem("cli.no-shell", { value: positionals[0] ?? "", shells: SHELLS.join(", ") })] };
    },
  };
}
