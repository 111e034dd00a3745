// Which version of Landlock's interface a release of Linux has (Documentation/userspace-api/landlock.rst). What is in force is asked of the kernel itself by
// the addon; this is for whoever only looks at a plan, and for literal hosts. Pure.

const RELEASES: readonly (readonly [major: number, minor: number, abi: number])[] = [
  [6, 15, 7],
  [6, 12, 6],
  [6, 10, 5],
  [6, 7, 4],
  [6, 2, 3],
  [5, 19, 2],
  [5, 13, 1],
];

export function landlockAbiOf({ major, minor }: { readonly major: number; readonly minor: number }): number {
  return RELEASES.find(([wantedMajor, wantedMinor]) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor))?.[2] ?? 0;
}
