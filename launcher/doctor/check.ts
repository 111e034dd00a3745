// What a check of this machine is: one object per check. A new one is one file in checks/ and one line in list.ts.

/** `good`; `weaker`: tsbox works, with less than it could give; `bad`: apps cannot be started, or not as their manifests say. */
export type State = "good" | "weaker" | "bad";

/** What a check found. `key` names the text in launcher/messages/doctor.ts; its hint is the exact fix. */
export interface Finding {
  readonly state: State;
  readonly key: string;
  readonly values: Readonly<Record<string, string>>;
}

export interface Ended {
  /** As a shell counts; 127 where the program could not be started. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What lies at a path, links followed. */
export interface Look {
  readonly kind: "folder" | "file" | "socket" | "other";
  readonly uid: number;
  readonly mode: number;
  /** Whether the user may write it. */
  readonly writable: boolean;
}

/** All that a check may ask. In tests it is a literal object. */
export interface Machine {
  readonly environment: ReadonlyMap<string, string>;
  readonly uid: number;
  /** As uname(2) says it: `6.1.0-28-amd64`. */
  readonly kernelRelease: string;
  /** Null where no usable one was found. */
  readonly runtimeDirectory: string | null;
  /** The folder of this installation, with bin/, build/, native/ in it: a real path. */
  readonly installation: string;
  /** Null where it cannot be read. */
  readText(path: string): string | null;
  /** Null where nothing is there, or it cannot be reached. */
  look(path: string): Look | null;
  /** Whether the file system of a folder has no room left for the user; of one that cannot be asked, it has. */
  isFull(path: string): boolean;
  /** Names in a folder; none where it is not there. */
  list(path: string): readonly string[];
  /** Runs a program to its end, in a few seconds at most, with nothing on its standard input. `name` is its argv[0], the path itself where there is none. */
  run(path: string, words: readonly string[], name?: string): Ended;
}

export interface Check {
  /** One word of `tsbox doctor`: lower case, with hyphens. */
  readonly name: string;
  /** What it looks at, in a few words. */
  readonly title: string;
  examine(machine: Machine): Finding;
}
