// The kernel's version: 5.12 for the mount calls, 6.12 for Landlock's scopes.
import type { Check } from "../check.ts";

export const kernel: Check = {
  name: "kernel",
  title: "the kernel's version",
  examine: ({ kernelRelease }) => {
    const [major = 0, minor = 0] = kernelRelease.split(".").map((part) => Number.parseInt(part, 10));
    const isAtLeast = (wantedMajor: number, wantedMinor: number): boolean => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
    const values = { release: kernelRelease };
    if (!isAtLeast(5, 12)) return { state: "bad", key: "doctor.kernel-too-old", values };
    if (!isAtLeast(6, 12)) return { state: "weaker", key: "doctor.kernel-without-scopes", values };
    return { state: "good", key: "doctor.kernel", values };
  },
};
