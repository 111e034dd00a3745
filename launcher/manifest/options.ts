// Permission options of the command line, as `run` and `override` take them, and the layer that they make.
import type { PermissionEntry } from "../permissions/entries.ts";
import type { PermissionOption } from "./grammar/entry-grammar.ts";
import { PERMISSION_OPTIONS } from "./grammar/grammars.ts";
import { layerOf, type PermissionLayer } from "./layers.ts";
import type { LayerName, Problem, Result } from "./origin.ts";
import { settle } from "./problem.ts";

export { PERMISSION_OPTIONS };
export type { PermissionOption };

/** One option as given, in the order of the command line. */
export interface GivenOption {
  readonly option: PermissionOption;
  readonly raw: string;
}

/** `flag` with its dashes; null where it says nothing about permissions. */
export function findOption(flag: string): PermissionOption | null {
  return PERMISSION_OPTIONS.find((option) => option.flag === flag) ?? null;
}

/** In commander's notation, for the command objects of launcher/cli. */
export const PERMISSION_OPTION_FLAGS: readonly { readonly flags: string; readonly summary: string }[] = PERMISSION_OPTIONS.map((option) => ({
  flags: `${option.flag} <${option.argument}>`,
  summary: option.words,
}));

/** Those options of a parsed command line that speak of permissions, in their order. `name` is without dashes in front. */
export function pickPermissionOptions(options: readonly { readonly name: string; readonly value: string | null }[]): readonly GivenOption[] {
  return options.flatMap(({ name, value }) => {
    const option = findOption(`--${name}`);
    return option === null ? [] : [{ option, raw: value ?? "" }];
  });
}

/** Reads all options; every problem is told, not only the first. `forUnset`: the values only have to name an entry. */
export function parseOptions(given: readonly GivenOption[], layer: LayerName = "command-line", forUnset = false): Result<readonly PermissionEntry[]> {
  const entries: PermissionEntry[] = [];
  const problems: Problem[] = [];
  for (const { option, raw } of given) {
    const result = forUnset && option.parseForUnset !== undefined ? option.parseForUnset(raw, layer) : option.parse(raw, layer);
    if (result.ok) entries.push(...result.value);
    problems.push(...(result.ok ? result.notices : result.problems));
  }
  return settle(entries, problems);
}

/** The layer of a command line. */
export function layerFromOptions(given: readonly GivenOption[]): Result<PermissionLayer> {
  const entries = parseOptions(given);
  return entries.ok ? { ...entries, value: layerOf("command-line", "", entries.value) } : entries;
}
