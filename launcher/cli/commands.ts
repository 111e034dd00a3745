// All commands, in the order of `--help`.
import { PERMISSION_OPTION_FLAGS } from "../manifest/door.ts";
import type { Command } from "./command.ts";
import { killCommand } from "./kill.ts";
import { psCommand } from "./ps.ts";
import { runCommand } from "./run.ts";

export const COMMANDS: readonly Command[] = [runCommand(PERMISSION_OPTION_FLAGS), psCommand, killCommand];

/** Those that a running broker answers. */
export const BROKER_COMMANDS: readonly Command[] = COMMANDS.filter((command) => command.answeredByBroker);
