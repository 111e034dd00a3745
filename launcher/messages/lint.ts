// Texts of `tsbox lint` beyond those of the reader itself (manifest.ts).
import type { MessageTable } from "./message.ts";

export const LINT_MESSAGES: MessageTable = {
  "lint.no-file": { text: "there is no such file" },
  "lint.group-twice": { text: "`[{group}]` stands here again, after line {line}: both are one group" },
  "lint.key-twice": { text: "`{key}` of `[{group}]` stands again in line {line}, which alone counts", hint: "put both into one line" },
  "lint.item-twice": { text: "`{item}` stands twice in `{key}=`" },
  "lint.item-undone": { text: "`{item}` in `{key}=` is undone by `{by}` behind it", hint: "keep the one that is meant" },
  "lint.list-empty": { text: "`{key}=` is empty, and says nothing" },
  "lint.group-unread": { text: "nobody reads `[{group}]` from a file", hint: "take the group away" },
  "lint.application-key": { text: "`{key}` is no key of `[Application]`, and is passed over", hint: "did you mean `{nearest}`?" },
  "lint.no-command": { text: "`[Application]` has no `command=`", hint: "add the program's name, or `tsbox run` needs `--command=PROGRAM`" },
  "lint.command-blanks": {
    text: "`command={command}` is one word to Flatpak and to tsbox: a program with blanks in its name",
    hint: "arguments belong into a script, or behind the app's name on the command line",
  },
  "lint.x11-and-fallback": {
    text: "`x11` is without effect beside `fallback-x11`, which gives X11 only where there is no Wayland",
    hint: "keep the one that is meant",
  },
  "lint.fallback-condition": { text: "a condition on `fallback-x11` has no effect: it is one itself", hint: "`if:x11:!has-wayland` says the same" },
  "lint.said-already": { text: "`{text}` adds nothing to `{wider}`" },
  "lint.persistent-idle": { text: "`{text}` has no effect beside `{wider}`: the app has the folder itself" },
  "lint.name-hidden-idle": { text: "`{text}` hides nothing: `{wider}` gives the whole bus", hint: "name what the app needs, instead of the whole bus" },
  "lint.name-always": { text: "`{name}` needs no line: every app may use its own names and the portals" },
  "lint.not-given": { text: "`{text}` is not given by this tsbox yet: {words}" },
  "lint.risk-high": { text: "`{text}` is of high risk: {words}", hint: "does it need that much?" },
  "lint.risk-escape": { text: "`{text}` opens the sandbox: {words}", hint: "with it nothing else here protects anybody" },
  "lint.nested-full": {
    text: "`{text}` is weaker: mounts and namespaces of every kind are within reach of the app, and Landlock's layer of paths is off",
    hint: "`nested=isolate` is enough for browsers and Electron; `full` is for programs that bring bubblewrap",
  },
  "lint.no-sandbox": { text: "`{switch}` turns off the sandbox that the program brings itself", hint: "take it away; two walls are better than one" },
  "lint.no-sandbox-variable": { text: "`{name}` turns off the sandbox that the program brings itself", hint: "take it away; two walls are better than one" },
  "lint.program-no-sandbox": {
    text: "the program `{path}` is a script with `{switch}`, which turns off the sandbox that it brings itself",
    hint: "name the program behind it: `command=PROGRAM`",
  },
  "lint.program-snap": {
    text: "the program `{path}` is a script that starts a snap, which runs outside any sandbox of ours",
    hint: "install the program from the distribution, or name another one: `command=PROGRAM`",
  },
  "lint.counts": { text: "{errors}, {warnings}, {notices}" },
  "lint.one-error": { text: "1 error" },
  "lint.many-error": { text: "{count} errors" },
  "lint.one-warning": { text: "1 warning" },
  "lint.many-warning": { text: "{count} warnings" },
  "lint.one-notice": { text: "1 notice" },
  "lint.many-notice": { text: "{count} notices" },
  "lint.error": { text: "error" },
  "lint.warning": { text: "warning" },
  "lint.notice": { text: "notice" },
};
