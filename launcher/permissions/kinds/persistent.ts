// persistent=PATH: a folder of the home that lives in the app's own data instead.
import { isBelow, walkPath } from "../../host/walk.ts";
import { bindsOf } from "../../plan/binds.ts";
import { appFolder } from "../../plan/folders.ts";
import type { Operation } from "../../plan/plan.ts";
import { becauseOf, problemAt, walkFacts } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";
import { hasHomeAccess } from "./filesystem-places.ts";

/** Without leading `/`, or null where it leaves the home. `.` is the app's whole folder. */
export function persistentPath(raw: string): string | null {
  const parts = raw.split("/").filter((part) => part !== "" && part !== ".");
  return parts.includes("..") ? null : parts.join("/");
}

export const persistent: PermissionKind = {
  key: "persistent",
  name: "*",
  words: "Keeps the named folder of the home, in the app's own data.",
  risk: "none",
  absent: "error",
  absentGroup: null,
  facts: (inputs) => {
    const folder = appFolder(inputs);
    return { paths: inputs.permissions.persistent.flatMap(({ path }) => (persistentPath(path) === null ? [] : [`${folder}/${persistentPath(path)}`])) };
  },
  contribute: (inputs, facts) => {
    if (inputs.permissions.persistent.length === 0 || hasHomeAccess(inputs.permissions)) return NOTHING;
    const operations: Operation[] = [];
    const problems = [];
    const folder = appFolder(inputs);
    const root = walkPath(folder, (path) => facts.paths.get(path) ?? null).real;
    for (const { path, origin } of inputs.permissions.persistent) {
      const clean = persistentPath(path);
      if (clean === null) {
        problems.push(problemAt(origin, "error", "plan.persistent-outside", { path }));
        continue;
      }
      const to = clean === "" ? inputs.caller.home : `${inputs.caller.home}/${clean}`;
      // The user shows something of the host there.
      if (bindsOf(inputs).some((bind) => bind.to === to)) continue;
      if (inputs.options.ephemeral) {
        operations.push({ kind: "directory", to, mode: 0o700, because: becauseOf({ origin }, "gone with this instance") });
        continue;
      }
      const walk = walkFacts(`${folder}/${clean}`, facts);
      // An earlier run could have put a link here that leads to the user's own files.
      if (walk.end === null || walk.links.some((link) => isBelow(link.path, root))) {
        problems.push(problemAt(origin, "error", "plan.persistent-unusable", { path: `${folder}/${clean}` }));
        continue;
      }
      operations.push({
        kind: "bind",
        from: walk.real,
        to,
        source: walk.end,
        access: "rw",
        because: becauseOf({ origin }, "kept in the app's own data"),
      });
    }
    return { beneath: operations, problems };
  },
};
