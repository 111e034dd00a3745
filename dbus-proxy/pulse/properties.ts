// Which properties of clients and streams reach the server: an allow-list, since the server acts on some. On PipeWire every property of a stream becomes one of
// its node: `stream.capture.sink` and `target.object` record other programs, `audioconvert.filter-graph` loads a library. On PulseAudio `filter.want` loads a module.
import { propertiesValue, type Property, readProperties, type Token } from "./tagstruct.ts";

const ALLOWED: ReadonlySet<string> = new Set([
  "application.name",
  "application.version",
  "application.icon_name",
  "application.language",
  "application.process.binary",
  "event.id",
  "event.description",
  "media.artist",
  "media.copyright",
  "media.filename",
  "media.icon_name",
  "media.language",
  "media.name",
  "media.role",
  "media.software",
  "media.title",
  "window.icon_name",
  "window.id",
  "window.name",
]);
const MAX_VALUE_BYTES = 4096;

/** The list at this token without what is not known to be harmless. `appId`: which app it is, whatever it says; null where the list is not about the client. */
export function filteredProperties(bytes: Uint8Array, token: Token, appId: string | null): Uint8Array {
  const read = readProperties(bytes, token.start, token.end)?.properties ?? [];
  const kept: Property[] = read.filter(({ key, value }) => ALLOWED.has(key) && value.length <= MAX_VALUE_BYTES);
  if (appId !== null) kept.push({ key: "application.id", value: Buffer.from(`${appId}\0`, "utf8") });
  return propertiesValue(kept);
}
