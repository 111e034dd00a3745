// A set of names that notes which of them were asked for: other programs make abstract sockets all the time, and a plan cares for one or two names.

export interface NamesRecord {
  readonly asked: readonly (readonly [name: string, there: boolean])[];
  readonly all: readonly string[] | null;
}

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

  /** All that `agreesWith` needs, as data: what was asked for and whether it was there, and every name where all were seen. */
  get record(): NamesRecord {
    return { asked: [...this.#asked], all: this.#allSeen ? [...super.values()] : null };
  }

  static restore({ asked, all }: NamesRecord): RecordedNames {
    const names = new RecordedNames(all ?? []);
    for (const [name, answer] of asked) names.#asked.set(name, answer);
    names.#allSeen = all !== null;
    return names;
  }

  /** True where `other` would have given the same answers to all that was asked. */
  agreesWith(other: ReadonlySet<string>): boolean {
    if (this.#allSeen && (other.size !== super.size || [...super.values()].some((name) => !other.has(name)))) return false;
    for (const [name, answer] of this.#asked) if (other.has(name) !== answer) return false;
    return true;
  }
}
