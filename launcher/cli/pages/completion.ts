// Completion scripts for bash, zsh and fish, from the objects that parse. A script answers by itself: no key press starts Node. Pure.
import type { Command } from "../command.ts";
import { nameFunctions } from "./shell-names.ts";
import { type ArgumentKind, argumentKind, optionWords, type OptionWords } from "./words.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function renderCompletion(shell: Shell, commands: readonly Command[]): string {
  return { bash: renderBash, zsh: renderZsh, fish: renderFish }[shell](commands);
}

const HEAD = "made by `tsbox completion`: ids and instances are read from the names of files";

function spelled({ flag, value, isOptional }: OptionWords): string {
  return value === null || isOptional ? flag : `${flag}=`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function renderBash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const options = optionWords(command);
    const valued = options.filter(({ choices }) => choices.length > 0);
    const values = valued.map(({ flag, choices }) => `        ${flag}) COMPREPLY=($(compgen -W ${quote(choices.join(" "))} -- "$cur")); return ;;\n`);
    const files = options.filter(({ value, choices }) => value !== null && choices.length === 0).map(({ flag }) => flag);
    const inner = `${values.join("")}${files.length === 0 ? "" : `        ${files.join("|")}) COMPREPLY=($(compgen -f -- "$cur")); return ;;\n`}`;
    return `    ${command.name})
      case $option in
${inner}      esac
      case $cur in
        -*) COMPREPLY=($(compgen -W ${quote(options.map(spelled).join(" "))} -- "$cur")); [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace; return ;;
      esac
${command.actions === undefined ? "" : `      ((seen == 0)) && { COMPREPLY=($(compgen -W ${quote(command.actions.join(" "))} -- "$cur")); return; }\n`}      ${bashArgument(argumentKind(command))} ;;
`;
  });
  return `# bash completion for tsbox, ${HEAD}
${nameFunctions("_tsbox")}
_tsbox() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command= option= i word seen=0
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in -*|=) ;; *) [[ \${COMP_WORDS[i-1]} == = ]] || { [[ -z $command ]] && command=$word || ((++seen)); } ;; esac
  done
  # The shell takes \`=\` for a word of its own.
  if [[ $cur == = ]]; then option=\${COMP_WORDS[COMP_CWORD-1]} cur=
  elif ((COMP_CWORD >= 2)) && [[ \${COMP_WORDS[COMP_CWORD-1]} == = ]]; then option=\${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
  case $command in
    "") COMPREPLY=($(compgen -W ${quote([...commands.map(({ name }) => name), "--help", "--version"].join(" "))} -- "$cur")) ;;
${cases.join("")}  esac
}
complete -F _tsbox tsbox
`;
}

function bashArgument(kind: ArgumentKind): string {
  if (kind === "app") return 'COMPREPLY=($(compgen -W "$(_tsbox_apps)" -- "$cur") $(compgen -f -- "$cur"))';
  if (kind === "instance") return 'COMPREPLY=($(compgen -W "$(_tsbox_instances)" -- "$cur"))';
  if (kind === "command") return 'COMPREPLY=($(compgen -c -- "$cur") $(compgen -f -- "$cur"))';
  return kind === "file" ? 'COMPREPLY=($(compgen -f -- "$cur"))' : ":";
}

