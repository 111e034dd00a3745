// Which properties of clients and streams reach the server: an allow-list, since the server acts on some. On PipeWire every property of a stream becomes one of
// its node: `stream.capture.sink` and `target.object` record other programs, `audioconvert.filter-graph` loads a library. On PulseAudio `filter.want` loads a module.
import type { SoundPolicy } from "./policy.ts";
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

/** By it pipewire-pulse picks what it does for known programs: a recording of `firefox` it moves to other devices, whatever the stream says. */
const PROGRAM = "application.process.binary";

/** The list at this token without what is not known to be harmless. `client`: the policy of the client that it is about; null where it is about a stream. */
export function filteredProperties(bytes: Uint8Array, token: Token, client: SoundPolicy | null): Uint8Array {
  const read = readProperties(bytes, token.start, token.end)?.properties ?? [];
  const staysWhereItIs = client !== null && client.microphone !== client.monitor;
  const kept: Property[] = read.filter(({ key, value }) => ALLOWED.has(key) && value.length <= MAX_VALUE_BYTES && !(staysWhereItIs && key === PROGRAM));
  // Which app it is, whatever it says.
  if (client !== null) kept.push({ key: "application.id", value: Buffer.from(`${client.appId}\0`, "utf8") });
  return propertiesValue(kept);
}
