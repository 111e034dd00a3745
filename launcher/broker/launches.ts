// The launches under way and the instances that run: which there are, and who wants to know when none is left.

export interface Launches {
  /** Registers one; the answer takes it away again, once. */
  begin(): () => void;
  readonly count: number;
  /** Milliseconds since the last one began or ended. */
  quietFor(now: number): number;
}

export function createLaunches(now: () => number): Launches {
  let count = 0;
  let changed = now();
  return {
    begin() {
      count++;
      changed = now();
      let over = false;
      return () => {
        if (over) return;
        over = true;
        count--;
        changed = now();
      };
    },
    get count() {
      return count;
    },
    quietFor: (at) => at - changed,
  };
}
