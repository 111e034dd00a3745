// Texts of `tsbox data`.
import type { MessageTable } from "./message.ts";

export const DATA_MESSAGES: MessageTable = {
  "data.action": { text: "`{value}` is nothing that can be done with data", hint: "`size`, `backup`, `restore` or `reset`" },
  "data.no-app": { text: "no app is named", hint: "`tsbox data {action} org.example.App`" },
  "data.not-an-id": { text: "`{value}` is no id of an app" },
  "data.no-file": { text: "no file is named", hint: "`tsbox data {action} {app} FILE.tar.gz`" },
  "data.running": { text: "`{app}` runs, and would write into it meanwhile", hint: "end it first: `tsbox kill {app}`" },
  "data.absent": { text: "there is no data in `{folder}`" },
  "data.file-there": { text: "`{file}` is there already", hint: "name another file, or move it away" },
  "data.not-made": { text: "`{file}` cannot be made: {system}" },
  "data.swapped": { text: "`{file}` is no backup: another program put something else in its place meanwhile", hint: "choose a folder that no app writes to" },
  "data.no-archive": { text: "`{file}` is no backup of an app's data" },
  "data.tar": { text: "tar failed: {system}" },
  "data.not-copied": { text: "cannot copy `{folder}`: {system}" },
  "data.not-moved": { text: "cannot move `{folder}` to `{aside}`: {system}" },
  "data.backed-up": { text: "`{app}`: {bytes} bytes in `{file}`, without its cache" },
  "data.restored": { text: "`{app}`: the data is that of `{file}`" },
  "data.set-aside": { text: "what was there is in `{folder}` now; nothing deletes it" },
};
