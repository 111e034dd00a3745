// All texts in simplified Chinese as one. Read only where a process speaks it (launcher/messages/messages.ts).
import { type MessageTable, textsOfPhrases } from "../message.ts";
import { CLI_MESSAGES_ZH } from "./cli.ts";
import { DATA_MESSAGES_ZH } from "./data.ts";
import { DOCTOR_MESSAGES_ZH } from "./doctor.ts";
import { DRAFT_MESSAGES_ZH } from "./draft.ts";
import { EVENT_MESSAGES_ZH } from "./events.ts";
import { EXPLAIN_MESSAGES_ZH } from "./explain.ts";
import { EXPORT_MESSAGES_ZH } from "./export.ts";
import { FRONT_MESSAGES_ZH } from "./front.ts";
import { INFO_MESSAGES_ZH } from "./info.ts";
import { INSTALL_MESSAGES_ZH } from "./install.ts";
import { INSTANCE_MESSAGES_ZH } from "./instance.ts";
import { LINT_MESSAGES_ZH } from "./lint.ts";
import { MANIFEST_MESSAGES_ZH } from "./manifest.ts";
import { NATIVE_MESSAGES_ZH } from "./native.ts";
import { OVERRIDE_MESSAGES_ZH } from "./override.ts";
import { PERMISSION_MESSAGES_ZH } from "./permissions.ts";
import { HELP_PHRASES_ZH } from "./phrases-help.ts";
import { PERMISSION_PHRASES_ZH } from "./phrases-permissions.ts";
import { REASON_PHRASES_ZH } from "./phrases-reasons.ts";
import { SYSTEM_PHRASES_ZH } from "./phrases-system.ts";
import { PLAN_MESSAGES_ZH } from "./plan.ts";
import { PORTAL_MESSAGES_ZH } from "./portals.ts";
import { RUN_MESSAGES_ZH } from "./run.ts";
import { TRY_MESSAGES_ZH } from "./try.ts";

/** Keys as in the English tables, and phrases by their English. */
export const CHINESE: MessageTable = Object.assign(
  {},
  CLI_MESSAGES_ZH,
  DATA_MESSAGES_ZH,
  DOCTOR_MESSAGES_ZH,
  DRAFT_MESSAGES_ZH,
  EVENT_MESSAGES_ZH,
  EXPLAIN_MESSAGES_ZH,
  EXPORT_MESSAGES_ZH,
  FRONT_MESSAGES_ZH,
  INFO_MESSAGES_ZH,
  INSTALL_MESSAGES_ZH,
  INSTANCE_MESSAGES_ZH,
  LINT_MESSAGES_ZH,
  MANIFEST_MESSAGES_ZH,
  NATIVE_MESSAGES_ZH,
  OVERRIDE_MESSAGES_ZH,
  PERMISSION_MESSAGES_ZH,
  PLAN_MESSAGES_ZH,
  PORTAL_MESSAGES_ZH,
  RUN_MESSAGES_ZH,
  TRY_MESSAGES_ZH,
  textsOfPhrases(HELP_PHRASES_ZH),
  textsOfPhrases(PERMISSION_PHRASES_ZH),
  textsOfPhrases(REASON_PHRASES_ZH),
  textsOfPhrases(SYSTEM_PHRASES_ZH),
);
