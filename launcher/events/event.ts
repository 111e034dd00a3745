// One line of the event log: what an app used or was refused, when it ran, and starts that failed. JSON, one object a line; keys stay.

export type RecordedEvent =
  | (Common & {
      readonly event: "verdict";
      readonly app: string;
      readonly instance: string;
      readonly bus: string;
      readonly verdict: "allow" | "deny" | "hide";
      /** What was asked, in words of D-Bus. */
      readonly message: string;
      readonly because: string;
      /** How often since the line before about the same. */
      readonly count: number;
    })
  | (Common & { readonly event: "started" | "ended"; readonly app: string; readonly instance: string })
  /** `app` as it was asked for, which may be no id. */
  | (Common & { readonly event: "start-failed"; readonly app: string; readonly text: string });

interface Common {
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Without the time. */
export type NewEvent = RecordedEvent extends infer E ? (E extends RecordedEvent ? Omit<E, "at"> : never) : never;

export function encodeEvent(event: NewEvent, now: Date): string {
  return `${JSON.stringify({ at: now.toISOString(), ...event })}\n`;
}

/** Undefined for what is no event of this version: a log may have lines of others. */
export function parseEvent(line: string): RecordedEvent | undefined {
  try {
    const raw = JSON.parse(line) as Record<string, unknown>;
    const texts = TEXTS.get(raw["event"] as string);
    return texts?.every((key) => typeof raw[key] === "string") ? (raw as unknown as RecordedEvent) : undefined;
  } catch {
    return undefined;
  }
}

const TEXTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["verdict", ["at", "app", "instance", "bus", "verdict", "message", "because"]],
  ["started", ["at", "app", "instance"]],
  ["ended", ["at", "app", "instance"]],
  ["start-failed", ["at", "app", "text"]],
]);
