// Whom `log` and `why` are asked about: who is in the log under that name, else the app that it names as everywhere.
import type { RecordedEvent } from "../events/event.ts";
import { findManifestAsWritten } from "../manifest/door.ts";
import type { Result } from "../manifest/origin.ts";
import { success } from "../manifest/problem.ts";
import type { Viewer } from "./known-app.ts";

/** Names that mean no app, or several. Whatever else is wrong with a manifest, what its app was refused is known all the same. */
const NOBODY = /^find\.(?:unknown-|neither|several|no-file)/;

export function isAbout(event: RecordedEvent, app: string): boolean {
  return event.app === app || ("instance" in event && event.instance === app);
}

/** `raw`: an id, an instance's number, a file, or a program's name. */
export function appOfEvents(raw: string, events: readonly RecordedEvent[], { request, places }: Viewer): Result<string> {
  if (events.some((event) => isAbout(event, raw))) return success(raw);
  const found = findManifestAsWritten(raw, request.cwd, places);
  if (found.ok) return success(found.value.manifest.id);
  return found.problems.some(({ key }) => NOBODY.test(key)) ? found : success(raw);
}
