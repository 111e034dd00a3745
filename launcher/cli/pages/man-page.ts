// Man pages of all commands, from the objects that parse. Pure. The format is man(7)'s.
import type { Command } from "../command.ts";
import { renderManifestPage } from "./manifest-page.ts";
import { plain, sentence, title } from "./roff.ts";
import { optionWords, type OptionWords } from "./words.ts";

const BOOK = "User Commands";

/** Name with section (`tsbox-run.1`) to text. */
export function renderManPages(commands: readonly Command[], version: string): ReadonlyMap<string, string> {
  return new Map([
    ["tsbox.1", overview(commands, version)],
    ["tsbox-manifest.5", renderManifestPage(version)],
    ...commands.map((command) => [`tsbox-${command.name}.1`, commandPage(command, version)] as const),
  ]);
}

function overview(commands: readonly Command[], version: string): string {
  const rows = commands.map(({ name, summary }) => `.TP\n\\fBtsbox\\-${plain(name)}\\fR(1)\n${plain(summary)}\n`);
  return [
    title("tsbox", 1, version, BOOK),
    ".SH NAME\ntsbox \\- runs desktop programs in a sandbox\n",
    ".SH SYNOPSIS\n\\fBtsbox\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n",
    ".SH DESCRIPTION\nReads an app's permission manifest, builds a sandbox with exactly the granted sockets, devices and folders, and puts a filter between the app and the buses.\n",
    `.SH COMMANDS\n${rows.join("")}`,
    ".SH FILES\n.TP\n\\fI~/.local/share/tsbox/manifests/ID.ini\\fR\nmanifests of your own\n.TP\n\\fI/usr/local/share/tsbox/manifests/\\fR, \\fI/usr/share/tsbox/manifests/\\fR\nthose of the administrator, and of packages\n.TP\n\\fI~/.local/share/tsbox/overrides/\\fR\nwhat you changed\n.TP\n\\fI/etc/tsbox/overrides/\\fR, \\fI/etc/tsbox/limits/\\fR\ndefaults and ceilings of the administrator\n.TP\n\\fI~/.var/app/ID\\fR\nthe data of an app\n",
    ".SH EXIT STATUS\n\\fBtsbox run\\fR ends with the app's status, 128 + n for a signal; 125 where tsbox itself failed, 126 where the command cannot be executed, 127 where it is not found.\n.PP\nThe other commands end with 0; with 1 where the answer is no: nothing of that name runs (\\fBkill\\fR, \\fBreload\\fR, \\fBdoctor\\fR), two manifests differ (\\fBdiff\\fR), a file has an error (\\fBlint\\fR), an exported one is not as it was written (\\fBexport \\-\\-check\\fR), you declined (\\fBinstall\\fR), something is bad (\\fBdoctor\\fR); and with 125 where they failed.\n",
  ].join("");
}

function commandPage(command: Command, version: string): string {
  const options = optionWords(command).map((option) => `.TP\n${optionHead(option)}\n${plain(option.summary)}\n`);
  const examples = command.details.filter((line) => line.startsWith("Example:")).map((line) => line.replace(/^Example:\s*/, ""));
  const details = command.details.filter((line) => !line.startsWith("Example:"));
  return [
    title(`tsbox-${command.name}`, 1, version, BOOK),
    `.SH NAME\ntsbox\\-${plain(command.name)} \\- ${plain(command.summary)}\n`,
    `.SH SYNOPSIS\n\\fBtsbox ${plain(command.name)}\\fR [\\fIOPTION\\fR...] ${plain(command.positionals)}\n`,
    `.SH DESCRIPTION\n${plain(sentence(command.summary))}\n${details.map((line) => `.PP\n${plain(line)}\n`).join("")}`,
    `.SH OPTIONS\n${options.join("")}`,
    examples.length === 0 ? "" : `.SH EXAMPLES\n${examples.map((line) => `.PP\n${plain(line)}\n`).join("")}`,
    ".SH SEE ALSO\n\\fBtsbox\\fR(1), \\fBtsbox\\-manifest\\fR(5)\n",
  ].join("");
}

function optionHead({ flag, short, value, isOptional, choices }: OptionWords): string {
  const shown = value === null ? "" : isOptional ? `[=\\fI${plain(value)}\\fR]` : `=\\fI${plain(value)}\\fR`;
  const words = choices.length === 0 || choices.length > 12 ? "" : ` (${choices.map(plain).join(", ")})`;
  return `${short === null ? "" : `\\fB${plain(short)}\\fR, `}\\fB${plain(flag)}\\fR${shown}${words}`;
}
