// All commands, in the order of `--help`.
import { PERMISSION_OPTION_FLAGS } from "../manifest/door.ts";
import type { Command } from "./command.ts";
import { completionCommand } from "./completion.ts";
import { dataCommand } from "./data.ts";
import { devicesCommand } from "./devices.ts";
import { explainCommand } from "./explain.ts";
import { doctorCommand } from "./doctor.ts";
import { doctorInBroker } from "./doctor-instance.ts";
import { acceptCommand } from "./accept.ts";
import { diffCommand } from "./diff.ts";
import { installCommand } from "./install.ts";
import { searchCommand } from "./search.ts";
import { uninstallCommand } from "./uninstall.ts";
import { exportCommand } from "./export.ts";
import { infoCommand } from "./info.ts";
import { instanceCommand } from "./instance.ts";
import { initCommand } from "./init.ts";
import { killCommand } from "./kill.ts";
import { lintCommand } from "./lint.ts";
import { listCommand } from "./list.ts";
import { logCommand } from "./log.ts";
import { overrideCommand } from "./override.ts";
import { permissionsCommand } from "./permissions.ts";
import { DOCUMENT_COMMANDS } from "./documents.ts";
import { PERMISSION_STORE_COMMANDS } from "./permission-store.ts";
import { psCommand } from "./ps.ts";
import { answerCommand, questionsCommand } from "./questions.ts";
import { reloadCommand } from "./reload.ts";
import { runCommand } from "./run.ts";
import { tryCommand } from "./try.ts";
import { unexportCommand } from "./unexport.ts";
import { whyCommand } from "./why.ts";

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function allCommands(catalogue: () => string): readonly Command[] {
  const exporting = { catalogue, systemRoot: "" };
  return [
    runCommand(PERMISSION_OPTION_FLAGS, {
      inBubblewrap: async (invocation, surroundings) => {
        // Most of tsbox lies behind it, and it is rarely asked for.
        const { runInBubblewrap } = await import("./run-in-bubblewrap.ts");
        return runInBubblewrap(invocation, surroundings, catalogue());
      },
      layered: async (invocation, surroundings) => {
        const { runLayered } = await import("./run-layered.ts");
        return runLayered(invocation, surroundings, catalogue());
      },
    }),
    overrideCommand(catalogue),
    permissionsCommand(catalogue),
    devicesCommand(catalogue),
    installCommand(catalogue),
    uninstallCommand(exporting),
    acceptCommand(catalogue),
    listCommand(catalogue),
    searchCommand(catalogue),
    infoCommand(catalogue),
    initCommand,
    diffCommand(catalogue),
    lintCommand,
    explainCommand(catalogue),
    logCommand(catalogue),
    whyCommand(catalogue),
    doctorCommand(catalogue),
    exportCommand(exporting),
    unexportCommand(exporting),
    dataCommand(catalogue),
    instanceCommand(exporting),
    tryCommand(catalogue),
    psCommand,
    killCommand,
    reloadCommand,
    questionsCommand,
    answerCommand,
    ...PERMISSION_STORE_COMMANDS,
    ...DOCUMENT_COMMANDS,
    completionCommand(() => allCommands(catalogue)),
  ];
}

/** Those that a running broker answers for a front. */
export function brokerCommands(): readonly Command[] {
  return [runCommand(PERMISSION_OPTION_FLAGS), psCommand, killCommand, reloadCommand, doctorInBroker(doctorCommand(() => ""))];
}
