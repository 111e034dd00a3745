// A program started by a manifest that `tsbox init` drafted: what the draft grants, and whether a window is drawn.
import { expectSuccess } from "./sandbox.ts";
import { waitFor } from "./process.ts";
import type { Session } from "./session.ts";

/** What no draft may grant by itself. */
export const TOO_MUCH = /^(?:filesystems=.*(?:^|[=;])(?:home|host|~)(?:[;:]|$)|sockets=.*\b(?:session-bus|system-bus)\b|devices=.*\ball\b|.*\*=(?:talk|own))/m;

export async function draft(session: Session, tsbox: string, id: string, ...what: readonly string[]): Promise<string> {
  const text = expectSuccess(await session.run([tsbox, "init", `--id=${id}`, ...what]));
  session.write(`.local/share/tsbox/manifests/${id}.ini`, text);
  return text;
}

/** Starts it and waits until it has drawn more than one colour; null, or what went wrong. */
export async function startsAndDraws(session: Session, tsbox: string, id: string, limit = 40_000): Promise<string | null> {
  const before = new Set(await windows(session));
  const app = session.start([tsbox, "run", id], { limit: limit + 20_000 });
  let over: string | null = null;
  void app.ended.then((outcome) => {
    over = `ended with ${outcome.status ?? outcome.signal}: ${outcome.stderr.slice(-600)}`;
  });
  try {
    await waitFor(
      `a window of ${id}`,
      async () => {
        if (over !== null) return true;
        for (const window of await windows(session)) if (!before.has(window) && (await coloursOf(session, window)) > 1) return true;
        return undefined;
      },
      limit,
    );
    return over;
  } catch (error) {
    return `${(error as Error).message}\n${app.stderr().slice(-600)}`;
  } finally {
    app.kill("SIGTERM");
    await app.ended;
  }
}

async function windows(session: Session): Promise<readonly string[]> {
  const found = await session.run(["xdotool", "search", "--onlyvisible", "--class", "."]);
  return found.stdout.trim().split("\n").filter(Boolean);
}

async function coloursOf(session: Session, window: string): Promise<number> {
  const shot = await session.run(["sh", "-c", 'import -window "$1" -format %k info:', "sh", window]);
  return shot.status === 0 ? Number(shot.stdout.trim()) : 0;
}
