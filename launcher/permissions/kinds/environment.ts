// [Environment] and unset-environment: variables by value. plan/environment.ts puts them between the pass list and the sandbox's own; this kind carries the words.
import { NOTHING, type PermissionKind } from "../kind.ts";

export const environment: PermissionKind = {
  key: "environment",
  name: "*",
  words: "Starts with the named variables set or taken away.",
  risk: "none",
  absent: "notice",
  absentGroup: null,
  facts: () => ({}),
  contribute: () => NOTHING,
};
