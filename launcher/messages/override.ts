// Texts of `tsbox override`.
import type { MessageTable } from "./message.ts";

export const OVERRIDE_MESSAGES: MessageTable = {
  "override.unchanged": { text: "nothing changed: {file} already says so" },
  "override.no-entry": { text: "{file} says nothing about `{subject}`: nothing to take out" },
  "override.reset": { text: "{file} is gone: nothing is overridden there any more" },
  "override.reset-absent": { text: "there is no {file}: nothing was overridden there" },
  "override.starts": { text: "in force from the next start on:" },
  "override.in-force": { text: "  {text}  ({place})" },
  "override.in-force-limit": { text: "  {text}  (limit: {place})" },
  "override.nobody": { text: "  {subject}: not given (nobody says anything)" },
  "override.remains": { text: "    remains: {text}  ({place})" },
  "override.outvoted": { text: "    not for {app}: {text}  ({place})" },
  "override.no-options": { text: "no option says what to change", hint: "`tsbox override --help` lists them; `--show` prints what is overridden" },
  "override.both": { text: "`{one}` and `{other}` do not go together", hint: "give one of them" },
  "override.json-alone": { text: "`--json` goes with `--show` only" },
  "override.unset-nothing": { text: "`--unset` needs the entry to take out", hint: "such as `--unset --socket=x11`; `--reset` takes out all" },
  "override.broken": { text: "the override stays as it is: it does not parse", hint: "mend the line, or take the whole file away with `{reset}`" },
  "override.locked": { text: "another program is changing the overrides in {folder}", hint: "try again when it is done" },
  "override.write": { text: "the override could not be written: {system}", hint: "what it said before is still in force" },
  "override.link-broken": { text: "the override is a link to `{target}`, where no file can be written: {system}", hint: "mend the link, or take it away" },
  "override.changing": { text: "the override keeps changing while it is edited", hint: "try again when the other program is done" },
};
