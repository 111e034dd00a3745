// One question that `tsbox explain` answers: its option, and how it is answered. A new one is one such object in a file of its own and one line in explain.ts.
import type { Result } from "../manifest/origin.ts";
import type { CommandOption } from "./command.ts";
import type { KnownApp, PlannedApp, Viewer } from "./known-app.ts";

export interface Asked {
  readonly app: KnownApp;
  readonly viewer: Viewer;
  /** The plan of a start now, made at the first use. */
  planned(): PlannedApp;
}

export interface Explanation {
  readonly verdict: "allowed" | "refused" | "depends";
  /** Key and values of the first line, after the verdict. */
  readonly key: string;
  readonly values: Readonly<Record<string, string>>;
  /** The line or rule that decides, or why there is none. */
  readonly because: string;
  /** More that decides, one line each. */
  readonly details: readonly string[];
  /** For `--json`, beside the verdict and `because`. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Explainer {
  readonly option: CommandOption;
  /** The option without dashes. */
  readonly name: string;
  explain(raw: string, asked: Asked): Result<Explanation>;
}
