// `tsbox override --lock` and `--unlock`: whether the override alone says what an app may do.
import {
  editOverride,
  findManifest,
  type GivenOption,
  layOver,
  mergeLayers,
  parseOptions,
  PERMISSION_OPTIONS,
  removeKey,
  renderOptions,
  setKey,
} from "../manifest/door.ts";
import { type Outcome, refuse } from "./command.ts";
import { renderNote } from "./override-output.ts";
import { keepHistory, layersInForce, type OverrideWork } from "./override-work.ts";

const GROUP = "X-Tsbox";
const KEY = "lock";

/** All that holds now, limits left out: they cut the locked override too, and may be lifted one day. */
export async function lock(work: OverrideWork): Promise<Outcome> {
  const { target, id, surroundings, places } = work;
  // Without a manifest there would be nothing in the override, and the app would be locked to nothing at all.
  const found = findManifest(id ?? "", surroundings.workingDirectory, places);
  if (!found.ok) return refuse(...found.problems);
  const layers = layersInForce(work);
  if (!layers.ok) return refuse(...layers.problems);
  const given = renderOptions(mergeLayers(layers.value.below)).filter((option) => !/^--(?:env|unset-env)=/.test(option));
  const entries = parseOptions(given.map(givenOption), target.layer);
  if (!entries.ok) return refuse(...entries.problems);
  const edit = await editOverride(target, (keyfile) => setKey(layOver(keyfile, entries.value), GROUP, KEY, "true"), work.tryLock, keepHistory(work, "--lock"));
  if (!edit.ok) return refuse(...edit.problems);
  return { status: 0, output: renderNote("override.locked-now", { app: id ?? "", file: target.file }), problems: [] };
}

export async function unlock(work: OverrideWork): Promise<Outcome> {
  const { target, id } = work;
  const edit = await editOverride(target, (keyfile) => removeKey(keyfile, GROUP, KEY), work.tryLock, keepHistory(work, "--unlock"));
  if (!edit.ok) return refuse(...edit.problems);
  const key = edit.value.changed ? "override.unlocked" : "override.not-locked";
  return { status: 0, output: renderNote(key, { app: id ?? "", file: target.file }), problems: [] };
}

function givenOption(text: string): GivenOption {
  const flag = text.slice(0, text.indexOf("="));
  const option = PERMISSION_OPTIONS.find((one) => one.flag === flag);
  if (option === undefined) throw new Error(`no option ${flag}, though permissions are rendered with it`);
  return { option, raw: text.slice(flag.length + 1) };
}
