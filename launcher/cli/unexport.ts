// `tsbox unexport`: takes away what `tsbox export` made, and nothing else.
import { removeFiles, tellDesktop, withRecords } from "../export/door.ts";
import { parseAppId } from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { type Command, commandProblem, isGiven, OWN_FAILURE_STATUS, refuse } from "./command.ts";
import { type ExportSettings, exportPlacesOf } from "./export.ts";
import { renderPlaced } from "./export-output.ts";

export function unexportCommand(settings: ExportSettings): Command {
  return {
    name: "unexport",
    summary: "take exported files away again",
    positionals: "[APP]",
    options: [
      { flags: "--all", summary: "of every app" },
      { flags: "--system", summary: "what was exported for all users" },
    ],
    optionsFirst: false,
    details: ["A file that was changed since it was exported stays."],
    answeredByBroker: false,
    answer: async (invocation, surroundings) => {
      const app = invocation.positionals[0] ?? null;
      if ((app === null) !== isGiven(invocation, "all")) {
        const problem = app === null ? commandProblem("export.app-or-all", {}) : commandProblem("export.both", { one: app, other: "--all" });
        return { status: OWN_FAILURE_STATUS, output: "", problems: [problem] };
      }
      // The manifest may be gone: the id alone counts.
      const valid = app === null ? null : parseAppId(app);
      if (valid !== null && !valid.ok) return refuse(...valid.problems);
      const places = exportPlacesOf(isGiven(invocation, "system"), surroundings, settings.systemRoot);
      const addon = surroundings.addon();
      const done = await withRecords(places, addon, (open) =>
        removeFiles(
          open.records.filter((record) => app === null || record.app === app),
          places,
          open,
          addon,
        ),
      );
      if (!done.ok) return refuse(...done.problems);
      const kinds = new Set(done.value.filter((file) => file.changed).map((file) => file.kind));
      const problems = [...done.notices, ...tellDesktop(kinds, places, surroundings.environment)];
      if (done.value.length > 0 || done.notices.length > 0) {
        return { status: 0, output: renderPlaced(done.value, "export.removed", "export.absent"), problems };
      }
      return { status: 0, output: renderText(app === null ? "export.nothing-at-all" : "export.nothing", { app: app ?? "" }, MESSAGES), problems };
    },
  };
}
