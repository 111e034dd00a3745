// All commands, in the order of `--help`.
import { PERMISSION_OPTIONS } from "../manifest/options.ts";
import type { Command } from "./command.ts";
import { killCommand } from "./kill.ts";
import { psCommand } from "./ps.ts";
import { runCommand } from "./run.ts";

const permissionOptions = PERMISSION_OPTIONS.map(({ flag, argument, words }) => ({ flags: `${flag} <${argument}>`, summary: words }));

export const COMMANDS: readonly Command[] = [runCommand(permissionOptions), psCommand, killCommand];

/** Those that a running broker answers. */
export const BROKER_COMMANDS: readonly Command[] = COMMANDS.filter((command) => command.answeredByBroker);
