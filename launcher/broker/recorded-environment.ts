// An environment that notes what was read of it, so that a plan can be used again for a caller who differs in nothing that mattered.

export interface RecordedEnvironment extends ReadonlyMap<string, string> {
  /** True where this environment would have answered every question in the same way. */
  agreesWith(other: ReadonlyMap<string, string>): boolean;
  /** All that `agreesWith` needs, as data. */
  readonly record: EnvironmentRecord;
}

export interface EnvironmentRecord {
  /** What was asked for; null where it was not set. */
  readonly values: readonly (readonly [name: string, value: string | null])[];
  /** Every name, where the names were read. */
  readonly names: readonly string[] | null;
  /** The whole environment, where all of it was read. */
  readonly all: readonly (readonly [name: string, value: string])[] | null;
}

export function recordEnvironment(environment: ReadonlyMap<string, string>): RecordedEnvironment {
  return createRecord(environment, new Map(), false, false);
}

export function restoreEnvironment({ values, names, all }: EnvironmentRecord): RecordedEnvironment {
  const environment = new Map(all ?? (names ?? []).map((name) => [name, ""]));
  return createRecord(environment, new Map(values.map(([name, value]) => [name, value ?? undefined])), names !== null, all !== null);
}

function createRecord(
  environment: ReadonlyMap<string, string>,
  values: Map<string, string | undefined>,
  namesReadBefore: boolean,
  allReadBefore: boolean,
): RecordedEnvironment {
  let namesRead = namesReadBefore;
  let allRead = allReadBefore;
  const read = (name: string): string | undefined => {
    const value = environment.get(name);
    values.set(name, value);
    return value;
  };
  const readAll = (): ReadonlyMap<string, string> => {
    allRead = true;
    return environment;
  };
  return {
    get: read,
    has: (name) => read(name) !== undefined,
    keys() {
      namesRead = true;
      return environment.keys();
    },
    get size() {
      namesRead = true;
      return environment.size;
    },
    forEach(callback) {
      for (const [name, value] of readAll()) callback(value, name, this);
    },
    entries: () => readAll().entries() as ReturnType<ReadonlyMap<string, string>["entries"]>,
    values: () => readAll().values() as ReturnType<ReadonlyMap<string, string>["values"]>,
    [Symbol.iterator]: () => readAll()[Symbol.iterator]() as ReturnType<ReadonlyMap<string, string>["entries"]>,
    get record() {
      return {
        values: [...values].map(([name, value]) => [name, value ?? null] as const),
        names: namesRead ? [...environment.keys()] : null,
        all: allRead ? [...environment] : null,
      };
    },
    agreesWith(other) {
      if (allRead && !isSame([...environment].flat(), [...other].flat())) return false;
      if (namesRead && !isSame([...environment.keys()], [...other.keys()])) return false;
      for (const [name, value] of values) if (other.get(name) !== value) return false;
      return true;
    },
  };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}
