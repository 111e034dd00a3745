// For tests of `run --try`: what an app is granted there, and what its changes are shown as.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { type App, expectSuccess } from "./sandbox.ts";
import type { Session } from "./session.ts";

export const CONTEXT = "command=sh\n[Context]\nfilesystems=~/granted;~/alone.txt;\npersistent=.kept;\n";

/** What CONTEXT grants, with something in it. */
export function prepare(session: Session): void {
  rmSync(session.path("granted"), { recursive: true, force: true });
  for (const [name, text] of Object.entries({ changed: "one\n", removed: "x\n", "anew/old": "old\n", "gone/in/it": "y\n" }))
    session.write(`granted/${name}`, text);
  session.write("alone.txt", "first\n");
}

/** Of starts whose changes lie aside. */
export function pending(session: Session): readonly string[] {
  const folder = session.path(".local/state/tsbox/try");
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** `change path`, or `change path: why not`. */
export async function shown(session: Session, app: App): Promise<readonly string[]> {
  const told = JSON.parse(expectSuccess(await session.run([app.tsbox, "try", "show", "--json"]))) as { change: string; path: string; left: string | null }[];
  const home = session.path("");
  return told.map(({ change, path, left }) => `${change} ${path.replace(home.replace(/\/$/, ""), "~")}${left === null ? "" : `: ${left}`}`);
}
