// Things that several instances use together, by name: made when first asked for, closed when the last instance is gone.
export interface Shared {
  get<T>(key: string, make: () => T, close?: (made: T) => void): T;
  forget(key: string): void;
  closeAll(): void;
}

export function createShared(): Shared {
  const all = new Map<string, { readonly made: unknown; close(): void }>();
  return {
    get<T>(key: string, make: () => T, close: (made: T) => void = () => {}): T {
      const known = all.get(key);
      if (known !== undefined) return known.made as T;
      const made = make();
      all.set(key, { made, close: () => close(made) });
      return made;
    },
    forget(key) {
      all.delete(key);
    },
    closeAll() {
      const closing = [...all.values()];
      all.clear();
      for (const { close } of closing) close();
    },
  };
}
