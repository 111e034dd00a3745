// Texts of the command line: usage, listings, ps and kill.
import type { MessageTable } from "./message.ts";

export const CLI_MESSAGES: MessageTable = {
  "render.hint": { text: "hint: " },
  "render.notice": { text: "notice: " },
  "cli.system": {
    text: "the command could not be carried out: {system}",
    hint: "what was kept before is as it was; `tsbox doctor folders` looks at the folders that tsbox writes to",
  },
  "cli.output": { text: "writing the answer: {system}" },
  "cli.usage": { text: "{detail}", hint: "`{help}` lists what there is" },
  "cli.usage-nearest": { text: "{detail}", hint: "did you mean `{nearest}`? `{help}` lists what there is" },
  "usage.unknownOption": { text: "unknown option `{word}`", hint: "`{help}` lists what there is" },
  "usage.unknownOption-nearest": { text: "unknown option `{word}`", hint: "did you mean `{nearest}`? `{help}` lists what there is" },
  "usage.unknownCommand": { text: "unknown command `{word}`", hint: "`{help}` lists what there is" },
  "usage.unknownCommand-nearest": { text: "unknown command `{word}`", hint: "did you mean `{nearest}`? `{help}` lists what there is" },
  "usage.of-flatpak": { text: "unknown command `{word}`: tsbox fetches no apps", hint: "`flatpak {word}` does; `tsbox run` starts what Flatpak installed too" },
  "usage.enter": { text: "unknown command `{word}`", hint: "`tsbox run --command=sh APP` starts a shell in a sandbox of the app's" },
  "usage.optionMissingArgument": { text: "the option `{word}` needs a value", hint: "`{help}` lists what there is" },
  "usage.missingArgument": { text: "the argument `{word}` is missing", hint: "`{help}` lists what there is" },
  "usage.excessArguments": { text: "too many arguments for `{word}`: {wanted} expected, {given} given", hint: "`{help}` lists what there is" },
  "cli.column-unknown": { text: "no column is called `{column}`", hint: "the columns are {names}" },
  "cli.column-ambiguous": { text: "`{column}` may mean more than one column", hint: "one of {names}" },
  "reload.changed": { text: "{app} {instance}: in force at once where it runs: {buses}" },
  "reload.same": { text: "{app} {instance}: its buses say so already" },
  "reload.later": { text: "{app} {instance}: from its next start on: {buses}" },
  "reload.nothing": { text: "nothing runs" },
  "reload.no-broker": {
    text: "{app} {instance} keeps what it has on its buses: the broker that started it is gone",
    hint: "end it with `tsbox kill {instance}` and start it again",
  },
  "reload.by-path": {
    text: "`{app}` was started by its path and keeps what it has on its buses",
    hint: "start it again; what is installed (`tsbox install`) follows its overrides at once",
  },
  "reload.bus-process": {
    text: "the bus process does not answer: what runs keeps what it has on its buses",
    hint: "`tsbox doctor` examines it; a start anew has what was said",
  },
  "cli.not-running": { text: "`{name}` is not running", hint: "`tsbox ps` lists what runs" },
  "cli.kill-refused": { text: "instance `{name}` could not be ended", hint: "it may be starting or belong to another user; try again" },
  "cli.run-needs-front": { text: "`run` is the work of the `tsbox` binary, which was not asked", hint: "start `tsbox run` itself, not its parts" },
  "ps.display-unset": {
    text: "`--window`: DISPLAY is not set, so there is no X display to ask",
    hint: "`DISPLAY=:0`; a Wayland compositor tells nobody whose a window is",
  },
  "ps.no-display": {
    text: "`--window`: `{display}` is no X display of this machine",
    hint: "`DISPLAY=:0`; a Wayland compositor tells nobody whose a window is",
  },
  "ps.window-number": { text: "`--window={value}` is no window", hint: "a number as `xwininfo` prints it, such as 0x1a00007" },
  "ps.window-nobody": { text: "window {window}: the X server knows no process for it" },
  "ps.window-outside": { text: "window {window} belongs to `{name}` (process {pid}), which runs in no sandbox of tsbox" },
  "ps.window-asked": { text: "asking the X server of `{display}`: {detail}" },
  "settings.unknown": { text: "`{name}={value}` is no setting of this tsbox", hint: "the default holds instead" },
  "cli.no-runtime-directory": { text: "no runtime directory was found", hint: "set `XDG_RUNTIME_DIR` to a directory of yours with mode 0700" },
  "cli.no-shell": { text: "`{value}` is no shell that can be completed for", hint: "one of {shells}" },
};
