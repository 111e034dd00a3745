// A set of names that notes which of them were asked for: other programs make abstract sockets all the time, and a plan cares for one or two names.

export class RecordedNames extends Set<string> {
  readonly #asked = new Map<string, boolean>();
  #allSeen = false;

  override has(name: string): boolean {
    const answer = super.has(name);
    this.#asked.set(name, answer);
    return answer;
  }

  override [Symbol.iterator](): ReturnType<Set<string>["values"]> {
    this.#allSeen = true;
    return super[Symbol.iterator]();
  }

  override keys(): ReturnType<Set<string>["values"]> {
    return this[Symbol.iterator]();
  }

  override values(): ReturnType<Set<string>["values"]> {
    return this[Symbol.iterator]();
  }

  override entries(): ReturnType<Set<string>["entries"]> {
    this.#allSeen = true;
    return super.entries();
  }

  override forEach(visit: (name: string, same: string, set: Set<string>) => void): void {
    this.#allSeen = true;
    super.forEach(visit);
  }

  override get size(): number {
    this.#allSeen = true;
    return super.size;
  }

  /** True where `other` would have given the same answers to all that was asked. */
  agreesWith(other: ReadonlySet<string>): boolean {
    if (this.#allSeen && (other.size !== super.size || [...super.values()].some((name) => !other.has(name)))) return false;
    for (const [name, answer] of this.#asked) if (other.has(name) !== answer) return false;
    return true;
  }
}
