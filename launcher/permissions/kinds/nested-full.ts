// [X-Tsbox] nested=full: everything that a program needs which brings bubblewrap: mounts and namespaces of every kind. What was mounted read-only or covered
// stays so, since the kernel locks it in every namespace that the app makes. Landlock's layer of paths is off: it would refuse all mounts.
import { problemAt } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";

export const nestedFull: PermissionKind = {
  key: "nested",
  name: "full",
  words: "Makes mounts and sandboxes of its own: far more of the kernel is within reach, and one layer of protection is off.",
  risk: "medium",
  absent: "notice",
  absentGroup: null,
  facts: () => ({}),
  contribute: ({ permissions, caller }) => {
    const setting = permissions.settings.get("nested");
    if (setting?.word !== "full") return NOTHING;
    // A whole /proc is needed for a nested one, and uid 0 could write in it what belongs to the host's root.
    if (caller.uid === 0) return { problems: [problemAt(setting.origin, "error", "plan.nested-full-as-root", {})] };
    return { filter: { nested: "full" } };
  },
};
