// Everything that one plan wants to know of the host, gathered from its parts. Pure.
import type { HostQueries } from "../host/facts.ts";
import { isWanted } from "../permissions/granted.ts";
import { PERMISSION_KINDS } from "../permissions/list.ts";
import { bindsOf } from "./binds.ts";
import { etcQueries } from "./etc.ts";
import { followedQueries } from "./followed-binds.ts";
import { collectGuards } from "./guards.ts";
import { homeQueries } from "./home.ts";
import type { RunInputs } from "./inputs.ts";
import { programQueries } from "./program.ts";
import { LEFT_OUT_OF_HOST_ROOT } from "./reserved-paths.ts";
import { deploymentQueries } from "./runtime-tree.ts";
import { SYSTEM_QUERIES } from "./system.ts";
import { usrQueries } from "./usr-layout.ts";

export function collectQueries(inputs: RunInputs): HostQueries {
  const { request, permissions, caller } = inputs;
  const guards = collectGuards(inputs).map(({ path }) => path);
  const own: Partial<HostQueries> = {
    paths: [
      ...usrQueries(inputs),
      ...SYSTEM_QUERIES,
      ...homeQueries(inputs),
      ...programQueries(inputs),
      ...guards,
      ...(guards.length > 0 ? LEFT_OUT_OF_HOST_ROOT.map(({ path }) => path) : []),
      ...bindsOf(inputs).map(({ from }) => from),
      ...followedQueries(inputs),
      request.cwd,
      caller.runtimeDirectory,
    ],
  };
  const deployed = inputs.manifest.deployment === null ? {} : deploymentQueries(inputs.manifest.deployment);
  const parts = [own, deployed, etcQueries(inputs, isWanted(permissions.shared.get("network"))), ...PERMISSION_KINDS.map((kind) => kind.facts(inputs))];
  return {
    paths: [...new Set(parts.flatMap((part) => part.paths ?? []))],
    texts: [...new Set(parts.flatMap((part) => part.texts ?? []))],
    folders: parts.flatMap((part) => part.folders ?? []),
    machineIdFor: inputs.manifest.id,
    compositor: parts.map((part) => part.compositor ?? null).find((path) => path !== null) ?? null,
    devices: parts.some((part) => part.devices === true),
    abstractSockets: parts.some((part) => part.abstractSockets === true),
  };
}
