// The commands of which a line may be answered beside the broker; what they have in common is that such a line changes nothing.
import type { Command } from "./command.ts";
import { dataCommand } from "./data.ts";
import { devicesCommand } from "./devices.ts";
import { diffCommand } from "./diff.ts";
import { explainCommand } from "./explain.ts";
import { exportCommand } from "./export.ts";
import { infoCommand } from "./info.ts";
import { instanceCommand } from "./instance.ts";
import { listCommand } from "./list.ts";
import { overrideCommand } from "./override.ts";
import { permissionsCommand } from "./permissions.ts";
import { searchCommand } from "./search.ts";

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function listingCommands(catalogue: () => string): readonly Command[] {
  const exporting = { catalogue, systemRoot: "" };
  return [
    listCommand(catalogue),
    searchCommand(catalogue),
    infoCommand(catalogue),
    permissionsCommand(catalogue),
    explainCommand(catalogue),
    devicesCommand(catalogue),
    diffCommand(catalogue),
    overrideCommand(catalogue),
    exportCommand(exporting),
    instanceCommand(exporting),
    dataCommand(catalogue),
  ];
}