function renderZsh(commands: readonly Command[]): string {
  const plain = (text: string): string => text.replace(/[[\]:\\]/g, "\\$&");
  const cases = commands.map((command) => {
    const options = optionWords(command).map((option) => {
      const { flag, value, choices, summary } = option;
      const action =
        value === null ? "" : `:${plain(value)}:${choices.length > 0 ? `(${choices.map((word) => word.replace(/[:() ]/g, "\\$&")).join(" ")})` : "_files"}`;
      return quote(`${spelled(option) === flag ? flag : `${flag}=`}[${plain(summary)}]${action}`);
    });
    const argument = { app: "_tsbox_complete_apps", instance: "_tsbox_complete_instances", file: "_files", command: "_command_names -e", none: "" }[
      argumentKind(command)
    ];
    const first = command.actions === undefined ? "" : ` ${quote(`1:action:(${command.actions.join(" ")})`)}`;
    const rest = `${first}${argument === "" ? "" : ` ${quote(`*:argument:${argument}`)}`}`;
    return `    ${command.name}) _arguments -S ${options.join(" ")}${rest} ;;\n`;
  });
  return `#compdef tsbox
# zsh completion for tsbox, ${HEAD}
${nameFunctions("_tsbox")}
_tsbox_complete_apps() { emulate -L zsh; setopt null_glob sh_word_split; local -a ids; ids=(\${(f)"$(_tsbox_apps)"}); compadd -a ids; _files }
_tsbox_complete_instances() { emulate -L zsh; setopt null_glob sh_word_split; local -a ids; ids=(\${(f)"$(_tsbox_instances)"}); compadd -a ids }
_tsbox() {
  local -a commands
  commands=(${commands.map(({ name, summary }) => quote(`${name}:${plain(summary)}`)).join(" ")})
  if ((CURRENT == 2)); then _describe command commands; return; fi
  local command=$words[2]
  shift words; ((CURRENT--))
  case $command in
${cases.join("")}  esac
}
if [ "$funcstack[1]" = "_tsbox" ]; then _tsbox "$@"; else compdef _tsbox tsbox; fi
`;
}

function renderFish(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = commands.flatMap((command) => {
    const when = `-n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`;
    const options = optionWords(command).map(({ flag, short, value, isOptional, choices, summary }) => {
      const takes = value === null || isOptional ? "" : choices.length > 0 ? ` -x -a ${quote(choices.join(" "))}` : " -r";
      return `complete -c tsbox ${when} -l ${flag.slice(2)}${short === null ? "" : ` -s ${short.slice(1)}`}${takes} -d ${quote(summary)}`;
    });
    const kind = argumentKind(command);
    const functionOf = { app: "'(__tsbox_apps)'", instance: "'(__tsbox_instances)'", command: "'(__fish_complete_command)'", file: null, none: null }[kind];
    const actions = command.actions ?? [];
    const unsaid = `-n ${quote(`__fish_seen_subcommand_from ${command.name}; and not __fish_seen_subcommand_from ${actions.join(" ")}`)}`;
    const behind =
      actions.length === 0 ? when : `-n ${quote(`__fish_seen_subcommand_from ${command.name}; and __fish_seen_subcommand_from ${actions.join(" ")}`)}`;
    const noFiles = kind === "instance" || kind === "none" ? " -f" : "";
    return [
      `complete -c tsbox -f -n ${quote(`not __fish_seen_subcommand_from ${names}`)} -a ${command.name} -d ${quote(command.summary)}`,
      ...options,
      ...(actions.length === 0 ? [] : [`complete -c tsbox ${unsaid} -f -a ${quote(actions.join(" "))}`]),
      ...(functionOf === null ? [] : [`complete -c tsbox ${behind}${noFiles} -a ${functionOf}`]),
    ];
  });
  return `# fish completion for tsbox, ${HEAD}
function __tsbox_apps
  set -l data $HOME/.local/share
  set -q XDG_DATA_HOME; and set data $XDG_DATA_HOME
  set -l folders $data /usr/local/share /usr/share
  set -q XDG_DATA_DIRS; and set folders $data (string split : -- $XDG_DATA_DIRS)
  set -l program (realpath (command -s tsbox) 2>/dev/null)
  for file in $folders/tsbox/manifests/*.ini (dirname "$program")/../manifests/*.ini
    string replace -r '.*/(.*)\\.ini$' '$1' -- $file
  end
  for file in $data/flatpak/app/*/current /var/lib/flatpak/app/*/current
    string replace -r '.*/app/(.*)/current$' '$1' -- $file
  end
end
function __tsbox_instances
  set -l runtime /run/user/(id -u)
  set -q XDG_RUNTIME_DIR; and set runtime $XDG_RUNTIME_DIR
  for file in $runtime/.flatpak/*/pid
    string match -rg '/([0-9]+)/pid$' -- $file
  end
  __tsbox_apps
end
${lines.join("\n")}
`;
}
