// `tsbox log [APP]`: what apps used and were refused, from the event log.
import type { RecordedEvent } from "../events/event.ts";
import { followEvents, readEvents } from "../events/read-events.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderJsonText, renderOutsideText, renderText } from "../messages/render.ts";
import { appOfEvents, isAbout } from "./app-of-events.ts";
import { type Command, isGiven, type Outcome, refuse } from "./command.ts";
import { readViewer } from "./known-app.ts";
import { COUNT, either, record, type ShapeType, TEXT, wordOf } from "./shape.ts";

const FOLLOW_MILLISECONDS = 250;

/** Of one line. */
const EVENT = either(
  record({
    at: TEXT,
    event: wordOf("verdict"),
    app: TEXT,
    instance: TEXT,
    bus: TEXT,
    verdict: wordOf("allow", "deny", "hide"),
    message: TEXT,
    because: TEXT,
    count: COUNT,
  }),
  record({ at: TEXT, event: wordOf("started", "ended"), app: TEXT, instance: TEXT }),
  record({ at: TEXT, event: wordOf("start-failed"), app: TEXT, text: TEXT }),
);

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function logCommand(catalogue: () => string): Command {
  return {
    name: "log",
    summary: "show what apps used and were refused",
    positionals: "[APP]",
    options: [
      { flags: "-f, --follow", summary: "go on with what happens from now on" },
      { flags: "--refused", summary: "only what was refused, and starts that failed" },
      { flags: "-j, --json", summary: "print JSON, one object a line" },
    ],
    optionsFirst: false,
    details: [
      "APP is an id or the number of an instance. What is allowed is there once for each instance, then counted once a minute.",
      "The log is `$XDG_STATE_HOME/tsbox/events`. `tsbox why APP` sums up what was refused to one app.",
    ],
    json: { log: EVENT },
    answeredByBroker: false,
    answer: (invocation, surroundings) => {
      const viewer = readViewer(surroundings, catalogue());
      if (!viewer.ok) return refuse(...viewer.problems);
      const { state } = viewer.value.places;
      const [raw] = invocation.positionals;
      const named = raw === undefined ? null : appOfEvents(raw, readEvents(state), viewer.value);
      if (named?.ok === false) return refuse(...named.problems);
      const wanted = (event: RecordedEvent): boolean =>
        (named === null || isAbout(event, named.value)) && (!isGiven(invocation, "refused") || isRefusal(event));
      const render = isGiven(invocation, "json") ? (event: RecordedEvent) => renderJsonText(event satisfies ShapeType<typeof EVENT>) : renderEvent;
      const print = (events: readonly RecordedEvent[]): string => events.filter(wanted).map(render).join("");
      if (!isGiven(invocation, "follow")) return { status: 0, output: print(readEvents(state)), problems: [] };
      const follower = followEvents(state);
      const tell = (): void => surroundings.write?.(print(follower.next()));
      tell();
      return new Promise<Outcome>(() => setInterval(tell, FOLLOW_MILLISECONDS));
    },
  };
}

export function isRefusal(event: RecordedEvent): boolean {
  return event.event === "start-failed" || (event.event === "verdict" && event.verdict !== "allow");
}

/** Local time to the second. */
export function renderTime(at: string): string {
  const time = new Date(at);
  const two = (number: number): string => String(number).padStart(2, "0");
  return Number.isNaN(time.getTime())
    ? renderOutsideText(at)
    : `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

function renderEvent(event: RecordedEvent): string {
  const line = (key: string, values: Readonly<Record<string, string>>): string => `${renderTime(event.at)} ${renderText(key, values, MESSAGES)}`;
  if (event.event !== "verdict") {
    const [text = "", ...more] = event.event === "start-failed" ? event.text.trimEnd().split("\n") : [];
    const head = line(`log.${event.event}`, { app: event.app, instance: "instance" in event ? event.instance : "", text });
    return head + more.map((one) => `  ${renderOutsideText(one)}\n`).join("");
  }
  const { app, instance, bus, message, because, verdict, count } = event;
  const times = count > 1 ? renderText("log.times", { count: String(count) }, MESSAGES).trimEnd() : "";
  return line(verdict === "allow" ? "log.allowed" : "log.refused", { app, instance, bus, message, because, times });
}
