// manifest(5) from the objects that read manifests: every group, every key, its words. Pure.
import { KEY_MEANINGS, type KeyMeaning } from "../../manifest/door.ts";
import { plain, sentence, title } from "./roff.ts";

/** What a group is for, where its name does not say it. */
const GROUP_WORDS: Readonly<Record<string, string>> = {
  Application: "Who the app is. A manifest must have it; an override has none.",
  Context: "What the app gets of the host.",
  "USB Devices": "What the USB portal tells the app.",
  "Policy *": "A group for each program that reads such values, by the program's name.",
  "X-Tsbox Accept": "Only the user and the administrator can accept less protection, never a manifest.",
};

export function renderManifestPage(version: string): string {
  const groups = [...new Set(KEY_MEANINGS.map(({ group }) => group))].sort((one, other) => Number(isOwn(one)) - Number(isOwn(other)));
  return [
    title("tsbox-manifest", 5, version, "File Formats"),
    ".SH NAME\ntsbox\\-manifest \\- what an app may do: manifests, overrides and limits of tsbox\n",
    ".SH SYNOPSIS\n",
    files("~/.local/share/tsbox/manifests/ID.ini", "manifests of your own"),
    files("~/.local/share/tsbox/overrides/ID", "what you changed for one app; `global` for all"),
    files("/etc/tsbox/overrides/ID", "what the administrator changed"),
    files("/etc/tsbox/limits/ID", "what nobody can lift: denials alone, in the same words"),
    ".SH DESCRIPTION\n",
    paragraph(
      "A keyfile in UTF-8, as GLib reads it and as Flatpak writes `metadata`: groups in brackets, `KEY=VALUE`, `#` before comments. Items of a list have `;` behind them, and `\\;` is one that does not end an item; `\\s`, `\\n`, `\\t`, `\\r` and `\\\\` are a blank, a line end, a tab, a carriage return and a backslash. Booleans are `true` and `false`.",
    ),
    paragraph(
      "Later layers win over earlier ones: manifest, the administrator's override for all apps and for this one, yours for all apps and for this one, the command line. Limits cut the result.",
    ),
    paragraph(
      "In Flatpak's groups a word that is not known and would grant is passed over (`tsbox lint` tells it), one that would deny stops the run. In groups of our own, `[X\\-Tsbox ...]`, whatever is not known stops it.".replaceAll(
        "\\-",
        "-",
      ),
    ),
    ...groups.map(groupSection),
    ".SH EXAMPLE\n.nf\n[Application]\nname=org.example.Editor\ncommand=mousepad\n\n[Context]\nsockets=wayland;fallback\\-x11;\nfilesystems=xdg\\-documents;~/notes:ro;!~/notes/private;\n\n[Session Bus Policy]\norg.freedesktop.Notifications=talk\norg.xfce.mousepad=own\n.fi\n",
    ".SH SEE ALSO\n\\fBtsbox\\fR(1), \\fBtsbox\\-lint\\fR(1), \\fBtsbox\\-override\\fR(1), \\fBtsbox\\-permissions\\fR(1)\n",
  ].join("");
}

function isOwn(group: string): boolean {
  return group.startsWith("X-Tsbox");
}

function files(path: string, words: string): string {
  return `.TP\n\\fI${plain(path)}\\fR\n${plain(words)}\n`;
}

function paragraph(text: string): string {
  return `.PP\n${plain(text)}\n`;
}

function groupSection(group: string): string {
  const keys = KEY_MEANINGS.filter((meaning) => meaning.group === group);
  const words = GROUP_WORDS[group];
  return `.SH [${plain(group.replace(/\*$/, "NAME"))}]\n${words === undefined ? "" : paragraph(words)}${keys.map(keyEntry).join("")}`;
}

const FORMS: Readonly<Record<KeyMeaning["form"], string>> = { text: "", list: ";...", boolean: "" };

function keyEntry({ key, form, words, choices, only }: KeyMeaning): string {
  const value = form === "boolean" ? "true|false" : form === "list" ? `\\fIITEM\\fR${FORMS.list}` : "\\fIVALUE\\fR";
  const head = `.TP\n${key === null ? "\\fIKEY\\fR" : `\\fB${plain(key)}\\fR`}=${value}\n`;
  const known = choices === undefined ? "" : ` ${form === "list" ? "Words" : "One of"}: ${choices.map((choice) => plain(`\`${choice}\``)).join(", ")}.`;
  return `${head}${plain(sentence(words))}${known}${only === undefined ? "" : ` In ${only}s only.`}\n`;
}
