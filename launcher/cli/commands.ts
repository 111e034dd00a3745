// All commands, in the order of `--help`.
import { dirname, join } from "node:path";
import { PERMISSION_OPTION_FLAGS } from "../manifest/door.ts";
import type { Command } from "./command.ts";
import { killCommand } from "./kill.ts";
import { overrideCommand } from "./override.ts";
import { psCommand } from "./ps.ts";
import { runCommand } from "./run.ts";

export const COMMANDS: readonly Command[] = [runCommand(PERMISSION_OPTION_FLAGS), overrideCommand(shippedManifests), psCommand, killCommand];

/** Those that a running broker answers. */
export const BROKER_COMMANDS: readonly Command[] = COMMANDS.filter((command) => command.answeredByBroker);

/** Beside the folder of the bundles. Only the command line's own process asks, whose argv[1] is its bundle. */
function shippedManifests(): string {
  return join(dirname(process.argv[1] as string), "..", "manifests");
}
