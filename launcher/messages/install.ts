// Texts of `tsbox install`, `uninstall`, `accept`, `diff` and `search`.
import type { MessageTable } from "./message.ts";

export const INSTALL_MESSAGES: MessageTable = {
  "install.no-file": { text: "there is no such file or folder", hint: "`tsbox install ./org.example.App.ini`" },
  "install.known": { text: "`{app}` is known here already: {file}", hint: "`tsbox run {app}` starts it" },
  "install.no-app": {
    text: "`{app}`: there is no such manifest, and tsbox fetches none",
    hint: "`tsbox install ./org.example.App.ini` takes a file; programs come with the system, or from `flatpak install`",
  },
  "install.write-system": { text: "the manifest could not be put there: {system}", hint: "for all users only root may: `sudo tsbox install --system FILE`" },
  "install.folder": { text: "the folder holds {count} manifests: it must be one", hint: "name the file: `tsbox install DIR/org.example.App.ini`" },
  "install.same": { text: "`{app}` is installed already, with this very manifest" },
  "install.there": { text: "`{app}` is there already: {file}", hint: "`tsbox install --replace` puts this one in its place" },
  "install.ask": { text: "install `{app}`, and let it do this? [y/N] " },
  "install.worst": { text: "{risk}: {permission}" },
  "install.worst-more": { text: "and {count} more of that kind, above" },
  "install.ask-more": { text: "this is more than was accepted before" },
  "install.needs-yes": { text: "nobody can be asked here, so nothing was installed", hint: "`-y` accepts what is printed above" },
  "install.declined": { text: "nothing was installed" },
  "install.done": { text: "{file}", hint: "`tsbox run {app}` starts it, `tsbox export {app}` lets the desktop start it" },
  "install.instance": { text: "`{app}` is a named instance, not an app", hint: "`tsbox instance remove {app}` takes it away" },
  "install.write": { text: "the manifest could not be put there: {system}" },
  "install.remove": { text: "the manifest could not be taken away: {system}" },
  "install.not-yours": {
    text: "`{app}` is none of your own manifests: {file}",
    hint: "`tsbox uninstall --system` takes away what was installed for all users",
  },
  "install.of-catalogue": {
    text: "`{app}` came with tsbox, and stays: {file}",
    hint: "`tsbox unexport {app}` takes it off the desktop, `tsbox data reset {app}` sets its data aside",
  },
  "install.of-flatpak": { text: "`{app}` was installed by Flatpak", hint: "`flatpak uninstall {app}`" },
  "install.not-of-all": { text: "`{app}` was not installed for all users", hint: "`tsbox list` shows where it comes from" },
  "install.runs": { text: "`{app}` is running", hint: "end it first: `tsbox kill {app}`" },
  "install.removed": { text: "{file} is gone" },
  "install.data-removed": { text: "{file} is gone, with all that the app kept there" },
  "install.data-stays": { text: "the app's data stays in {file}", hint: "`tsbox uninstall --delete-data {app}` takes it away too" },
  "install.data-failed": { text: "the app's data could not be taken away: {system}" },

  "accept.broken": { text: "what was accepted cannot be read", hint: "`tsbox accept {id}` writes it anew, after you have looked at it" },
  "accept.write": { text: "what was accepted could not be kept: {system}" },
  "accept.held-back": {
    text: "`{text}` is not given: you have not accepted it",
    hint: "`tsbox accept {id}` prints all that is new, and gives it from the next start on",
  },
  "accept.still-denied": { text: "`{text}` still holds, though the manifest says so no more", hint: "`tsbox accept {id}` lets it go" },
  "accept.nothing": { text: "`{app}` asks for nothing that you have not accepted" },
  "accept.done": { text: "`{app}` is given this from the next start on:" },
  "accept.needs-no": { text: "`{app}` is given all that its manifest asks for: accepting is for apps that were installed, or that others put here" },

  "diff.gains": { text: "+ {permission}" },
  "diff.meaning": { text: "    {risk}: {words}" },
  "diff.loses": { text: "- {permission}" },
  "diff.undenied": { text: "+ no longer denied: {permission}" },
  "diff.other": { text: "~ {what}: {older} -> {newer}" },

  "search.nothing": { text: "no app is found for `{words}`" },
};
