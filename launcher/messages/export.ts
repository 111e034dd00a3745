// Texts of `tsbox export` and `tsbox unexport`.
import type { MessageTable } from "./message.ts";

export const EXPORT_MESSAGES: MessageTable = {
  "export.written": { text: "exported {path}" },
  "export.same": { text: "unchanged {path}" },
  "export.removed": { text: "removed {path}" },
  "export.absent": { text: "already gone {path}" },
  "export.nothing": { text: "nothing of {app} is exported" },
  "export.nothing-at-all": { text: "nothing is exported" },
  "export.all-well": { text: "{count} exported files, all as they should be" },
  "export.fault-missing": { text: "{path} ({app}): the file is gone" },
  "export.fault-changed": { text: "{path} ({app}): somebody changed it" },
  "export.fault-tsbox-gone": { text: "{path} ({app}): it starts {tsbox}, which is not there" },
  "export.fault-manifest-gone": { text: "{path} ({app}): the manifest {manifest} is gone" },
  "export.fault-source-gone": { text: "{path} ({app}): {source}, which it was made from, is gone" },
  "export.fault-source-changed": { text: "{path} ({app}): {source}, which it was made from, has changed" },
  "export.mend": { text: "`tsbox export APP` makes an app's files anew, `tsbox unexport APP` takes them away" },

  "export.app-or-all": { text: "say which app, or `--all`", hint: "`tsbox export` alone lists what is exported" },
  "export.both": { text: "`{one}` and `{other}` do not go together", hint: "give one of them" },
  "export.json-alone": { text: "`--json` goes with the listing and with `--check` only" },
  "export.needs-app": { text: "`{option}` needs an app", hint: "such as `tsbox export {option} org.example.App`" },
  "export.no-program": {
    text: "no `tsbox` was found that a desktop entry could start below {folder}",
    hint: "build it with `npm run build`; its path holds no `=` and no control character",
  },
  "export.not-installed": {
    text: "`tsbox run {app}` would not find this manifest",
    hint: "put it into {folder} first",
  },
  "export.not-installed-for-all": {
    text: "this manifest is in your own folder, where other users do not find it",
    hint: "put it into {folder}, or export without `--system`",
  },
  "export.entry-of-other": {
    text: "the entry starts the same program, and bears the id of `{other}`: it is not exported for `{app}`",
    hint: "`tsbox export --from={path} {app}` takes it all the same",
  },
  "export.no-entry": {
    text: "no desktop entry of {app} is in {folders}",
    hint: "name one with `tsbox export --from=FILE {app}`",
  },
  "export.from-absent": { text: "there is no such desktop entry" },
  "export.from-exported": { text: "this desktop entry is an exported one itself", hint: "name the host's own" },
  "export.from-no-application": { text: "this is no desktop entry of an application", hint: "its group `[Desktop Entry]` needs `Type=Application`" },
  "export.forged-mark": {
    text: "the argument `{word}` starts like the mark of a list of files",
    hint: "an Exec line that passes it on could hand over files that nobody chose: mend the entry, and name it with `--from=FILE`",
  },
  "export.unsafe-name": {
    text: "`{name}` is no name for an exported file",
    hint: "letters, digits, `_ . @ + -`, and no period or dash at the start; name a copy with `--from=FILE`",
  },
  "export.not-activatable": {
    text: "`{name}` is not a bus name that {app} may own: the exported entry starts the program without D-Bus activation",
    hint: "with `{name}=own` in `[Session Bus Policy]` the program can answer it",
  },
  "export.no-bus-name": { text: "`{name}` is no bus name: the exported entry starts {app} without D-Bus activation" },
  "export.no-autostart": { text: "nothing in {folders} starts {app} at login" },
  "export.shim-name": { text: "no shim can be named after the command `{command}` of {app}", hint: "export without `--shim`" },
  "export.in-the-way": {
    text: "something that tsbox did not make is in the way",
    hint: "it is never overwritten: move it away, then export {app} again",
  },
  "export.changed": { text: "the exported file was changed since", hint: "it is never overwritten: move it away, then export {app} again" },
  "export.of-other-app": { text: "this file is exported for {app} already", hint: "`tsbox unexport {app}` takes it away" },
  "export.kept": { text: "changed since it was exported: it stays, and is yours now" },
  "export.folder": { text: "the folder cannot be used: {system}" },
  "export.folder-link": { text: "a link or a file is in the place of the folder", hint: "tsbox writes through no link here: put a folder in its place" },
  "export.folder-of-others": { text: "the folder belongs to another user, or everybody may write to it", hint: "take it over, or change its mode" },
  "export.write": { text: "the file could not be changed: {system}" },
  "export.locked": { text: "another program is exporting", hint: "try again when it is done" },
  "export.records-broken": {
    text: "the list of exported files cannot be read",
    hint: "move it away; what was exported carries `X-Tsbox=` and can be removed by hand",
  },
  "export.trigger": { text: "`{program}` failed: {answer}", hint: "what was exported stays in place; file types may be known later only" },
};
