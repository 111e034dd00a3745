// What was exported to the desktop: still as it was written, and still leading to this program.
import type { Check } from "../check.ts";

export const exportedFiles: Check = {
  name: "exports",
  title: "exported entries, services and shims",
  examine: (machine) => {
    const ended = machine.run(`${machine.installation}/bin/tsbox`, ["export", "--check"]);
    if (ended.status === 0) return { state: "good", key: "doctor.exports", values: {} };
    const problem =
      `${ended.stdout}\n${ended.stderr}`
        .split("\n")
        .find((line) => line.trim() !== "")
        ?.trim() ?? "";
    return { state: "weaker", key: "doctor.exports-stale", values: { problem } };
  },
};
