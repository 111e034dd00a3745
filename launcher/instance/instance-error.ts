// What goes wrong with an instance's directory: which step, at which path, the kernel's answer.

export class InstanceError extends Error {
  readonly step: "make" | "fill" | "lock";
  readonly path: string;
  /** The errno's name. */
  readonly code: string;

  constructor(step: "make" | "fill" | "lock", path: string, code: string) {
    super(`${step} ${path}: ${code}`);
    this.name = "InstanceError";
    this.step = step;
    this.path = path;
    this.code = code;
  }

  static from(error: unknown, step: "make" | "fill" | "lock", path: string): InstanceError {
    if (error instanceof InstanceError) return error;
    const code = (error as NodeJS.ErrnoException).code;
    // Without an errno it is no answer of the kernel but a fault of ours: it must not be dressed up as one.
    if (code === undefined) throw error;
    return new InstanceError(step, path, code);
  }
}
