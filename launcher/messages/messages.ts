// All tables of texts as one. A key stands in one table only; a test holds that.
import { CLI_MESSAGES } from "./cli.ts";
import { EVENT_MESSAGES } from "./events.ts";
import { EXPLAIN_MESSAGES } from "./explain.ts";
import { DATA_MESSAGES } from "./data.ts";
import { DOCTOR_MESSAGES } from "./doctor.ts";
import { DRAFT_MESSAGES } from "./draft.ts";
import { EXPORT_MESSAGES } from "./export.ts";
import { INFO_MESSAGES } from "./info.ts";
import { INSTANCE_MESSAGES } from "./instance.ts";
import { INSTALL_MESSAGES } from "./install.ts";
import { LINT_MESSAGES } from "./lint.ts";
import { MANIFEST_MESSAGES } from "./manifest.ts";
import type { MessageTable } from "./message.ts";
import { NATIVE_MESSAGES } from "./native.ts";
import { OVERRIDE_MESSAGES } from "./override.ts";
import { PERMISSION_MESSAGES } from "./permissions.ts";
import { PLAN_MESSAGES } from "./plan.ts";
import { PORTAL_MESSAGES } from "./portals.ts";
import { RUN_MESSAGES } from "./run.ts";

export const MESSAGE_TABLES: readonly MessageTable[] = [
  CLI_MESSAGES,
  DRAFT_MESSAGES,
  EVENT_MESSAGES,
  EXPLAIN_MESSAGES,
  DATA_MESSAGES,
  DOCTOR_MESSAGES,
  EXPORT_MESSAGES,
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
];

export const MESSAGES: MessageTable = Object.assign({}, ...MESSAGE_TABLES) as MessageTable;
