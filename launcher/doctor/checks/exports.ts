// What was exported to the desktop: still as it was written, and still leading to this program.
import type { Check } from "../check.ts";

export const exportedFiles: Check = {
  name: "exports",
  title: "exported entries, services and shims",
  examine: (machine) => {
    const program = ["bin", "build"].map((folder) => `${machine.installation}/${folder}/tsbox`).find((path) => machine.look(path) !== null) ?? "tsbox";
    const ended = machine.run(program, ["export", "--check"]);
    if (ended.status === 0) return { state: "good", key: "doctor.exports", values: {} };
    const problem =
      `${ended.stdout}\n${ended.stderr}`
        .split("\n")
        .find((line) => line.trim() !== "")
        ?.trim() ?? `${program} export --check: ${ended.status}`;
    return { state: "weaker", key: "doctor.exports-stale", values: { problem } };
  },
};
