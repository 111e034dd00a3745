// How often the user is told of one app's failed starts. An app can be started by what is outside of it (a link, a starter that it added): not so often that its
// notices, which look like ours, fill the screen.

const MOST = 3;
const SPAN_MILLISECONDS = 60_000;

/** Whether one more notice of the app may be shown now; if so, it counts. */
export function createNoticeLimit(now: () => number): (app: string) => boolean {
  const told = new Map<string, readonly number[]>();
  return (app) => {
    const at = now();
    for (const [name, times] of [...told]) if (times.every((time) => at - time >= SPAN_MILLISECONDS)) told.delete(name);
    const recent = (told.get(app) ?? []).filter((time) => at - time < SPAN_MILLISECONDS);
    if (recent.length >= MOST) return false;
    told.set(app, [...recent, at]);
    return true;
  };
}
