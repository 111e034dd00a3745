// Which properties of an app and of its streams reach the server and its session manager: an allow-list, since both act on them. `media.class` makes a stream a
// device that records others, `target.object` and `stream.capture.sink` record a program, `node.group` and `priority.driver` take others' clock over, and newer
// versions load a filter library named by one.
import type { PipewirePolicy } from "./policy.ts";
import type { Properties } from "./pod.ts";
import type { Direction, Held, PipewireState } from "./state.ts";

const OF_CLIENTS: ReadonlySet<string> = new Set([
  "application.icon-name",
  "application.language",
  "application.name",
  "application.process.binary",
  "application.version",
  "client.name",
]);

const OF_STREAMS: ReadonlySet<string> = new Set([
  "application.icon-name",
  "application.language",
  "application.name",
  "application.process.binary",
  "application.version",
  "media.artist",
  "media.category",
  "media.comment",
  "media.copyright",
  "media.date",
  "media.filename",
  "media.format",
  "media.icon-name",
  "media.language",
  "media.name",
  "media.role",
  "media.software",
  "media.title",
  "node.autoconnect",
  "node.description",
  "node.latency",
  "node.name",
  "node.nick",
  "node.rate",
  "stream.is-live",
]);

/** Properties with the only value that they may have. */
const AS_IT_IS: ReadonlyMap<string, string> = new Map([
  ["media.type", "Audio"],
  ["node.want-driver", "true"],
]);

const OF_PORTS: ReadonlySet<string> = new Set(["audio.channel", "format.dsp", "port.alias", "port.id", "port.name"]);

const CLASSES: ReadonlyMap<string, Direction> = new Map([
  ["Stream/Output/Audio", "playback"],
  ["Stream/Input/Audio", "capture"],
  ["Stream/Input/Video", "camera"],
]);
/**
 * Of a stream from a camera, with its target: the session manager connects it to that one or to none. Where it may look for another one, or the target is gone, it
 * takes what there is, the picture of a screen too.
 */
const BOUND: readonly (readonly [string, string])[] = [
  ["media.type", "Video"],
  ["node.dont-reconnect", "true"],
  ["node.dont-fallback", "true"],
  ["node.dont-move", "true"],
];
const TARGETS = ["target.object", "node.target"] as const;
const MAX_VALUE_LENGTH = 4096;

function kept(properties: Properties, allowed: ReadonlySet<string>): Map<string, string> {
  // The server itself takes a value that begins so for an address in its memory.
  return new Map([...properties].filter(([key, value]) => allowed.has(key) && value.length <= MAX_VALUE_LENGTH && !value.startsWith("pointer:")));
}

export function clientProperties(properties: Properties, { appId }: PipewirePolicy): Properties {
  return kept(properties, OF_CLIENTS).set("application.id", appId);
}

export function portProperties(properties: Properties): Properties {
  return kept(properties, OF_PORTS);
}

/** What a new stream does; undefined where it would be something else than a stream of sound. */
export function directionOf(properties: Properties): Direction | undefined {
  return CLASSES.get(properties.get("media.class") ?? "");
}

/** A target that is no device for this direction which the app was shown is left out: the session manager would connect to whatever has that name. */
export function streamProperties(
  properties: Properties,
  { direction, camera }: Pick<Held, "direction" | "camera">,
  { appId }: PipewirePolicy,
  { shown }: PipewireState,
): Properties {
  const made = kept(properties, OF_STREAMS);
  if (direction === "camera") {
    for (const [key, value] of BOUND) made.set(key, value);
    made.set("media.class", "Stream/Input/Video").set("target.object", camera ?? "-1");
    return made.set("application.id", appId);
  }
  for (const [key, value] of AS_IT_IS) if (properties.get(key) === value) made.set(key, value);
  for (const [name, one] of CLASSES) if (one === direction) made.set("media.class", name);
  for (const key of TARGETS) {
    const target = properties.get(key);
    if (target !== undefined && [...shown.values()].some(({ takes, names }) => takes === direction && names.includes(target))) made.set(key, target);
  }
  return made.set("application.id", appId);
}
