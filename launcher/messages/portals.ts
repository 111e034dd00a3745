// Texts of the questions that portals ask. `{app}` is the app's id, as tsbox knows it.
import type { MessageTable } from "./message.ts";

export const PORTAL_MESSAGES: MessageTable = {
  "portal.refuse": { text: "Refuse" },
  "portal.account-title": { text: "{app}: share your name?" },
  "portal.account-text": { text: "{app} asks for your user name and your full name" },
  "portal.account-accept": { text: "Share" },
  "portal.autostart-title": { text: "{app}: start with the session?" },
  "portal.autostart-text": { text: "{app} asks to be started, in its sandbox, whenever you log in" },
  "portal.autostart-accept": { text: "Allow" },
  "portal.open-title": { text: "{app}: open with" },
  "portal.open-text": { text: "{app} wants to open {target}; choose the program" },
  "portal.inhibit-reason": { text: "no reason given" },
  "portal.file-open": { text: "{app}: open a file" },
  "portal.file-named": { text: "{app}: {title}" },
  "portal.file-save": { text: "{app}: save a file" },
  "portal.print-file": { text: "{app}: print into a file: {title}" },
  "portal.launcher-title": { text: "{app}: add a starter?" },
  "portal.launcher-text": { text: "{app} asks to add `{name}` to your programs; it starts {app} in its sandbox" },
  "portal.launcher-accept": { text: "Add" },
  "permission.table": { text: "no table can be called `{table}`", hint: "such as `background`, `notifications`, `desktop-used-apps`" },
  "permission.absent": { text: "nothing is kept for `{id}` in `{table}`", hint: "`tsbox permission-show` lists what is" },
  "permission.app-or-all": { text: "say which app, or `--all`" },
  "portal.file-folder": { text: "{app}: choose a folder" },
};
