// What a command is given instead of `process`: the same command object then serves the broker (for a front) and the command line of its own process.

/** Status of every command where tsbox itself failed, bad usage included. `run` shares it, so that a script can tell it from the app's own. */
export const OWN_FAILURE_STATUS = 125;

export interface CommandContext {
  /** The caller's environment: never this process' own. */
  readonly environment: ReadonlyMap<string, string>;
  /** The caller's working directory, absolute. */
  readonly cwd: string;
  readonly uid: number;
  /** Folder of the manifests shipped with tsbox, absolute. */
  readonly catalogue: string;
  /** Text goes out as it is: the caller adds the newline. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Takes an exclusive flock(2) on an open descriptor without waiting; false where another process holds it. The addon's `flock`. */
  readonly tryLock: (descriptor: number) => boolean;
  /** Says the status to end with. Called once, at the end of the command's action; it does not throw and does not stop the process. */
  readonly exit: (status: number) => void;
}
