/** Growing delays by key: each failure doubles the wait, a success forgets it. */
export interface BackOff {
  next(key: string): number;
  forget(key: string): void;
}

export interface BackOffOptions {
  firstMs: number;
  maxMs: number;
  /** 0 ≤ random < 1. Spreads retries of many keys that failed at once. */
  random: () => number;
}

export const createBackOff = ({ firstMs, maxMs, random }: BackOffOptions): BackOff => {
  const failures = new Map<string, number>();
  return {
    next: (key) => {
      const before = failures.get(key) ?? 0;
      failures.set(key, before + 1);
      const delayMs = Math.min(maxMs, firstMs * 2 ** Math.min(before, 30));
      return Math.min(maxMs, delayMs * (1 + 0.2 * random()));
    },
    forget: (key) => {
      failures.delete(key);
    },
  };
};
