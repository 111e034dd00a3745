// Whether this machine lets an ordinary program build a sandbox: by building one. The front itself knows which rule refuses, and the way out.
import type { Check, Ended } from "../check.ts";

/** Everything that a start needs of the kernel, around a program that does nothing. */
const SANDBOX = ["--unshare-user", "--unshare-pid", "--unshare-net", "--disable-userns", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"];

const NOT_FOUND = 127;

export const userNamespaces: Check = {
  name: "user-namespaces",
  title: "a sandbox can be built",
  examine: (machine) => {
    const build = (folder: string): Ended => machine.run(`${machine.installation}/${folder}/tsbox`, [...SANDBOX, "--", "/bin/true"], "tsbox-plan");
    // The one that users start: a security module may know it by its path. A copy of the build alone has no other.
    const installed = build("bin");
    const { status, stderr } = installed.status === NOT_FOUND ? build("build") : installed;
    if (status === 0) return { state: "good", key: "doctor.user-namespaces", values: {} };
    const lines = stderr.trim().split("\n");
    const told = (prefix: string): string => (lines.find((line) => line.startsWith(prefix)) ?? "").slice(prefix.length);
    const values = { problem: told("tsbox: "), fix: told("hint: ") };
    return { state: "bad", key: values.fix === "" ? "doctor.sandbox-refused" : "doctor.sandbox-refused-with-fix", values };
  },
};
