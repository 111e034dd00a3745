// `tsbox why APP`: what was refused to an app lately, each thing once, with the rule that would allow it.
import type { RecordedEvent } from "../events/event.ts";
import { readEvents } from "../events/read-events.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderOutsideText, renderText } from "../messages/render.ts";
import { appOfEvents, isAbout } from "./app-of-events.ts";
import { type Command, isGiven, refuse } from "./command.ts";
import { readViewer } from "./known-app.ts";
import { isRefusal, renderTime } from "./log.ts";
import { COUNT, listOf, record, renderShape, type ShapeType, TEXT } from "./shape.ts";

/** `bus`: "" for a start that failed. */
const REFUSED = listOf(record({ bus: TEXT, message: TEXT, because: TEXT, count: COUNT, last: TEXT }));
type Refused = ShapeType<typeof REFUSED>[number];

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function whyCommand(catalogue: () => string): Command {
  return {
    name: "why",
    summary: "say what was refused to an app, and what would allow it",
    positionals: "<APP>",
    options: [
      { flags: "--all", summary: "of all runs in the log, not only of the last" },
      { flags: "-j, --json", summary: "print JSON" },
    ],
    optionsFirst: false,
    details: [
      "The newest comes last. `tsbox override --talk-name=NAME APP`, `--bus-rule=…` or `--bus-set=…` gives what a line names; `tsbox explain` tells beforehand.",
    ],
    json: { why: REFUSED },
    answeredByBroker: false,
    answer: (invocation, surroundings) => {
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const all = readEvents(viewer.value.places.state);
      const named = appOfEvents(invocation.positionals[0] as string, all, viewer.value);
      if (!named.ok) return refuse(...named.problems);
      const app = named.value;
      const events = all.filter((event) => isAbout(event, app));
      const rows = refusalsOf(isGiven(invocation, "all") ? events : lastRun(events));
      if (isGiven(invocation, "json")) return { status: 0, output: renderShape(REFUSED, rows), problems: [] };
      const nothing = refusalsOf(events).length === 0 ? "why.nothing" : "why.nothing-lately";
      return { status: 0, output: rows.length === 0 ? renderText(nothing, { app }, MESSAGES) : rows.map(render).join(""), problems: [] };
    },
  };
}

/** From where the newest instance started, or a later start failed. */
function lastRun(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const from = events.findLastIndex(({ event }) => event === "started" || event === "start-failed");
  return events.slice(Math.max(from, 0));
}

function refusalsOf(events: readonly RecordedEvent[]): readonly Refused[] {
  const rows = new Map<string, Refused>();
  for (const event of events.filter(isRefusal)) {
    if (event.event !== "verdict" && event.event !== "start-failed") continue;
    const { bus, message, because, count } = event.event === "verdict" ? event : { bus: "", message: "", because: event.text.trimEnd(), count: 1 };
    const key = `${bus} ${message} ${because}`;
    const known = rows.get(key);
    rows.delete(key);
    rows.set(key, { bus, message, because, count: (known?.count ?? 0) + count, last: event.at });
  }
  return [...rows.values()];
}

function render({ bus, message, because, count, last }: Refused): string {
  const reason = because
    .split("\n")
    .map((line) => `  ${renderOutsideText(line)}\n`)
    .join("");
  const head =
    bus === ""
      ? renderText("why.start-failed", {}, MESSAGES)
      : renderText("why.refused", { bus, message, times: count === 1 ? "" : renderText("log.times", { count: String(count) }, MESSAGES).trimEnd() }, MESSAGES);
  return `${renderTime(last)} ${head}${reason}`;
}
