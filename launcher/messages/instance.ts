// Texts of `tsbox instance`.
import type { MessageTable } from "./message.ts";

export const INSTANCE_MESSAGES: MessageTable = {
  "instance.name": { text: "`{name}` cannot be the name of an instance", hint: "letters, digits and `_`, at most 32, the first no `_`: `--instance=work`" },
  "instance.two-names": { text: "`{app}` is an instance already, and `{name}` another one", hint: "name it once" },
  "instance.of-flatpak": {
    text: "`{app}` is an app that Flatpak installed, and no instance: its data would be opened",
    hint: "choose another name for the instance; the app itself is started by `flatpak run {app}`",
  },
  "instance.action": { text: "`{value}` is nothing that can be done with instances", hint: "`list`, `clone`, `rename`, `remove` or `export`" },
  "instance.no-app": { text: "no app is named", hint: "`tsbox instance {action} {form}`" },
  "instance.no-data": { text: "`{from}` has no data to copy", hint: "`tsbox run --instance={name} {app}` starts an instance with empty data" },
  "instance.no-name": { text: "no name is given", hint: "`tsbox instance {action} {app} NAME`" },
  "instance.not-one": {
    text: "`{app}` is no instance of an app",
    hint: "an instance is named with its app: `org.example.App--work`; `tsbox instance list` lists them",
  },
  "instance.absent": { text: "there is no instance `{app}`", hint: "`tsbox instance list` lists them" },
  "instance.there": { text: "there is an instance `{app}` already", hint: "choose another name, or `tsbox instance remove {app}` first" },
  "instance.running": { text: "`{app}` runs, and would write into its data meanwhile", hint: "end it first: `tsbox kill {app}`" },
  "instance.cloned": { text: "`{app}` is a copy of `{from}` as it is now; `tsbox run {app}` starts it" },
  "instance.renamed": { text: "`{from}` is `{app}` now; what portals were allowed for it is asked again" },
  "instance.export-again": { text: "its exported entries are gone with the old name: `tsbox instance export {app}` makes new ones" },
  "instance.removed": { text: "`{app}` is gone, with its overrides and exports" },
  "instance.host-store": {
    text: "the portals of this desktop keep what they remember of {app}: {detail}",
    hint: "`flatpak permission-reset {app}` forgets it",
  },
};
