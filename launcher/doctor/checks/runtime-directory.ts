// The runtime directory: sockets, portals and instances live in it.
import type { Check } from "../check.ts";

export const runtimeDirectory: Check = {
  name: "runtime-directory",
  title: "the folder of this session's sockets",
  examine: ({ runtimeDirectory: folder, uid }) => {
    if (folder === null) return { state: "bad", key: "doctor.runtime-directory-unfit", values: { uid: String(uid) } };
    if (folder === `/tmp/tsbox-${uid}`) return { state: "weaker", key: "doctor.runtime-directory-made", values: { folder, uid: String(uid) } };
    return { state: "good", key: "doctor.runtime-directory", values: { folder } };
  },
};
