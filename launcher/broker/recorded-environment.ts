// An environment that notes what was read of it, so that a plan can be used again for a caller who differs in nothing that mattered.

export interface RecordedEnvironment extends ReadonlyMap<string, string> {
  /** True where this environment would have answered every question in the same way. */
  agreesWith(other: ReadonlyMap<string, string>): boolean;
}

export function recordEnvironment(environment: ReadonlyMap<string, string>): RecordedEnvironment {
  const values = new Map<string, string | undefined>();
  let namesRead = false;
  let allRead = false;
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
