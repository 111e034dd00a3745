// Where the broker keeps copies of files that change while apps run, outside and inside (launcher/host/followed-files.ts). Pure.
import type { HostFacts } from "../host/facts.ts";
import type { FollowedFolder } from "../host/followed-names.ts";
import { walkFacts } from "../permissions/granted.ts";
import type { RunInputs } from "./inputs.ts";
import type { Operation } from "./plan.ts";
import { because, bindOf } from "./sources.ts";

const INSIDE = "/run/host/followed";

export function followedFolder(runtimeDirectory: string): string {
  return `${runtimeDirectory}/tsbox/followed`;
}

export function followedQueries({ caller }: RunInputs): readonly string[] {
  return [`${followedFolder(caller.runtimeDirectory)}/network`, `${followedFolder(caller.runtimeDirectory)}/clock`];
}

/** The bind of one of the folders, and how to link into it; null where no broker keeps it (commands that only look). */
export function followed(folder: FollowedFolder, { caller }: RunInputs, facts: HostFacts): { readonly bind: Operation; link(path: string): Operation } | null {
  const walk = walkFacts(`${followedFolder(caller.runtimeDirectory)}/${folder}`, facts);
  if (walk.end?.type !== "directory") return null;
  return {
    bind: bindOf(walk, `${INSIDE}/${folder}`, because("copies that follow the host's files while the app runs")),
    link: (path) => ({
      kind: "symlink",
      target: `${INSIDE}/${folder}/${path.slice(path.lastIndexOf("/") + 1)}`,
      to: path,
      because: because("follows the host's"),
    }),
  };
}
