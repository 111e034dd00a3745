// The folders in the home that apps and tsbox write: the user's own, and writable.
import type { Check } from "../check.ts";

export const folders: Check = {
  name: "folders",
  title: "the folders of apps' data, manifests and state",
  examine: (machine) => {
    const { environment, uid } = machine;
    const home = environment.get("HOME") ?? "";
    const own = (name: string, usual: string): string => (environment.get(name)?.startsWith("/") ? (environment.get(name) as string) : `${home}/${usual}`);
    const places = [`${home}/.var`, `${home}/.var/app`, `${own("XDG_DATA_HOME", ".local/share")}/tsbox`, `${own("XDG_STATE_HOME", ".local/state")}/tsbox`];
    if (!home.startsWith("/") || machine.look(home)?.kind !== "folder") return { state: "bad", key: "doctor.no-home", values: { home } };
    for (const path of [home, ...places]) {
      const found = machine.look(path);
      if (found === null) continue;
      if (found.kind !== "folder") return { state: "bad", key: "doctor.folder-is-file", values: { path } };
      if (found.uid !== uid && path !== home)
        return { state: "bad", key: "doctor.folder-foreign", values: { path, owner: String(found.uid), uid: String(uid) } };
      if (!found.writable) return { state: "bad", key: "doctor.folder-read-only", values: { path } };
      if (machine.isFull(path)) return { state: "bad", key: "doctor.folder-full", values: { path } };
    }
    return { state: "good", key: "doctor.folders", values: { apps: String(machine.list(`${home}/.var/app`).length) } };
  },
};
