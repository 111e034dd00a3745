// Texts of `tsbox run` on the broker's side: the request, the buses, the instance, the processes around it.
import type { MessageTable } from "./message.ts";

export const RUN_MESSAGES: MessageTable = {
  "run.backend-unknown": { text: "no backend is called `{name}`", hint: "there are own and bwrap" },
  "run.backend-bwrap-absent": { text: "`{program}` could not be started: {system}", hint: "install bubblewrap, or leave --backend away" },
  "run.backend-bwrap-word": {
    text: "this plan cannot be carried out by bubblewrap: it has no word for `{word}`",
    hint: "take the grant away that needs it (`tsbox run --dry-run` shows it), or leave --backend away",
  },
  "run.app-missing": { text: "no app is named", hint: "`tsbox run org.example.App`, or `tsbox run ./FILE.ini`" },
  "run.cwd-relative": { text: "`--cwd={directory}` is no absolute path", hint: "the working directory is a path inside the sandbox, such as `--cwd=/tmp`" },
  "run.dry-run-format": { text: "`--dry-run={format}` is no known format", hint: "`text`, `json` or `bwrap`" },
  "run.fd-number": { text: "`--fd={value}` names no descriptor that can be kept", hint: "a number from 3 on; 0, 1 and 2 always reach the app" },
  "run.fd-closed": { text: "`--fd={value}`: the caller has no such open descriptor", hint: "open it without close-on-exec, as a shell's `{value}<FILE` does" },
  "run.standard-unfit": {
    text: "standard {name} is a {kind}, which would give the app what no permission shows",
    hint: "pass a file, a pipe, a terminal or /dev/null; `--fd=N` passes another descriptor by name",
  },
  "run.request-malformed": {
    text: "the request of this `tsbox` could not be read by the running broker",
    hint: "its version may differ: end it with `kill {pid}` and try again; running apps stay",
  },
  "run.request-foreign": {
    text: "the request names {what} `{found}`, but the broker serves `{expected}`",
    hint: "run `tsbox` as the user whose session this is",
  },
  "run.x11-stranger": {
    text: "`x11=untrusted`: no cookie for a stranger could be had: {detail}",
    hint: "`xhost -si:localuser:$USER` closes a server that lets all in; `--x11=nested` gives the app a server of its own",
  },
  "run.bind-follow": { text: "a file that is bound cannot be followed: {detail}", hint: "is its folder still the one that it was? `{log}` may say more" },
  "run.runtime-absent": { text: "the runtime `{runtime}` is not here", hint: "`--runtime=host` runs the app on the host's own `/usr`" },
  "run.from-word": { text: "`--from={value}` is no source of apps", hint: "`host` (a manifest of tsbox's) or `flatpak`" },
  "run.instance-make": {
    text: "the instance's directory `{path}` could not be made: {system}",
    hint: "the runtime directory must be yours, writable and not full",
  },
  "run.bus-refused": {
    text: "the {bus} bus at `{address}` does not answer: {system}",
    hint: "is it still running? `--no-session-bus` starts the app without one",
  },
  "run.bus-silent": {
    text: "the session bus at `{address}` does not say who owns which name",
    hint: "does it still work? `--no-session-bus` starts the app without one",
  },
  "run.handed-over": {
    text: "`{name}` belongs to `{program}` (process {pid}), which runs outside this app's sandbox: what the app is asked to do would be done there",
    hint: "close it first; `--no-session-bus` starts the app beside it",
  },
  "run.bus-process": { text: "the bus process could not be started: {detail}", hint: "`{log}` may say more; `--no-session-bus` starts the app without buses" },
  "run.part-unknown": {
    text: "nobody asked for this part of an app",
    hint: "`TSBOX_SUB_SANDBOX` is set by tsbox itself, for one start: take it out of the environment",
  },
  "run.part-beyond": {
    text: "the part would have more than the app that asks for it: {what}",
    hint: "permissions or the host changed while the app ran: start the app again",
  },
  "run.internal": { text: "the broker met a fault of its own: {detail}", hint: "`{log}` holds the details; please report them" },
  "run.argument-unseen": {
    text: "`{path}` is not visible to `{app}`",
    hint: "`tsbox run --file-forwarding {named} @@ FILE @@` gives the file to one start, `tsbox override --filesystem=PLACE {app}` a place for good",
  },
  "run.opened-beside": {
    text: "`{app}` runs already: where it hands `{path}` over to the one that runs, that one does not see the file",
    hint: "open the file by that one's own dialog, or end it first",
  },
  "run.not-started": { text: "{app} was not started" },
};
