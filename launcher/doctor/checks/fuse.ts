// FUSE: the document portal shows single files by it.
import type { Check } from "../check.ts";

const SET_UID = 0o4000;

export const fuse: Check = {
  name: "fuse",
  title: "the file system of the document portal",
  examine: (machine) => {
    const device = machine.look("/dev/fuse");
    if (device === null) return { state: "weaker", key: "doctor.no-fuse", values: {} };
    if (!device.writable) return { state: "weaker", key: "doctor.fuse-closed", values: {} };
    const helper = ["/usr/bin/fusermount3", "/bin/fusermount3", "/usr/bin/fusermount"].find((path) => machine.look(path) !== null);
    if (helper === undefined) return { state: "weaker", key: "doctor.no-fusermount", values: {} };
    if (machine.uid !== 0 && ((machine.look(helper)?.mode ?? 0) & SET_UID) === 0)
      return { state: "weaker", key: "doctor.fusermount-plain", values: { helper } };
    return { state: "good", key: "doctor.fuse", values: { helper } };
  },
};
