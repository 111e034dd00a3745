// All tables of texts as one, in the language of whoever reads them. A key stands in one table only; a test holds that.
import { CLI_MESSAGES } from "./cli.ts";
import { EVENT_MESSAGES } from "./events.ts";
import { EXPLAIN_MESSAGES } from "./explain.ts";
import { DATA_MESSAGES } from "./data.ts";
import { DOCTOR_MESSAGES } from "./doctor.ts";
import { DRAFT_MESSAGES } from "./draft.ts";
import { EXPORT_MESSAGES } from "./export.ts";
import { FRONT_MESSAGES } from "./front.ts";
import { INFO_MESSAGES } from "./info.ts";
import { INSTANCE_MESSAGES } from "./instance.ts";
import { INSTALL_MESSAGES } from "./install.ts";
import { LANGUAGE_VARIABLES, languageOf } from "./language.ts";
import { LINT_MESSAGES } from "./lint.ts";
import { MANIFEST_MESSAGES } from "./manifest.ts";
import type { MessageTable } from "./message.ts";
import { NATIVE_MESSAGES } from "./native.ts";
import { OVERRIDE_MESSAGES } from "./override.ts";
import { PERMISSION_MESSAGES } from "./permissions.ts";
import { PLAN_MESSAGES } from "./plan.ts";
import { PORTAL_MESSAGES } from "./portals.ts";
import { RUN_MESSAGES } from "./run.ts";
import { TRY_MESSAGES } from "./try.ts";
import { CHINESE } from "./zh_CN/messages.ts";

export const MESSAGE_TABLES: readonly MessageTable[] = [
  CLI_MESSAGES,
  DRAFT_MESSAGES,
  EVENT_MESSAGES,
  EXPLAIN_MESSAGES,
  DATA_MESSAGES,
  DOCTOR_MESSAGES,
  EXPORT_MESSAGES,
  FRONT_MESSAGES,
  INFO_MESSAGES,
  INSTALL_MESSAGES,
  INSTANCE_MESSAGES,
  LINT_MESSAGES,
  MANIFEST_MESSAGES,
  NATIVE_MESSAGES,
  OVERRIDE_MESSAGES,
  PERMISSION_MESSAGES,
  PLAN_MESSAGES,
  PORTAL_MESSAGES,
  RUN_MESSAGES,
  TRY_MESSAGES,
];

const ENGLISH: MessageTable = Object.assign({}, ...MESSAGE_TABLES) as MessageTable;

/** The texts in the language of an environment. A table of another language than English is read when somebody speaks it (launcher/bundle.mjs). */
export function messagesFor(environment: ReadonlyMap<string, string>): MessageTable {
  return languageOf((name) => environment.get(name)) === "zh_CN" ? CHINESE : ENGLISH;
}

/** In the language of this process, which its environment says for good. */
export const MESSAGES: MessageTable = messagesFor(new Map(LANGUAGE_VARIABLES.map((name) => [name, process.env[name] ?? ""])));
